/**
 * Looks at projects while the product runs: at one soon after rows of a table became readable, at most so often over all
 * instances, and now and then without any, since some things change by time alone.
 */
import type { Scope, TelemetryTable } from "../engines/telemetry/index.ts";
import type { Ingest } from "./types.ts";

export interface ProjectEvaluatorOptions {
  readonly ingest: Pick<Ingest, "onStored">;
  /** Its rows make a project due. */
  readonly table: TelemetryTable;
  /** Projects that were looked at before this start. Whatever sends rows is looked at in any case. */
  readonly readKnown: () => Promise<readonly Scope[]>;
  /** How many events were written; null when another instance was there less than `everyMs` ago. */
  readonly evaluate: (scope: Scope) => Promise<number | null>;
  /** Once per outage. */
  readonly onFailure: (err: unknown) => void;
  readonly everyMs: number;
  readonly idleEveryMs: number;
  readonly tickMs: number;
}

export interface ProjectEvaluator {
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

export function startProjectEvaluator(options: ProjectEvaluatorOptions): ProjectEvaluator {
  const { ingest, table, readKnown, onFailure, everyMs, idleEveryMs, tickMs } = options;
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
    if ((notice.rowsByTable[table] ?? 0) > 0) projectOf(notice).isDue = true;
  });

  async function evaluate(project: Project): Promise<void> {
    // What comes from here on makes it due again.
    project.isDue = false;
    const written = await options.evaluate(project.scope);
    project.triedAtMs = performance.now();
    // Another instance was here a moment ago, perhaps before the newest rows.
    if (written === null) project.isDue = true;
    else if (written > 0) for (const listener of listeners) listener(project.scope);
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
        if (!hasFailed) onFailure(err);
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

  running = readKnown().then(
    (scopes) => {
      for (const scope of scopes) projectOf(scope);
    },
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
