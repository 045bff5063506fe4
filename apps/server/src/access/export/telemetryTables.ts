/** Which telemetry an export has, from the engine's schema itself, so that a new table can't be forgotten. */
import type { TelemetryStore } from "../../engines/telemetry/store.ts";

export interface TelemetryTableOfExport {
  readonly name: string;
  /** For TelemetryStore.stream(): all rows of the scope. */
  readonly sql: string;
}

interface ColumnRow {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}

/** On a cluster the Distributed tables, which reach all shards; else those that store rows. */
const COLUMNS = `
  select c.table as table, c.name as column, c.type as type
  from system.columns as c join system.tables as t on t.database = c.database and t.name = c.table
  where c.database = 'throughline'
    and if((select count() from system.tables where database = 'throughline' and engine = 'Distributed') > 0,
      t.engine = 'Distributed', t.engine like '%MergeTree')
    and c.table in (select table from system.columns where database = 'throughline' and name = 'tenant_id')
  order by c.table, c.position`;

export async function telemetryTables(
  telemetry: Pick<TelemetryStore, "internal">,
): Promise<readonly TelemetryTableOfExport[]> {
  const columns = await telemetry.internal.query<ColumnRow>(
    COLUMNS,
    {},
    { name: "export.tables", maxExecutionMs: 60_000 },
  );
  return [...Map.groupBy(columns, ({ table }) => table)].map(([name, of]) => {
    // Rows of rollups are kept in parts that are added up when they are merged: FINAL does it now.
    const isAggregated = of.some(({ type }) => /AggregateFunction\(/.test(type));
    const list = of.map(expressionOf).join(", ");
    const sql = `select ${list} from throughline.${name}${isAggregated ? " final" : ""}
      where tenant_id = {tenant:String} and project_id = {project:String}`;
    return { name, sql };
  });
}

/** Ids are bytes: they leave as people know them, in hexadecimal. States of aggregates leave as their value. */
function expressionOf({ column, type }: ColumnRow): string {
  const isState = type.startsWith("AggregateFunction(");
  const value = isState ? `finalizeAggregation(${column})` : column;
  const isBytes = isState
    ? /^AggregateFunction\(\w+, FixedString/.test(type)
    : type.startsWith("FixedString");
  if (isBytes) return `lower(hex(${value})) as ${column}`;
  return isState ? `${value} as ${column}` : column;
}
