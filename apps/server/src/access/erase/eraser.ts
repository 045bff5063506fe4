/**
 * Erases the telemetry of deleted tenants and projects in the background. What was acknowledged before the deletion may
 * still lie in the journal, and keys die within five seconds, so a deletion is done only when an erasure some minutes later
 * finds nothing any more. It is written down, so a restart goes on with it; several instances do it together without harm.
 */
import type { FastifyBaseLogger } from "fastify";
import type { ControlStore } from "../../engines/control/store.ts";
import type { TelemetryStore } from "../../engines/telemetry/store.ts";
import { eraseTelemetry } from "./eraseTelemetry.ts";

const EVERY_MS = 60_000;
/** After so long nothing that was acknowledged before can still be on its way, unless the engine is down. */
export const SETTLED_SECONDS = 120;

export interface Eraser {
  /** Starts now what is written down; resolves when one round is over. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export interface EraserOptions {
  readonly control: ControlStore;
  readonly telemetry: Pick<TelemetryStore, "internal">;
  readonly log: FastifyBaseLogger;
}

interface Pending {
  readonly id: string;
  readonly tenant_id: string;
  readonly project_id: string | null;
  readonly is_settled: boolean;
}

export function createEraser({ control, telemetry, log }: EraserOptions): Eraser {
  let running: Promise<void> = Promise.resolve();

  async function round(): Promise<void> {
    const pending = await control.query<Pending>(
      `select id, tenant_id, project_id, requested_at < now() - make_interval(secs => $1) as is_settled
       from telemetry_deletions where done_at is null order by id limit 100`,
      [SETTLED_SECONDS],
    );
    for (const { id, tenant_id: tenantId, project_id: projectId, is_settled: isSettled } of pending) {
      try {
        const rowsBefore = await eraseTelemetry(telemetry, { tenantId, projectId });
        if (isSettled && rowsBefore === 0)
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
      }
    }
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
