/** How long a tenant's telemetry is kept: reading it and setting it. */
import {
  AGGREGATE_DAYS_MAX,
  RAW_DAYS_MAX,
  type Retention,
  type RetentionChange,
} from "@throughline/contract";
import type { ControlStore, SqlExecutor } from "../../engines/control/store.ts";
import { type AuditContext, audited } from "../audit/audited.ts";
import { startOfDayMs } from "./deleteOldRows.ts";

interface Row {
  readonly raw_days: number;
  readonly aggregate_days: number;
  readonly checked_at: Date | null;
  readonly last_error: string | null;
}

/** @throws {ControlError} */
export async function readRetention(
  control: ControlStore,
  tenantId: string,
  nowMs: number,
): Promise<Retention> {
  const row = await control.asTenant(tenantId, (tx) => readRow(tx, ""));
  return {
    rawDays: Math.min(row?.raw_days ?? RAW_DAYS_MAX, RAW_DAYS_MAX),
    aggregateDays: Math.min(row?.aggregate_days ?? AGGREGATE_DAYS_MAX, AGGREGATE_DAYS_MAX),
    rawDaysMax: RAW_DAYS_MAX,
    aggregateDaysMax: AGGREGATE_DAYS_MAX,
    isDefault: row === undefined,
    todayMs: startOfDayMs(nowMs),
    checkedAtMs: row?.checked_at?.getTime() ?? null,
    lastError: row?.last_error ?? null,
  };
}

/** What is too old then is deleted by the next round (enforcer.ts), on whichever instance. @throws {ControlError} */
export async function changeRetention(
  context: AuditContext & { readonly tenantId: string },
  { rawDays, aggregateDays, why }: RetentionChange,
): Promise<void> {
  const { tenantId } = context;
  const deed = { action: "retention.change", target: { kind: "tenant", id: tenantId }, why };
  await audited(context, deed, async (tx, note) => {
    const before = await readRow(tx, "for update");
    note.detail = {
      rawDays,
      aggregateDays,
      rawDaysBefore: before?.raw_days ?? RAW_DAYS_MAX,
      aggregateDaysBefore: before?.aggregate_days ?? AGGREGATE_DAYS_MAX,
    };
    await tx.query(
      `insert into retention (tenant_id, raw_days, aggregate_days) values ($1, $2, $3)
       on conflict (tenant_id) do update set raw_days = excluded.raw_days, aggregate_days = excluded.aggregate_days,
         changed_at = now(), checked_at = null, last_error = null`,
      [tenantId, rawDays, aggregateDays],
    );
  });
}

/** The tenant's own: row-level security shows no other. */
async function readRow(tx: SqlExecutor, lock: "" | "for update"): Promise<Row | undefined> {
  const [row] = await tx.query<Row>(
    `select raw_days, aggregate_days, checked_at, last_error from retention ${lock}`,
  );
  return row;
}
