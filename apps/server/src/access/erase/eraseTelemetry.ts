/** Deletes a tenant's (or project's) rows from every table of the telemetry store, rollups included. */
import type { TelemetryStore } from "../../engines/telemetry/store.ts";

const DATABASE = "throughline";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PROJECT_ID = /^[a-z0-9-]{1,63}$/;
const LIMIT_MS = 600_000;

export interface Erasure {
  readonly tenantId: string;
  /** Null: all. */
  readonly projectId: string | null;
}

/** Tables that store rows, from the schema itself, so that a new one can't be forgotten. */
const TABLES = `
  select t.name as name, t.engine as engine, t.engine_full as engine_full
  from system.tables as t
  where t.database = '${DATABASE}'
    and (t.engine = 'Distributed' or (t.engine like '%MergeTree' and t.name in (
      select table from system.columns where database = '${DATABASE}' and name = 'tenant_id')))
  order by name`;

interface TableRow {
  readonly name: string;
  readonly engine: string;
  readonly engine_full: string;
}

/** @returns how many rows were there before. */
export async function eraseTelemetry(
  telemetry: Pick<TelemetryStore, "internal">,
  erasure: Erasure,
): Promise<number> {
  const condition = conditionOf(erasure);
  const found = await telemetry.internal.query<TableRow>(
    TABLES,
    {},
    { name: "erase.tables", maxExecutionMs: 60_000 },
  );
  const onCluster = clusterClause(found);
  let rowsBefore = 0;
  for (const { name } of found.filter(({ engine }) => engine !== "Distributed")) {
    const [counted] = await telemetry.internal.query<{ rows: number }>(
      `select count() as rows from ${DATABASE}.${name} where ${condition}`,
      {},
      { name: "erase.count", maxExecutionMs: LIMIT_MS },
    );
    const rows = Number(counted?.rows ?? 0);
    rowsBefore += rows;
    // On a cluster other shards may hold rows that this one does not count.
    if (rows === 0 && onCluster === "") continue;
    await telemetry.internal.command(
      `alter table ${DATABASE}.${name}${onCluster} delete where ${condition} settings mutations_sync = 2`,
    );
  }
  return rowsBefore;
}

/** The ids go into statements that take no parameters: hence the strict patterns. */
function conditionOf({ tenantId, projectId }: Erasure): string {
  if (!UUID.test(tenantId)) throw new TypeError("The tenant's id is not a UUID.");
  if (projectId === null) return `tenant_id = '${tenantId}'`;
  if (!PROJECT_ID.test(projectId)) throw new TypeError("The project's id has characters that none can have.");
  return `tenant_id = '${tenantId}' and project_id = '${projectId}'`;
}

/** Distributed tables say which cluster they stand in front of. */
function clusterClause(tables: readonly TableRow[]): string {
  const distributed = tables.find(({ engine }) => engine === "Distributed");
  if (distributed === undefined) return "";
  const cluster = /Distributed\('?([A-Za-z0-9_]+)'?,/.exec(distributed.engine_full)?.[1];
  if (cluster === undefined) throw new Error(`The cluster of table ${distributed.name} can't be told.`);
  return ` on cluster ${cluster}`;
}
