import type { ControlHealth } from "./store.ts";

const HEALTH_TIMEOUT_MS = 3_000;

export interface HealthProbe {
  readonly version: string;
  /** As text: int8. */
  readonly bytes: string;
}

/**
 * Asks the database something and never throws: what went wrong is in the message.
 * @param knownProblem makes a database that answers unhealthy all the same.
 */
export async function healthOf(
  backend: ControlHealth["backend"],
  probe: () => Promise<readonly HealthProbe[]>,
  knownProblem?: string,
): Promise<ControlHealth> {
  const startedAt = performance.now();
  const latencyMs = () => performance.now() - startedAt;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const tooLate = () => reject(new Error(`The database did not answer within ${HEALTH_TIMEOUT_MS} ms.`));
  const timer = setTimeout(tooLate, HEALTH_TIMEOUT_MS);
  try {
    const [row] = await Promise.race([probe(), late]);
    return {
      backend,
      version: row?.version ?? "",
      ok: knownProblem === undefined,
      latencyMs: latencyMs(),
      diskBytes: Number(row?.bytes ?? 0),
      message: knownProblem,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { backend, version: "", ok: false, latencyMs: latencyMs(), diskBytes: 0, message };
  } finally {
    clearTimeout(timer);
  }
}
