/**
 * A table with a sticky head, sortable columns, and windowing when it is long: only the rows in sight exist.
 * On narrow screens the secondary columns leave.
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { UNKNOWN } from "./format.ts";
import { sortRows, type Order } from "./sortRows.ts";
import "./table.css";

export interface Column<Row> {
  readonly id: string;
  readonly head: string;
  /** The head is for screen readers: the cells speak for themselves. */
  readonly isHeadUnseen?: boolean;
  /** The head in full, on hover. */
  readonly hint?: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** What the column is ordered by; without it the column can't be sorted. Unknown values go last. */
  readonly sortBy?: (row: Row) => number | string | null;
  readonly align?: "end";
  /** The column that names the row and takes the room that is left. */
  readonly isMain?: boolean;
  /** Left out on narrow screens. */
  readonly isSecondary?: boolean;
}

export interface TableProps<Row> {
  /** Names the table for screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
}

/** Longer tables scroll in a box of their own. */
const WINDOW_FROM_ROWS = 120;
const OVERSCAN_ROWS = 12;
/** Until a row has been measured. */
const ROW_PX = 34;
const VIEW_PX = 720;

export function Table<Row>({ caption, columns, rows, rowKey }: TableProps<Row>) {
  const order = useSignal<Order | null>(null);
  const sorted = useMemo(() => sortRows(rows, columns, order.value), [rows, columns, order.value]);
  const isWindowed = rows.length > WINDOW_FROM_ROWS;
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const rowPx = useSignal(ROW_PX);
  useLayoutEffect(() => {
    const height = scroller.current?.querySelector("tbody tr[data-row]")?.getBoundingClientRect().height;
    if (isWindowed && height !== undefined && height > 0) rowPx.value = height;
  }, [isWindowed, rowPx]);

  const first = isWindowed ? Math.max(0, Math.floor(top.value / rowPx.value) - OVERSCAN_ROWS) : 0;
  const count = isWindowed ? Math.ceil(VIEW_PX / rowPx.value) + 2 * OVERSCAN_ROWS : sorted.length;
  const shown = sorted.slice(first, first + count);
  const below = Math.max(0, sorted.length - first - shown.length);
  return (
    <div
      ref={scroller}
      class={`table-box ${isWindowed ? "table-windowed" : ""}`}
      tabIndex={0}
      role="group"
      aria-label={caption}
      onScroll={(event) => {
        if (isWindowed) top.value = event.currentTarget.scrollTop;
      }}
    >
      <table class="table" aria-rowcount={isWindowed ? sorted.length + 1 : undefined}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head
                key={column.id}
                column={column}
                order={order.value}
                onOrder={(next) => (order.value = next)}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer px={first * rowPx.value} columns={columns.length} />
          {shown.map((row, index) => (
            <tr key={rowKey(row)} data-row aria-rowindex={isWindowed ? first + index + 2 : undefined}>
              {columns.map((column) =>
                column.isMain === true ? (
                  <th key={column.id} scope="row" class={classOf(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.id} class={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
          <Spacer px={below * rowPx.value} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** Holds the place of the rows that don't exist. An attribute, as the page's policy allows no inline style. */
function Spacer({ px, columns }: { readonly px: number; readonly columns: number }) {
  if (px <= 0) return null;
  return (
    <tr aria-hidden="true" class="table-spacer">
      <td colSpan={columns} height={px} />
    </tr>
  );
}

function Head<Row>({
  column,
  order,
  onOrder,
}: {
  readonly column: Column<Row>;
  readonly order: Order | null;
  readonly onOrder: (order: Order) => void;
}) {
  const isOrdered = order?.columnId === column.id;
  const direction = order?.isDescending === true ? "descending" : "ascending";
  // Numbers are looked at from the largest, names from A.
  const isDescending = isOrdered ? !order.isDescending : column.align === "end";
  return (
    <th scope="col" class={classOf(column)} title={column.hint} aria-sort={isOrdered ? direction : undefined}>
      {column.sortBy === undefined ? (
        <span class={column.isHeadUnseen === true ? "unseen" : undefined}>{column.head}</span>
      ) : (
        <button
          type="button"
          class="table-sort"
          onClick={() => onOrder({ columnId: column.id, isDescending })}
        >
          {column.head}
          {isOrdered ? <span aria-hidden="true">{order.isDescending ? "↓" : "↑"}</span> : null}
        </button>
      )}
    </th>
  );
}

function classOf<Row>(column: Column<Row>): string {
  return [
    column.align === "end" ? "end" : "",
    column.isMain === true ? "main" : "",
    column.isSecondary === true ? "secondary" : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** A sortable column of numbers. */
export function numberColumn<Row>(
  id: string,
  head: string,
  value: (row: Row) => number | null,
  format: (value: number) => string,
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return {
    id,
    head,
    align: "end",
    sortBy: value,
    cell: (row) => {
      const known = value(row);
      return known === null ? UNKNOWN : format(known);
    },
    ...more,
  };
}
