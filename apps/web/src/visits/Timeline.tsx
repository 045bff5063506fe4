/** Rows beside a time axis. Each opens to what is known of it; silences of the axis are folded. */
import { useMemo } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { toError, toTrace } from "../paths.ts";
import { formatDuration } from "../ui/format.ts";
import { Icon } from "../ui/Icon.tsx";
import { timeAxis, type TimeAxis } from "./timeAxis.ts";
import type { TimelineRow } from "./timelineRows.ts";
import { CodePlaces } from "./CodePlaces.tsx";

/** What each kind is called where colour does not say it. */
const KINDS: Readonly<Record<TimelineRow["kind"], string>> = {
  navigation: "load",
  vital: "vital",
  request: "request",
  resource: "file",
  long_frame: "busy",
  error: "error",
  event: "event",
};
/** Thinner is no longer seen. */
const WIDTH_MIN = 0.35;

export function Timeline({ rows, label }: { readonly rows: readonly TimelineRow[]; readonly label: string }) {
  const axis = useMemo(() => timeAxis(rows), [rows]);
  if (rows.length === 0) return <p class="muted">Nothing more was reported of this page.</p>;
  return (
    <div class="timeline">
      <div class="timeline-axis" aria-hidden="true">
        <svg>
          {axis.ticks.map(({ at, offsetMs }) => (
            <text key={offsetMs} x={`${at}%`} y="12" dx="3">
              {formatDuration(offsetMs)}
            </text>
          ))}
        </svg>
      </div>
      <ol aria-label={label}>
        {rows.map((row) => (
          <Row key={row.id} row={row} axis={axis} />
        ))}
      </ol>
      {axis.gaps.length === 0 ? null : (
        <p class="muted timeline-gaps">
          Hatched: {axis.gaps.map(({ durationMs }) => formatDuration(durationMs)).join(", ")} without
          anything.
        </p>
      )}
    </div>
  );
}

function Row({ row, axis }: { readonly row: TimelineRow; readonly axis: TimeAxis }) {
  const { search } = useApp().view.value;
  const { kind, name, more, value, isBad, traceId, fingerprint, facts, places, text } = row;
  return (
    <li>
      <details class={`timeline-row kind-${kind} ${isBad ? "is-bad" : ""}`}>
        <summary>
          <span class="timeline-kind">{KINDS[kind]}</span>
          <span class="timeline-name" title={`${name} ${more}`}>
            {isBad ? <Icon name="alert" /> : null}
            <b>{name}</b> <span class="muted">{more}</span>
          </span>
          <Bar row={row} axis={axis} />
          <span class="timeline-value">{value}</span>
        </summary>
        <div class="timeline-details">
          <p class="muted">
            {formatDuration(row.fromMs)} after the page began
            {traceId === null ? null : (
              <>
                {" · "}
                <a class="link underlined" href={toTrace(traceId, search)}>
                  trace of this request
                </a>
              </>
            )}
            {fingerprint === null ? null : (
              <>
                {" · "}
                <a class="link underlined" href={toError(fingerprint, search)}>
                  all errors like this one
                </a>
              </>
            )}
          </p>
          {facts.length === 0 ? null : (
            <dl>
              {facts.map(([fact, said]) => (
                <div key={fact}>
                  <dt>{fact}</dt>
                  <dd>{said}</dd>
                </div>
              ))}
            </dl>
          )}
          <CodePlaces places={places} />
          {text === "" ? null : <pre tabIndex={0}>{text}</pre>}
        </div>
      </details>
    </li>
  );
}

function Bar({ row, axis }: { readonly row: TimelineRow; readonly axis: TimeAxis }) {
  const left = axis.place(row.fromMs);
  const width = Math.max(WIDTH_MIN, axis.place(row.toMs) - left);
  const isMoment = row.toMs === row.fromMs;
  let reachedMs = row.fromMs;
  return (
    <svg class="timeline-bar" aria-hidden="true">
      {axis.gaps.map(({ at }) => (
        <line key={at} class="timeline-gap" x1={`${at}%`} x2={`${at}%`} y1="0" y2="100%" />
      ))}
      {isMoment ? (
        <circle class="timeline-mark" cx={`${Math.min(99.3, Math.max(0.7, left))}%`} cy="14" r="4" />
      ) : (
        <rect
          class="timeline-mark"
          x={`${Math.min(left, 100 - WIDTH_MIN)}%`}
          y="9"
          width={`${width}%`}
          height="10"
          rx="1.5"
        />
      )}
      {row.parts.map(({ name, durationMs }, index) => {
        const from = axis.place(reachedMs);
        reachedMs += durationMs;
        return (
          <rect
            key={name}
            class={`timeline-part part-${index % 3}`}
            x={`${from}%`}
            y="9"
            width={`${Math.max(0, axis.place(reachedMs) - from)}%`}
            height="10"
          />
        );
      })}
    </svg>
  );
}
