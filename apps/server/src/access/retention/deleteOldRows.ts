/** Deletes what a tenant no longer wants to keep. The tables' own TTL stays the upper bound. */
import { AGGREGATE_DAYS_MAX, RAW_DAYS_MAX } from "@throughline/contract";
import { RETENTION_TABLES, type RetentionClass } from "../../engines/telemetry/retentionTables.ts";
import type { TelemetryStore } from "../../engines/telemetry/store.ts";
import { readStoredTables, TELEMETRY_DATABASE, tenantCondition } from "../erase/storedTables.ts";

const DAY_MS = 86_400_000;
const LIMIT_MS = 600_000;

export interface RetentionLimits {
  readonly tenantId: string;
  readonly rawDays: number;
  readonly aggregateDays: number;
}

/** In UTC. */
export const startOfDayMs = (timeMs: number): number => Math.floor(timeMs / DAY_MS) * DAY_MS;

/**
 * Whole UTC days, as the TTL of raw tables does it: so a table is rewritten at most once a day, and a row goes when it is
 * between `days` and `days + 1` days old. A table is left alone where a count finds nothing to delete.
 * @param isStopped asked before each table: a process that ends leaves the rest to the next round
 * @returns rows deleted, by table
 * @throws {TelemetryError}
 */
export async function deleteOldRows(
  telemetry: Pick<TelemetryStore, "internal">,
  limits: RetentionLimits,
  nowMs: number,
  isStopped: () => boolean = () => false,
): Promise<Readonly<Record<string, number>>> {
  const { stored, onCluster } = await readStoredTables(telemetry);
  const deleted: Record<string, number> = {};
  for (const { name } of stored) {
    if (isStopped()) break;
    // On a cluster rows lie in local tables, and the name without the ending counts on all servers.
    const table = onCluster === "" ? name : name.replace(/_local$/, "");
    const condition = conditionOf(RETENTION_TABLES[table], limits, nowMs);
    if (condition === null) continue;
    const [counted] = await telemetry.internal.query<{ rows: number }>(
      `select count() as rows from ${TELEMETRY_DATABASE}.${table} where ${condition}`,
      {},
      { name: "retention.count", maxExecutionMs: LIMIT_MS },
    );
    const rows = Number(counted?.rows ?? 0);
    if (rows === 0) continue;
    await telemetry.internal.command(
      `alter table ${TELEMETRY_DATABASE}.${name}${onCluster} delete where ${condition} settings mutations_sync = 2`,
    );
    deleted[table] = rows;
  }
  return deleted;
}

/** Null where the table's own TTL is all that holds. */
function conditionOf(
  table: RetentionClass | undefined,
  { tenantId, rawDays, aggregateDays }: RetentionLimits,
  nowMs: number,
): string | null {
  if (table === undefined || table.kind === "exempt") return null;
  const [days, daysMax] =
    table.kind === "raw" ? [rawDays, RAW_DAYS_MAX] : [aggregateDays, AGGREGATE_DAYS_MAX];
  if (days >= daysMax) return null;
  const beforeSeconds = (startOfDayMs(nowMs) - days * DAY_MS) / 1000;
  if (!Number.isSafeInteger(beforeSeconds)) throw new TypeError("Days and time have to be whole numbers.");
  return `${tenantCondition(tenantId)} and ${table.time} < toDateTime(${beforeSeconds}, 'UTC')`;
}
