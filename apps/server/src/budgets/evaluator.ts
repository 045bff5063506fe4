/**
 * Evaluates budgets while the product runs: a project soon after vitals of it became readable, at most once a minute over
 * all instances, and every ten minutes without any, since old page views leave the window by themselves.
 */
import type { ControlStore } from "../engines/control/index.ts";
import type { Scope, TelemetryStore } from "../engines/telemetry/index.ts";
import { type Ingest, type ProjectEvaluator, startProjectEvaluator } from "../ingest/index.ts";
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

export function startBudgetEvaluator({
  control,
  telemetry,
  ingest,
  log,
  everyMs = 60_000,
  idleEveryMs = 600_000,
  tickMs = 2000,
}: BudgetEvaluatorOptions): ProjectEvaluator {
  return startProjectEvaluator({
    ingest,
    table: "web_vitals",
    // Pages may have got better while nothing ran.
    readKnown: () =>
      control.query<Scope>(
        'select tenant_id as "tenantId", project_id as "projectId" from budget_evaluations',
      ),
    evaluate: (scope) =>
      evaluateProject({ scope, control, reader: telemetry.scoped(scope), nowMs: Date.now(), everyMs }),
    onFailure: (err) => log.warn({ err }, "Budgets could not be evaluated; it is tried again every minute."),
    everyMs,
    idleEveryMs,
    tickMs,
  });
}
