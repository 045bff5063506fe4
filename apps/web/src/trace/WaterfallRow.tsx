import { formatDuration } from "../ui/format.ts";
import { Icon } from "../ui/Icon.tsx";
import { placeOf, type Row, type TimeWindow } from "./tree.ts";

/** Deeper spans keep this indent; their level is told to screen readers. */
const INDENT_MAX = 16;
const TEXT_MAX = 120;
/** Right of this percentage the label would leave the picture, so it stands left of the bar. */
const LABEL_RIGHT_UNTIL = 78;

export function WaterfallRow({
  id,
  row,
  window,
  traceStartMs,
  isChosen,
  isFound,
  tone,
  onChoose,
  onFold,
}: {
  readonly id: string;
  readonly row: Row;
  readonly window: TimeWindow;
  /** Events have moments of their own. */
  readonly traceStartMs: number;
  readonly isChosen: boolean;
  /** false: it is here only as an ancestor of what is looked for. */
  readonly isFound: boolean;
  readonly tone: string;
  readonly onChoose: () => void;
  readonly onFold: () => void;
}) {
  const { span, descendants, isCollapsed } = row;
  const isError = span.status === "error";
  const place = placeOf(span, window);
  return (
    <div
      id={id}
      class={`waterfall-row ${isChosen ? "is-chosen" : ""} ${isFound ? "" : "is-context"}`}
      role="treeitem"
      aria-level={span.depth + 1}
      aria-selected={isChosen}
      aria-expanded={descendants > 0 ? !isCollapsed : undefined}
      onClick={onChoose}
    >
      <span class="waterfall-name" title={`${span.name} · ${span.service}`}>
        {Array.from({ length: Math.min(span.depth, INDENT_MAX) }, (_, depth) => (
          <i key={depth} class="waterfall-indent" />
        ))}
        <span
          class={descendants > 0 ? `waterfall-fold ${isCollapsed ? "is-folded" : ""}` : "waterfall-leaf"}
          title={descendants > 0 ? `${descendants} below` : undefined}
          onClick={(event) => {
            if (descendants === 0) return;
            event.stopPropagation();
            onFold();
          }}
        >
          {descendants > 0 ? <Icon name="chevron" /> : null}
        </span>
        <i class={`svc ${tone}`} />
        {isError ? (
          <span class="waterfall-error">
            <Icon name="alert" />
          </span>
        ) : null}
        <span class="waterfall-text">
          {span.name} <span class="muted">{saysMore(span.attributes)}</span>
        </span>
        <span class="unseen">
          , {span.service}
          {isError ? ", failed" : ""},
        </span>
        {isCollapsed ? <small class="muted">+{descendants}</small> : null}
      </span>
      <svg class="waterfall-bar" aria-hidden="true">
        {place === null ? null : (
          <>
            <rect
              class={isError ? "svc-error" : tone}
              x={`${place.left.toFixed(3)}%`}
              y="9"
              width={`${Math.max(0.2, place.width).toFixed(3)}%`}
              height="10"
              rx="1.5"
            />
            {span.isCritical ? (
              <rect
                class="waterfall-critical"
                x={`${place.left.toFixed(3)}%`}
                y="21"
                width={`${Math.max(0.2, place.width).toFixed(3)}%`}
                height="2"
              />
            ) : null}
            {span.events.map((event, index) => {
              const at = placeOf({ startOffsetMs: event.timeMs - traceStartMs, durationMs: 0 }, window);
              return at === null ? null : (
                <circle key={index} class="waterfall-event" cx={`${at.left.toFixed(3)}%`} cy="14" r="2" />
              );
            })}
            <ServiceLabel service={span.service} left={place.left} right={place.left + place.width} />
          </>
        )}
      </svg>
      <span class="waterfall-duration">{formatDuration(span.durationMs)}</span>
    </div>
  );
}

/** What a name like "GET" or "SELECT" leaves out. */
function saysMore(attributes: Row["span"]["attributes"]): string {
  const text = attributes["db.query.text"] ?? attributes["db.statement"] ?? attributes["url.full"] ?? "";
  return text.slice(0, TEXT_MAX).replaceAll(/\s+/g, " ");
}

/** Beside the bar where there is room. */
function ServiceLabel({
  service,
  left,
  right,
}: {
  readonly service: string;
  readonly left: number;
  readonly right: number;
}) {
  if (right <= LABEL_RIGHT_UNTIL) {
    return (
      <text class="waterfall-label" x={`${right.toFixed(3)}%`} y="18" dx="6">
        {service}
      </text>
    );
  }
  if (left < 100 - LABEL_RIGHT_UNTIL) return null;
  return (
    <text class="waterfall-label" x={`${left.toFixed(3)}%`} y="18" dx="-6" text-anchor="end">
      {service}
    </text>
  );
}
