/**
 * Deletes telemetry that is older than its organisation keeps it, in the background: each organisation once an hour, by
 * whichever instance comes first, and soon after somebody changed it. Doing it twice does no harm.
 */
import { AGGREGATE_DAYS_MAX, RAW_DAYS_MAX } from "@throughline/contract";
import type { FastifyBaseLogger } from "fastify";
import type { ControlStore } from "../../engines/control/store.ts";
import type { TelemetryStore } from "../../engines/telemetry/store.ts";
import { deleteOldRows } from "./deleteOldRows.ts";

const EVERY_MS = 60_000;

export interface RetentionEnforcer {
  /** Does what is due; resolves when it is done. Never rejects: what fails is logged and shown on the page. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export interface RetentionEnforcerOptions {
  readonly control: ControlStore;
  readonly telemetry: Pick<TelemetryStore, "internal">;
  readonly log: Pick<FastifyBaseLogger, "info" | "warn">;
  readonly wallClockMs?: (() => number) | undefined;
}

interface Due {
  readonly tenant_id: string;
  readonly raw_days: number;
  readonly aggregate_days: number;
}

/** Takes the next one, so that no other instance takes it within the hour. */
const CLAIM = `
  update retention set checked_at = now() where tenant_id = (
    select tenant_id from retention
    where (raw_days < $1 or aggregate_days < $2)
      and (checked_at is null or checked_at < now() - interval '1 hour')
    order by checked_at nulls first, tenant_id limit 1 for update skip locked)
  returning tenant_id, raw_days, aggregate_days`;

export function startRetentionEnforcer(options: RetentionEnforcerOptions): RetentionEnforcer {
  const { control, telemetry, log, wallClockMs = Date.now } = options;
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function enforce({ tenant_id: tenantId, ...days }: Due): Promise<void> {
    const limits = { tenantId, rawDays: days.raw_days, aggregateDays: days.aggregate_days };
    let lastError: string | null = null;
    try {
      const rows = await deleteOldRows(telemetry, limits, wallClockMs(), () => stop.signal.aborted);
      if (Object.keys(rows).length > 0)
        log.info({ ...limits, rows }, "Telemetry was deleted that is older than its organisation keeps it.");
    } catch (err) {
      log.warn({ err, tenantId }, "Old telemetry could not be deleted; it is tried again in an hour.");
      lastError = (err instanceof Error ? err.message : String(err)).slice(0, 500);
    }
    await control.query("update retention set last_error = $2 where tenant_id = $1", [tenantId, lastError]);
  }

  async function round(): Promise<void> {
    while (!stop.signal.aborted) {
      const [due] = await control.query<Due>(CLAIM, [RAW_DAYS_MAX, AGGREGATE_DAYS_MAX]);
      if (due === undefined) return;
      await enforce(due);
    }
  }

  const run = (): Promise<void> => {
    running = running.then(round).catch((err: unknown) => {
      log.warn({ err }, "How long telemetry is kept can't be read now; it is tried again in a minute.");
    });
    return running;
  };
  const timer = setInterval(() => void run(), EVERY_MS);
  timer.unref();

  return {
    run,
    async close() {
      stop.abort();
      clearInterval(timer);
      await running;
    },
  };
}
