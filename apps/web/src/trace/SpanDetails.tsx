/** Everything that is known of one span. */
import type { Span, Trace } from "@throughline/contract";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { toTrace } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Icon } from "../ui/Icon.tsx";
import { formatDuration, formatShare } from "../ui/format.ts";
import { Attributes } from "./Attributes.tsx";

/** Shown first: what a database or an HTTP call says of itself. */
const TELLING = [
  "db.query.text",
  "db.statement",
  "url.full",
  "http.url",
  "url.path",
  "http.route",
  "error.type",
];

export function SpanDetails({
  span,
  trace,
  toneOf,
  onClose,
}: {
  readonly span: Span;
  readonly trace: Trace;
  readonly toneOf: (service: string) => string;
  readonly onClose: () => void;
}) {
  const { search } = useApp().view.value;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the panel lies below the spans.
    if (matchMedia("(max-width: 760px)").matches) panel.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const logs = trace.logs.filter(({ spanId }) => spanId === span.spanId);
  return (
    <aside
      ref={panel}
      class="card span-details"
      aria-label={`Span ${span.name}`}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <header class="span-head">
        <h2>{span.name}</h2>
        <button
          type="button"
          class="span-close"
          aria-label="Close the span"
          title="Close (Esc)"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <p class="span-kind">
        <i class={`svc ${toneOf(span.service)}`} aria-hidden="true" /> {span.service}
        <span class="muted">{span.kind === "unspecified" ? "" : span.kind}</span>
        {span.status === "error" ? <Badge tone="bad">error</Badge> : null}
        {span.isCritical ? <Badge tone="accent">critical path</Badge> : null}
      </p>
      {span.statusMessage === "" ? null : <p class="bad">{span.statusMessage}</p>}
      {span.isOrphan ? <p class="muted">Its parent {span.parentSpanId} is not stored.</p> : null}
      <dl class="span-times">
        <div>
          <dt>Starts at</dt>
          <dd>+{formatDuration(span.startOffsetMs)}</dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd>
            {formatDuration(span.durationMs)}
            {trace.durationMs > 0 ? <small>{formatShare(span.durationMs / trace.durationMs)} %</small> : null}
          </dd>
        </div>
        <div>
          <dt>Itself</dt>
          <dd>{formatDuration(span.selfMs)}</dd>
        </div>
      </dl>
      <Attributes title="Attributes" values={span.attributes} first={TELLING} isOpen />
      {span.events.length === 0 ? null : (
        <section>
          <h3>Events</h3>
          {span.events.map((event, index) => (
            <div key={index} class="span-event">
              <p>
                <b>{event.name}</b>{" "}
                <small class="muted">+{formatDuration(Math.max(0, event.timeMs - trace.startMs))}</small>
              </p>
              <Attributes
                values={event.attributes}
                first={["exception.type", "exception.message", "exception.stacktrace"]}
                isOpen
              />
            </div>
          ))}
        </section>
      )}
      {span.links.length === 0 ? null : (
        <section>
          <h3>Links</h3>
          {span.links.map((link) => (
            <p key={link.traceId + link.spanId}>
              <a href={toTrace(link.traceId, search)}>
                <code>{link.traceId.slice(0, 16)}</code>
              </a>
            </p>
          ))}
        </section>
      )}
      {logs.length === 0 ? null : (
        <section>
          <h3>Logs</h3>
          {logs.map((log, index) => (
            <p key={index} class={`span-log log-${log.severity}`}>
              <small>{log.severity}</small> {log.body}
            </p>
          ))}
        </section>
      )}
      <Attributes title="Resource" values={span.resource} first={["service.name", "service.version"]} />
      <Attributes
        title="Identity"
        values={{
          "span id": span.spanId,
          "parent id": span.parentSpanId ?? "none: this is a root",
          scope: span.scope === "" ? "not named" : span.scope,
        }}
        first={[]}
      />
    </aside>
  );
}
