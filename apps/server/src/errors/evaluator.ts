/**
 * Looks at errors while the product runs: at a project soon after errors of it became readable, at most every ten seconds over
 * all instances, and every minute without any, since an error may be ignored until a time.
 */
import type { ControlStore } from "../engines/control/index.ts";
import type { Scope, TelemetryStore } from "../engines/telemetry/index.ts";
import { type Ingest, type ProjectEvaluator, startProjectEvaluator } from "../ingest/index.ts";
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

export function startErrorEvaluator({
  control,
  telemetry,
  ingest,
  log,
  everyMs = 10_000,
  idleEveryMs = 60_000,
  tickMs = 2000,
}: ErrorEvaluatorOptions): ProjectEvaluator {
  return startProjectEvaluator({
    ingest,
    table: "exceptions",
    // A time until which an error is ignored may have passed while nothing ran.
    readKnown: () =>
      control.query<Scope>(
        'select tenant_id as "tenantId", project_id as "projectId" from error_evaluations',
      ),
    evaluate: (scope) =>
      evaluateErrors({ scope, control, reader: telemetry.scoped(scope), nowMs: Date.now(), everyMs }),
    onFailure: (err) =>
      log.warn({ err }, "States of errors could not be brought up to date; it is tried again."),
    everyMs,
    idleEveryMs,
    tickMs,
  });
}
