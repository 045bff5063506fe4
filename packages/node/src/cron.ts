/**
 * Scheduled jobs: a span and two check-ins a run, so that a run that is missing, late, long or failed can be told apart.
 * Fits node-cron, croner and routes that a platform's scheduler calls: it wraps the function, whoever calls it.
 */
import { logs, SeverityNumber, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

export type CronStatus = "in_progress" | "ok" | "error";

/**
 * Answers with `fn` wrapped: same arguments, same result, same error.
 *
 *     cron.schedule("0 3 * * *", instrumentCron("clean-up", "0 3 * * *", cleanUp));
 *
 * @param name of the job, the same for all its runs
 * @param schedule as the scheduler has it, so that the server knows when the next run is due
 */
export function instrumentCron<Args extends unknown[], Result>(
  name: string,
  schedule: string,
  fn: (...args: Args) => Result,
): (...args: Args) => Result {
  return (...args) => {
    const tracer = trace.getTracer("@throughline/node/cron", "0.1.0");
    const attributes = { "cron.job.name": name, "cron.job.schedule": schedule };
    return tracer.startActiveSpan(
      `cron ${name}`,
      { kind: SpanKind.CONSUMER, root: true, attributes },
      (span) => {
        const startMs = performance.now();
        const checkIn = (status: CronStatus, more: Record<string, string | number> = {}): void => {
          logs.getLogger("@throughline/node/cron", "0.1.0").emit({
            eventName: "cron.check_in",
            severityNumber: status === "error" ? SeverityNumber.ERROR : SeverityNumber.INFO,
            severityText: status === "error" ? "ERROR" : "INFO",
            body: `cron ${name}: ${status}`,
            attributes: { ...attributes, "cron.job.status": status, ...more },
          });
        };
        const finish = (status: "ok" | "error"): void => {
          span.setAttribute("cron.job.status", status);
          checkIn(status, { "cron.job.duration": (performance.now() - startMs) / 1000 });
          span.end();
        };
        const fail = (error: unknown): void => {
          const exception = error instanceof Error ? error : String(error);
          span.recordException(exception);
          span.setStatus({
            code: SpanStatusCode.ERROR,
            message: error instanceof Error ? error.message : exception.toString(),
          });
          finish("error");
        };
        checkIn("in_progress");
        try {
          const result = fn(...args);
          if (isThenable(result)) {
            // The promise that goes back is the job's own: its rejection stays the scheduler's to handle.
            result.then(
              () => finish("ok"),
              (error: unknown) => fail(error),
            );
          } else finish("ok");
          return result;
        } catch (error) {
          fail(error);
          throw error;
        }
      },
    );
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
