/** How tables are ordered. */

export interface Order {
  readonly columnId: string;
  readonly isDescending: boolean;
}

export interface Sortable<Row> {
  readonly id: string;
  readonly sortBy?: (row: Row) => number | string | null;
}

/** Stable, and unknown values last in both directions. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Sortable<Row>[],
  order: Order | null,
): readonly Row[] {
  const sortBy = columns.find(({ id }) => id === order?.columnId)?.sortBy;
  if (order === null || sortBy === undefined) return rows;
  const factor = order.isDescending ? -1 : 1;
  return rows.toSorted((one, other) => {
    const a = sortBy(one);
    const b = sortBy(other);
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return (a < b ? -1 : a > b ? 1 : 0) * factor;
  });
}
