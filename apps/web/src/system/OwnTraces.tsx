import type { SystemPage } from "@throughline/contract";
import { toTrace } from "../paths.ts";
import { Age } from "../ui/Time.tsx";
import { formatDuration } from "../ui/format.ts";

/** The product's own requests: how fast its own pages and reads are. */
export function OwnTraces({ traces }: { readonly traces: SystemPage["ownTraces"] }) {
  if (traces.length === 0)
    return (
      <p class="card-empty">No request of its own in the last hour, or THROUGHLINE_SELF_TELEMETRY is off.</p>
    );
  const keep = new URLSearchParams({ project: "throughline" });
  return (
    <ol class="own-traces">
      {traces.map(({ traceId, name, timeMs, durationMs, isError }) => (
        <li key={traceId}>
          <a href={toTrace(traceId, keep)} class={isError ? "bad" : undefined}>
            {name}
          </a>
          <span>{formatDuration(durationMs)}</span>
          <Age ms={timeMs} />
        </li>
      ))}
    </ol>
  );
}
