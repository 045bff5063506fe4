/**
 * How long the traces took. Every bar is a link that sets the durations to its own; dragging over several sets them to all of
 * those. The address holds the choice.
 */
import type { DurationHistogram } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { toTraces, type TraceFilter } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Time } from "../ui/Time.tsx";
import { formatCount, formatDuration } from "../ui/format.ts";
import { allBuckets, between, isInside, type Bucket } from "./durationBuckets.ts";

const HEIGHT = 100;
const BAR = 10;

export function Durations({
  histogram,
  filter,
}: {
  readonly histogram: DurationHistogram;
  readonly filter: TraceFilter;
}) {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const box = useRef<SVGSVGElement>(null);
  /** Indices of the first and the last bar under the pointer; null while nothing is dragged. */
  const brush = useSignal<readonly [number, number] | null>(null);
  const hasDragged = useRef(false);
  const buckets = allBuckets(histogram.buckets);
  const most = Math.max(1, ...buckets.map(({ count }) => count));
  const isChosen = filter.minDurationMs !== undefined || filter.maxDurationMs !== undefined;
  const { minDurationMs: _min, maxDurationMs: _max, ...others } = filter;
  const toBuckets = (first: Bucket, last: Bucket): string =>
    toTraces({ ...others, ...between(first, last) }, search);
  const indexAt = (event: PointerEvent): number => {
    const area = box.current?.getBoundingClientRect();
    if (area === undefined || area.width === 0) return 0;
    const at = Math.floor(((event.clientX - area.left) / area.width) * buckets.length);
    return Math.min(buckets.length - 1, Math.max(0, at));
  };
  const end = (): void => {
    const chosen = brush.value;
    brush.value = null;
    if (chosen === null || !hasDragged.current) return;
    const [low, high] = [Math.min(...chosen), Math.max(...chosen)];
    const [first, last] = [buckets[low], buckets[high]];
    if (first !== undefined && last !== undefined) void navigate(toBuckets(first, last));
  };
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined) return null;
  return (
    <Card
      title="How long they took"
      aside={
        <>
          {formatCount(histogram.count)} {"name" in filter || "attribute" in filter ? "spans" : "traces"}
          {isChosen ? (
            <>
              {" "}
              <ButtonLink href={toTraces(others, search)}>All durations</ButtonLink>
            </>
          ) : null}
        </>
      }
    >
      <svg
        ref={box}
        class="durations"
        viewBox={`0 0 ${buckets.length * BAR} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="group"
        aria-label="Durations: each bar sets the filter to its own"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          hasDragged.current = false;
          const at = indexAt(event);
          brush.value = [at, at];
        }}
        onPointerMove={(event) => {
          if (brush.value === null) return;
          const at = indexAt(event);
          if (at !== brush.value[0]) hasDragged.current = true;
          brush.value = [brush.value[0], at];
        }}
        onPointerUp={end}
        onPointerLeave={() => (brush.value = null)}
        onDragStart={(event) => event.preventDefault()}
        onClickCapture={(event) => {
          // What was dragged has gone to its own address.
          if (hasDragged.current) {
            event.preventDefault();
            event.stopPropagation();
          }
        }}
      >
        {buckets.map((bucket, index) => {
          const height = bucket.count === 0 ? 0 : Math.max(2, (bucket.count / most) * HEIGHT);
          const failed = bucket.count === 0 ? 0 : (bucket.errors / bucket.count) * height;
          const label = `${formatDuration(bucket.fromMs)} to ${formatDuration(bucket.toMs)}: ${formatCount(bucket.count)}${bucket.errors > 0 ? `, ${formatCount(bucket.errors)} failed` : ""}`;
          return (
            <a key={bucket.fromMs} href={toBuckets(bucket, bucket)} aria-label={label} draggable={false}>
              <title>{label}</title>
              <rect class="durations-hit" x={index * BAR} y="0" width={BAR} height={HEIGHT} />
              <rect
                class={`durations-bar ${isInside(bucket, filter) ? "" : "durations-bar-out"}`}
                x={index * BAR + 0.5}
                y={HEIGHT - height}
                width={BAR - 1}
                height={height}
              />
              <rect
                class="durations-errors"
                x={index * BAR + 0.5}
                y={HEIGHT - failed}
                width={BAR - 1}
                height={failed}
              />
            </a>
          );
        })}
        {brush.value === null ? null : (
          <rect
            class="durations-brush"
            x={Math.min(...brush.value) * BAR}
            y="0"
            width={(Math.abs(brush.value[1] - brush.value[0]) + 1) * BAR}
            height={HEIGHT}
          />
        )}
      </svg>
      <div class="durations-axis" aria-hidden="true">
        <span>{formatDuration(first.fromMs)}</span>
        <span>{formatDuration(buckets[Math.floor(buckets.length / 2)]?.fromMs ?? 0)}</span>
        <span>{formatDuration(last.toMs)}</span>
      </div>
      {histogram.countedFromMs === null ? null : (
        <p class="muted traces-said">
          There are too many to count all of the range: these came since <Time ms={histogram.countedFromMs} />
          .
        </p>
      )}
    </Card>
  );
}
