/**
 * Looks at errors while the product runs: at a project soon after errors of it became readable, at most every ten seconds over
 * all instances, and every minute without any, since an error may be ignored until a time.
 */
import type { ControlStore } from "../engines/control/index.ts";
import type { Scope, TelemetryStore } from "../engines/telemetry/index.ts";
import type { Ingest } from "../ingest/index.ts";
import { evaluateErrors } from "./evaluateProject.ts";

export interface ErrorEvaluatorOptions {
  readonly control: ControlStore;
  readonly telemetry: Pick<TelemetryStore, "scoped">;
  readonly ingest: Pick<Ingest, "onStored">;
  readonly log: { warn(details: object, message: string): void };
  readonly everyMs?: number;
  readonly idleEveryMs?: number;
  readonly tickMs?: number;
}

export interface ErrorEvaluator {
  /** Events of a project were written by this process. */
  onEvents(listener: (scope: Scope) => void): () => void;
  /** Evaluates what is due now; resolves when it is done. */
  run(): Promise<void>;
  close(): Promise<void>;
}

interface Project {
  readonly scope: Scope;
  isDue: boolean;
  triedAtMs: number;
}

export function startErrorEvaluator({
  control,
  telemetry,
  ingest,
  log,
  everyMs = 10_000,
  idleEveryMs = 60_000,
  tickMs = 2000,
}: ErrorEvaluatorOptions): ErrorEvaluator {
  const projects = new Map<string, Project>();
  const listeners = new Set<(scope: Scope) => void>();
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  let hasFailed = false;

  const projectOf = ({ tenantId, projectId }: Scope): Project => {
    const key = JSON.stringify([tenantId, projectId]);
    const known = projects.get(key);
    if (known !== undefined) return known;
    const made = { scope: { tenantId, projectId }, isDue: true, triedAtMs: Number.NEGATIVE_INFINITY };
    projects.set(key, made);
    return made;
  };

  const stopListening = ingest.onStored((notice) => {
    if ((notice.rowsByTable.exceptions ?? 0) > 0) projectOf(notice).isDue = true;
  });

  async function evaluate(project: Project): Promise<void> {
    const { scope } = project;
    // What comes from here on makes it due again.
    project.isDue = false;
    const written = await evaluateErrors({
      scope,
      control,
      reader: telemetry.scoped(scope),
      nowMs: Date.now(),
      everyMs,
    });
    project.triedAtMs = performance.now();
    // Another instance was here a moment ago, perhaps before the newest rows.
    if (written === null) project.isDue = true;
    else if (written > 0) for (const listener of listeners) listener(scope);
  }

  async function runDue(): Promise<void> {
    for (const project of projects.values()) {
      const idleMs = performance.now() - project.triedAtMs;
      if (idleMs < (project.isDue ? everyMs : idleEveryMs)) continue;
      try {
        await evaluate(project);
        hasFailed = false;
      } catch (err) {
        project.isDue = true;
        project.triedAtMs = performance.now();
        // Once per outage.
        if (!hasFailed)
          log.warn({ err }, "States of errors could not be brought up to date; it is tried again.");
        hasFailed = true;
      }
    }
  }

  const run = async (): Promise<void> => {
    if (isRunning) return await running;
    isRunning = true;
    running = runDue().finally(() => {
      isRunning = false;
    });
    await running;
  };

  // A time until which an error is ignored may have passed while nothing ran.
  running = control
    .query<Scope>('select tenant_id as "tenantId", project_id as "projectId" from error_evaluations')
    .then(
      (rows) => {
        for (const row of rows) projectOf(row);
      },
      // Whatever sends errors is looked at in any case.
      () => undefined,
    );
  const timer = setInterval(() => void run(), tickMs);
  timer.unref();
  return {
    onEvents(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    run,
    async close() {
      clearInterval(timer);
      stopListening();
      await running;
    },
  };
}
