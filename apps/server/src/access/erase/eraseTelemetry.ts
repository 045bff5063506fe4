/** Deletes a tenant's (or project's) rows from every table of the telemetry store, rollups included. */
import type { TelemetryStore } from "../../engines/telemetry/store.ts";
import { readStoredTables, TELEMETRY_DATABASE, tenantCondition } from "./storedTables.ts";

const PROJECT_ID = /^[a-z0-9-]{1,63}$/;
const LIMIT_MS = 600_000;

export interface Erasure {
  readonly tenantId: string;
  /** Null: all. */
  readonly projectId: string | null;
}

/** @returns how many rows were there before. */
export async function eraseTelemetry(
  telemetry: Pick<TelemetryStore, "internal">,
  erasure: Erasure,
): Promise<number> {
  const condition = conditionOf(erasure);
  const { stored, onCluster } = await readStoredTables(telemetry);
  let rowsBefore = 0;
  for (const { name } of stored) {
    const [counted] = await telemetry.internal.query<{ rows: number }>(
      `select count() as rows from ${TELEMETRY_DATABASE}.${name} where ${condition}`,
      {},
      { name: "erase.count", maxExecutionMs: LIMIT_MS },
    );
    const rows = Number(counted?.rows ?? 0);
    rowsBefore += rows;
    // On a cluster other shards may hold rows that this one does not count.
    if (rows === 0 && onCluster === "") continue;
    await telemetry.internal.command(
      `alter table ${TELEMETRY_DATABASE}.${name}${onCluster} delete where ${condition} settings mutations_sync = 2`,
    );
  }
  return rowsBefore;
}

/** The ids go into statements that take no parameters: hence the strict patterns. */
function conditionOf({ tenantId, projectId }: Erasure): string {
  const condition = tenantCondition(tenantId);
  if (projectId === null) return condition;
  if (!PROJECT_ID.test(projectId)) throw new TypeError("The project's id has characters that none can have.");
  return `${condition} and project_id = '${projectId}'`;
}
