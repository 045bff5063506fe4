/**
 * Erases the telemetry of deleted tenants and projects in the background. What was acknowledged before the deletion may
 * still lie in a journal, and keys die within five seconds, so a deletion is done only when an erasure some minutes later
 * finds nothing any more and this instance's journal holds nothing that old. It is written down, so a restart goes on with
 * it; several instances do it together without harm. One that was away meanwhile, with rows in its journal, erases again
 * once they are loaded.
 */
import type { FastifyBaseLogger } from "fastify";
import type { ControlStore } from "../../engines/control/store.ts";
import type { Ingest } from "../../ingest/index.ts";
import type { TelemetryStore } from "../../engines/telemetry/store.ts";
import { eraseTelemetry } from "./eraseTelemetry.ts";

const EVERY_MS = 60_000;
/** After so long nothing that was acknowledged before can still be on its way, unless the engine is down. */
export const SETTLED_SECONDS = 120;
/** A key may go on for five seconds, and clocks differ a little. */
const MARGIN_MS = 10_000;

export interface Eraser {
  /** Starts now what is written down; resolves when one round is over. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export interface EraserOptions {
  readonly control: ControlStore;
  readonly telemetry: Pick<TelemetryStore, "internal">;
  readonly ingest: Pick<Ingest, "status">;
  readonly log: FastifyBaseLogger;
}

interface Pending {
  readonly id: string;
  readonly tenant_id: string;
  readonly project_id: string | null;
  readonly requested_at: Date;
  readonly is_done: boolean;
  readonly is_settled: boolean;
}

/** Also what is done, where rows that are older waited here since. A project that was made anew under the id stays. */
const PENDING = `
  select d.id, d.tenant_id, d.project_id, d.requested_at, d.done_at is not null as is_done,
         d.requested_at < now() - make_interval(secs => $1) as is_settled
  from telemetry_deletions d
  where d.done_at is null or (d.requested_at >= $2::timestamptz and not exists (
    select from projects p where p.tenant_id = d.tenant_id and p.id = d.project_id))
  order by d.id limit 100`;

export function createEraser({ control, telemetry, ingest, log }: EraserOptions): Eraser {
  /** Rows as old as this were seen waiting here: what was deleted since may have to be erased again. */
  let seenWaitingMs = waitingSinceMs();
  let running: Promise<void> = Promise.resolve();

  /** Arrival of the oldest row of this instance that is not in the engine yet. */
  function waitingSinceMs(): number | null {
    const { oldestUnstoredAgeMs } = ingest.status();
    return oldestUnstoredAgeMs === null ? null : Date.now() - oldestUnstoredAgeMs;
  }

  async function round(): Promise<void> {
    const waitingMs = waitingSinceMs();
    seenWaitingMs ??= waitingMs;
    const pending = await control.query<Pending>(PENDING, [
      SETTLED_SECONDS,
      seenWaitingMs === null ? null : new Date(seenWaitingMs - MARGIN_MS),
    ]);
    let isComplete = true;
    for (const deletion of pending) {
      const { id, tenant_id: tenantId, project_id: projectId } = deletion;
      const isLoaded = waitingMs === null || waitingMs > deletion.requested_at.getTime() + MARGIN_MS;
      const isSettled = deletion.is_settled && isLoaded;
      try {
        const rowsBefore = await eraseTelemetry(telemetry, { tenantId, projectId });
        if (isSettled && rowsBefore === 0 && !deletion.is_done)
          await control.query(
            "update telemetry_deletions set done_at = now(), last_error = null where id = $1",
            [id],
          );
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn(
          { err: error, tenantId, projectId },
          "Telemetry of something deleted could not be erased yet.",
        );
        await control.query("update telemetry_deletions set last_error = $2 where id = $1", [
          id,
          reason.slice(0, 500),
        ]);
        isComplete = false;
      }
    }
    // What was seen waiting is loaded or still waits; what is loaded was erased just now.
    if (isComplete) seenWaitingMs = waitingMs;
  }

  const run = (): Promise<void> => {
    running = running.then(round).catch((err: unknown) => {
      log.warn({ err }, "Deletions can't be read now; they are tried again in a minute.");
    });
    return running;
  };
  const timer = setInterval(() => void run(), EVERY_MS);
  timer.unref();

  return {
    run,
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
