/**
 * Evaluates budgets while the product runs: a project soon after vitals of it became readable, at most once a minute over
 * all instances, and every ten minutes without any, since old page views leave the window by themselves.
 */
import type { ControlStore } from "../engines/control/index.ts";
import type { Scope, TelemetryStore } from "../engines/telemetry/index.ts";
import type { Ingest } from "../ingest/index.ts";
import { evaluateProject } from "./evaluateProject.ts";

export interface BudgetEvaluatorOptions {
  readonly control: ControlStore;
  readonly telemetry: Pick<TelemetryStore, "scoped">;
  readonly ingest: Pick<Ingest, "onStored">;
  readonly log: { warn(details: object, message: string): void };
  readonly everyMs?: number;
  readonly idleEveryMs?: number;
  readonly tickMs?: number;
}

export interface BudgetEvaluator {
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

export function startBudgetEvaluator({
  control,
  telemetry,
  ingest,
  log,
  everyMs = 60_000,
  idleEveryMs = 600_000,
  tickMs = 2000,
}: BudgetEvaluatorOptions): BudgetEvaluator {
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
    if ((notice.rowsByTable.web_vitals ?? 0) > 0) projectOf(notice).isDue = true;
  });

  async function evaluate(project: Project): Promise<void> {
    const { scope } = project;
    // What comes from here on makes it due again.
    project.isDue = false;
    const written = await evaluateProject({
      scope,
      control,
      reader: telemetry.scoped(scope),
      nowMs: Date.now(),
      everyMs,
    });
    project.triedAtMs = performance.now();
    // Another instance was here less than a minute ago, perhaps before the newest rows.
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
        if (!hasFailed) log.warn({ err }, "Budgets could not be evaluated; it is tried again every minute.");
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

  // Pages may have got better while nothing ran.
  running = control
    .query<Scope>('select tenant_id as "tenantId", project_id as "projectId" from budget_evaluations')
    .then(
      (rows) => {
        for (const row of rows) projectOf(row);
      },
      // Whatever sends vitals is evaluated in any case.
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
