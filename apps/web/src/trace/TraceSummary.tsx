/** What the trace was, how long it took, and which service had the time. */
import type { Trace } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toService, toVisit } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { showToast } from "../ui/Toast.tsx";
import { Time } from "../ui/Time.tsx";
import { durationOf, formatCount, formatDuration, formatShare } from "../ui/format.ts";

export function TraceSummary({
  trace,
  toneOf,
}: {
  readonly trace: Trace;
  readonly toneOf: (service: string) => string;
}) {
  const { search } = useApp().view.value;
  const {
    rootName,
    rootService,
    durationMs,
    startMs,
    services,
    errorCount,
    spans,
    hiddenSpans,
    traceId,
    visit,
  } = trace;
  const duration = durationOf(durationMs);
  const selfMs = services.reduce((sum, service) => sum + service.selfMs, 0);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(traceId);
      showToast("The trace id is copied.");
    } catch {
      showToast(`The browser does not let this page copy. The id is ${traceId}`);
    }
  };
  return (
    <section class="card trace-summary" aria-label="Summary">
      <div class="trace-head">
        <div class="trace-name">
          <h2>{rootName === "" ? "no spans" : rootName}</h2>
          <p class="muted">
            <a class="link" href={toService(rootService, search)}>
              {rootService}
            </a>
            , <Time ms={startMs} precision="millisecond" />
            {visit === null ? null : (
              <>
                {", in a "}
                <a class="link" href={toVisit(visit.sessionId, search)}>
                  visit of {visit.path}
                </a>
              </>
            )}
          </p>
        </div>
        <dl class="trace-facts">
          <div>
            <dt>Duration</dt>
            <dd>
              {duration.value} <small>{duration.unit}</small>
            </dd>
          </div>
          <div>
            <dt>Spans</dt>
            <dd>{formatCount(spans.length + hiddenSpans)}</dd>
          </div>
          <div>
            <dt>Errors</dt>
            <dd>{errorCount === 0 ? "0" : <Badge tone="bad">{formatCount(errorCount)}</Badge>}</dd>
          </div>
        </dl>
      </div>
      <svg class="trace-shares" aria-hidden="true">
        {sharesOf(services, selfMs).map(({ service, left, width }) => (
          <rect key={service} class={toneOf(service)} x={`${left}%`} width={`${width}%`} height="100%" />
        ))}
      </svg>
      <ul class="trace-services" aria-label="Time by service">
        {services.map(({ service, spans: count, selfMs: ownMs }) => (
          <li key={service}>
            <i class={`svc ${toneOf(service)}`} aria-hidden="true" />
            <a href={toService(service, search)}>{service}</a>
            <span class="muted">
              {formatDuration(ownMs)}
              {selfMs > 0 ? `, ${formatShare(ownMs / selfMs)} %` : ""}, {formatCount(count)}{" "}
              {count === 1 ? "span" : "spans"}
            </span>
          </li>
        ))}
      </ul>
      <p class="trace-id">
        <code>{traceId}</code>
        <Button kind="quiet" onClick={() => void copy()}>
          Copy id
        </Button>
      </p>
    </section>
  );
}

function sharesOf(
  services: Trace["services"],
  totalMs: number,
): { readonly service: string; readonly left: number; readonly width: number }[] {
  let left = 0;
  return services.map(({ service, selfMs }) => {
    const width = totalMs > 0 ? (selfMs / totalMs) * 100 : 0;
    const share = { service, left, width };
    left += width;
    return share;
  });
}
