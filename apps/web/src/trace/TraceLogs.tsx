/** What was logged while the trace ran, each line beside its moment; a click shows the span that wrote it. */
import type { LogLine } from "@throughline/contract";
import { formatDuration } from "../ui/format.ts";

export function TraceLogs({
  logs,
  startMs,
  chosenId,
  onChoose,
}: {
  readonly logs: readonly LogLine[];
  readonly startMs: number;
  readonly chosenId: string | null;
  readonly onChoose: (spanId: string) => void;
}) {
  if (logs.length === 0) {
    return (
      <p class="card-empty">
        No log line carries this trace's id. Loggers that are instrumented by OpenTelemetry add it by
        themselves.
      </p>
    );
  }
  return (
    <ol class="trace-logs">
      {logs.map((log, index) => {
        const { spanId } = log;
        const offsetMs = log.timeMs - startMs;
        return (
          <li
            key={index}
            class={`trace-log log-${log.severity} ${spanId !== null && spanId === chosenId ? "is-chosen" : ""}`}
          >
            <span class="muted">
              {offsetMs < 0 ? "−" : "+"}
              {formatDuration(Math.abs(offsetMs))}
            </span>
            <span class="log-severity">{log.severity}</span>
            <span class="muted trace-log-service">{log.service}</span>
            {spanId === null ? (
              <span class="trace-log-body">{log.body}</span>
            ) : (
              <button
                type="button"
                class="trace-log-body"
                title="Show its span"
                onClick={() => onChoose(spanId)}
              >
                {log.body}
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
