/** The trace's work put together by service and name: as wide as its own time, below what called it. */
import type { Span } from "@throughline/contract";
import { useMemo } from "preact/hooks";
import { formatCount, formatDuration, formatShare } from "../ui/format.ts";
import { EmptyState } from "../ui/States.tsx";
import { flameOf, type Flame } from "./flame.ts";

const ROW = 24;
/** Narrower boxes can't be seen, let alone read. */
const WIDTH_MIN = 0.001;
const TEXT_MIN = 0.05;

export function FlameView({
  spans,
  chosenId,
  onChoose,
  toneOf,
}: {
  readonly spans: readonly Span[];
  readonly chosenId: string | null;
  readonly onChoose: (spanId: string | null) => void;
  readonly toneOf: (service: string) => string;
}) {
  const boxes = useMemo(() => flameOf(spans), [spans]);
  const shown = boxes.filter(({ width }) => width >= WIDTH_MIN);
  if (shown.length === 0)
    return (
      <EmptyState title="No time to show">The spans of this trace took no time of their own.</EmptyState>
    );
  const rows = Math.max(...shown.map(({ depth }) => depth)) + 1;
  return (
    <div class="flame-box">
      <p class="muted flame-said">
        The same work below the same caller is one box. Its width is the time that it and all below it had for
        themselves.
        {shown.length < boxes.length
          ? ` ${formatCount(boxes.length - shown.length)} are too narrow to show.`
          : ""}
      </p>
      <svg class="flame" height={rows * ROW} role="group" aria-label="Work by its own time">
        {shown.map((box) => (
          <Box
            key={box.key}
            box={box}
            isChosen={box.spanId === chosenId}
            tone={toneOf(box.service)}
            onChoose={() => onChoose(box.spanId === chosenId ? null : box.spanId)}
          />
        ))}
      </svg>
    </div>
  );
}

function Box({
  box,
  isChosen,
  tone,
  onChoose,
}: {
  readonly box: Flame;
  readonly isChosen: boolean;
  readonly tone: string;
  readonly onChoose: () => void;
}) {
  const { name, service, count, durationMs, selfMs, errors, left, width, depth } = box;
  const times = count === 1 ? "" : `, ${formatCount(count)} times`;
  const failed = errors === 0 ? "" : `, ${formatCount(errors)} failed`;
  const label = `${service} ${name}${times}: ${formatDuration(durationMs)}, ${formatDuration(selfMs)} of its own, ${formatShare(width)} % of all${failed}`;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onChoose();
  };
  return (
    <svg x={`${left * 100}%`} y={depth * ROW} width={`${width * 100}%`} height={ROW - 2}>
      <g
        role="button"
        tabindex={0}
        aria-label={label}
        aria-pressed={isChosen}
        onClick={onChoose}
        onKeyDown={onKeyDown}
      >
        <title>{label}</title>
        <rect
          class={`flame-fill ${errors > 0 ? "svc-error" : tone} ${isChosen ? "flame-chosen" : ""}`}
          width="100%"
          height="100%"
          rx="2"
        />
        {width < TEXT_MIN ? null : (
          <text class="flame-text" x="6" y="15">
            {count === 1 ? name : `${name} × ${formatCount(count)}`}
          </text>
        )}
      </g>
    </svg>
  );
}
