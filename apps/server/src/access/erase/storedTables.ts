/** Where the telemetry store keeps rows of tenants, and how to reach them on all servers. */
import type { TelemetryStore } from "../../engines/telemetry/store.ts";

export const TELEMETRY_DATABASE = "throughline";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Tables that store rows, from the schema itself, so that a new one can't be forgotten. */
const TABLES = `
  select t.name as name, t.engine as engine, t.engine_full as engine_full
  from system.tables as t
  where t.database = '${TELEMETRY_DATABASE}'
    and (t.engine = 'Distributed' or (t.engine like '%MergeTree' and t.name in (
      select table from system.columns where database = '${TELEMETRY_DATABASE}' and name = 'tenant_id')))
  order by name`;

export interface StoredTable {
  readonly name: string;
  readonly engine: string;
  readonly engine_full: string;
}

export interface StoredTables {
  /** Those that hold rows; on a cluster they end in `_local`. */
  readonly stored: readonly StoredTable[];
  /** For `alter table`; empty on one server. */
  readonly onCluster: string;
}

/** @throws {TelemetryError} */
export async function readStoredTables(telemetry: Pick<TelemetryStore, "internal">): Promise<StoredTables> {
  const found = await telemetry.internal.query<StoredTable>(
    TABLES,
    {},
    { name: "erase.tables", maxExecutionMs: 60_000 },
  );
  return {
    stored: found.filter(({ engine }) => engine !== "Distributed"),
    onCluster: clusterClause(found),
  };
}

/** For statements that take no parameters: hence the strict pattern. */
export function tenantCondition(tenantId: string): string {
  if (!UUID.test(tenantId)) throw new TypeError("The tenant's id is not a UUID.");
  return `tenant_id = '${tenantId}'`;
}

/** Distributed tables say which cluster they stand in front of. */
function clusterClause(tables: readonly StoredTable[]): string {
  const distributed = tables.find(({ engine }) => engine === "Distributed");
  if (distributed === undefined) return "";
  const cluster = /Distributed\('?([A-Za-z0-9_]+)'?,/.exec(distributed.engine_full)?.[1];
  if (cluster === undefined) throw new Error(`The cluster of table ${distributed.name} can't be told.`);
  return ` on cluster ${cluster}`;
}
