/**
 * Values over time as SVG: the server's HTML is the finished chart, the browser adds the read-out (pointer or arrow
 * keys) and dragging over a span of time. Positions are percentages, so no script measures anything.
 */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { useClock } from "../Time.tsx";
import { formatClock, formatMoment } from "../format.ts";
import { BOX, largestOf, nearestIndex, plotPaths } from "./paths.ts";
import { timeTicks, valueScale } from "./scale.ts";
import "./chart.css";

export type SeriesTone = "low" | "mid" | "high" | "accent" | "bad" | "warn";

export interface ChartSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly tone: SeriesTone;
  readonly isArea?: boolean;
}

/** A moment that the chart marks. */
export interface ChartMarker {
  readonly id: string;
  readonly timeMs: number;
  readonly label: string;
  /** Where its flag leads. */
  readonly href: string;
  readonly tone: "accent" | "muted" | "bad";
}

export interface TimeChartProps {
  /** Names the chart for screen readers. */
  readonly label: string;
  readonly timesMs: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly series: readonly ChartSeries[];
  /** "268 ms": for the read-out. */
  readonly format: (value: number) => string;
  /** "250": for the axis, whose unit stands beside the title. */
  readonly formatTick: (value: number) => string;
  /** Moments to point out: a vertical line each, with its words on hover. */
  readonly marks?: readonly { readonly atMs: number; readonly label: string }[];
  /** The time under the pointer; share one signal between charts and they point together. */
  readonly cursorMs: Signal<number | null>;
  readonly onZoom?: (fromMs: number, toMs: number) => void;
  readonly markers?: readonly ChartMarker[];
}

/** Shorter drags are clicks. */
const DRAG_MIN_PX = 6;

export function TimeChart(props: TimeChartProps) {
  const { timesMs, fromMs, toMs, series, formatTick } = props;
  const { zone } = useClock();
  const scale = useMemo(() => valueScale(largestOf(series)), [series]);
  const paths = useMemo(
    () => series.map(({ values }) => plotPaths(timesMs, values, { fromMs, toMs, max: scale.max })),
    [timesMs, series, fromMs, toMs, scale],
  );
  const isDaily = toMs - fromMs > 36 * 3_600_000;
  const ticks = timeTicks(fromMs, toMs, zone.value);
  const yOf = (value: number): string => `${100 - (value / scale.max) * 100}%`;
  return (
    <div class="chart">
      <svg class="chart-y" aria-hidden="true">
        {scale.ticks.map((value, index) => (
          <text key={value} x="100%" y={yOf(value)} dy={index === 0 ? "0" : "0.35em"} text-anchor="end">
            {formatTick(value)}
          </text>
        ))}
      </svg>
      <Plot {...props} isDaily={isDaily}>
        <svg class="chart-plot" aria-hidden="true">
          {scale.ticks.map((value) => (
            <line key={value} class="chart-grid" x1="0" x2="100%" y1={yOf(value)} y2={yOf(value)} />
          ))}
          <svg viewBox={`0 0 ${BOX} ${BOX}`} preserveAspectRatio="none" width="100%" height="100%">
            {series.map((one, index) => (
              <g key={one.label} class={`series-${one.tone}`}>
                {one.isArea === true ? <path class="chart-area" d={paths[index]?.area} /> : null}
                <path class="chart-line" d={paths[index]?.line} />
              </g>
            ))}
          </svg>
          {props.marks?.map(({ atMs, label }) => (
            <line
              key={atMs}
              class="chart-mark"
              x1={`${((atMs - fromMs) / (toMs - fromMs)) * 100}%`}
              x2={`${((atMs - fromMs) / (toMs - fromMs)) * 100}%`}
              y1="0"
              y2="100%"
            >
              <title>{label}</title>
            </line>
          ))}
          <Cursor {...props} yOf={yOf} />
        </svg>
      </Plot>
      <Markers {...props} />
      <svg class="chart-x" aria-hidden="true">
        {ticks.map(({ percent, label }) => (
          <text key={percent} x={`${percent}%`} y="12" text-anchor={percent > 97 ? "end" : "middle"}>
            {label}
          </text>
        ))}
        <CursorTime {...props} isDaily={isDaily} />
      </svg>
    </div>
  );
}

/** More than these, newest first, can't be told apart. */
const MARKERS_MAX = 40;

/** Beside the plot and not in it: what is in a slider is nothing by itself to assistive technology. */
function Markers({ markers = [], fromMs, toMs, label }: TimeChartProps) {
  const { zone } = useClock();
  const shown = markers
    .filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .slice(-MARKERS_MAX);
  if (shown.length === 0) return null;
  return (
    <svg class="chart-markers" role="group" aria-label={`${label}: deployments and releases`}>
      {shown.map(({ id, timeMs, label: text, href, tone }) => {
        const percent = ((timeMs - fromMs) / (toMs - fromMs)) * 100;
        const isLeft = percent > 55;
        return (
          <svg key={id} x={`${percent}%`} y="0" overflow="visible">
            <a
              class={`chart-marker marker-${tone}`}
              href={href}
              aria-label={`${text}, ${formatMoment(timeMs, zone.value, "minute")}`}
            >
              <line y1="0" y2="100%" />
              <rect x="-12" y="-10" width="24" height="24" />
              <path d="M-5 0h10L0 7z" />
              <text x={isLeft ? -9 : 9} y="16" text-anchor={isLeft ? "end" : "start"}>
                {text}
              </text>
            </a>
          </svg>
        );
      })}
    </svg>
  );
}

/** The exact time under the cursor, over the axis' own labels. */
function CursorTime({
  timesMs,
  fromMs,
  toMs,
  cursorMs,
  isDaily,
}: TimeChartProps & { readonly isDaily: boolean }) {
  const { zone } = useClock();
  if (cursorMs.value === null) return null;
  const time = timesMs[nearestIndex(timesMs, cursorMs.value)];
  if (time === undefined) return null;
  const percent = ((time - fromMs) / (toMs - fromMs)) * 100;
  return (
    <text
      class="chart-time"
      x={`${percent}%`}
      y="12"
      text-anchor={percent > 92 ? "end" : percent < 8 ? "start" : "middle"}
    >
      {isDaily ? formatMoment(time, zone.value, "minute") : formatClock(time, zone.value)}
    </text>
  );
}

/** A vertical line through the nearest point, and a dot on each series. */
function Cursor({
  timesMs,
  fromMs,
  toMs,
  series,
  cursorMs,
  yOf,
}: TimeChartProps & { readonly yOf: (value: number) => string }) {
  if (cursorMs.value === null) return null;
  const index = nearestIndex(timesMs, cursorMs.value);
  const time = timesMs[index];
  if (time === undefined) return null;
  const x = `${((time - fromMs) / (toMs - fromMs)) * 100}%`;
  return (
    <g class="chart-cursor">
      <line x1={x} x2={x} y1="0" y2="100%" />
      {series.map(({ label, tone, values }) => {
        const value = values[index] ?? null;
        return value === null ? null : (
          <circle key={label} class={`series-${tone}`} cx={x} cy={yOf(value)} r="3" />
        );
      })}
    </g>
  );
}

interface Drag {
  readonly startPx: number;
  readonly nowPx: number;
  readonly widthPx: number;
}

/** Takes pointer and keys. To assistive technology it is a slider over time whose text is the read-out. */
function Plot(props: TimeChartProps & { readonly isDaily: boolean; readonly children: JSX.Element }) {
  const { timesMs, fromMs, toMs, cursorMs, onZoom, label, children } = props;
  const drag = useSignal<Drag | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const timeAt = (px: number, widthPx: number): number => fromMs + (px / widthPx) * (toMs - fromMs);
  const pxOf = (event: PointerEvent): { px: number; widthPx: number } => {
    const rect = box.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
    return { px: Math.min(rect.width, Math.max(0, event.clientX - rect.left)), widthPx: rect.width };
  };

  const onPointerMove = (event: PointerEvent): void => {
    const { px, widthPx } = pxOf(event);
    cursorMs.value = timeAt(px, widthPx);
    if (drag.value !== null) drag.value = { ...drag.value, nowPx: px };
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || event.pointerType === "touch" || onZoom === undefined) return;
    const { px, widthPx } = pxOf(event);
    box.current?.setPointerCapture(event.pointerId);
    drag.value = { startPx: px, nowPx: px, widthPx };
  };
  const onPointerUp = (): void => {
    const done = drag.value;
    drag.value = null;
    if (done === null || Math.abs(done.nowPx - done.startPx) < DRAG_MIN_PX) return;
    const ends = [timeAt(done.startPx, done.widthPx), timeAt(done.nowPx, done.widthPx)].toSorted(
      (a, b) => a - b,
    );
    onZoom?.(ends[0] ?? fromMs, ends[1] ?? toMs);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      drag.value = null;
      cursorMs.value = null;
      return;
    }
    const last = timesMs.length - 1;
    const here = cursorMs.value === null ? last + 1 : nearestIndex(timesMs, cursorMs.value);
    const page = Math.max(1, Math.round(last / 10));
    const next = {
      ArrowLeft: here - 1,
      ArrowRight: Math.min(last, here + 1),
      PageDown: here - page,
      PageUp: here + page,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    cursorMs.value = timesMs[Math.min(last, Math.max(0, next))] ?? null;
  };
  return (
    <div
      ref={box}
      class="chart-box"
      tabIndex={0}
      role="slider"
      aria-label={`${label}: arrow keys read the values`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, timesMs.length - 1)}
      {...readOut(props)}
      onPointerMove={onPointerMove}
      onPointerDown={onPointerDown}
      onPointerUp={onPointerUp}
      onPointerCancel={() => {
        drag.value = null;
      }}
      onPointerLeave={() => {
        if (drag.value === null) cursorMs.value = null;
      }}
      onBlur={() => {
        cursorMs.value = null;
      }}
      onKeyDown={onKeyDown}
    >
      {children}
      <Selection drag={drag} />
    </div>
  );
}

function Selection({ drag }: { readonly drag: Signal<Drag | null> }) {
  if (drag.value === null) return null;
  const { startPx, nowPx, widthPx } = drag.value;
  const percent = (px: number): string => `${(px / widthPx) * 100}%`;
  return (
    <svg class="chart-selection" aria-hidden="true">
      <rect
        x={percent(Math.min(startPx, nowPx))}
        width={percent(Math.abs(nowPx - startPx))}
        y="0"
        height="100%"
      />
    </svg>
  );
}

function readOut(props: TimeChartProps & { readonly isDaily: boolean }) {
  const { timesMs, series, cursorMs, format } = props;
  const { zone } = useClock();
  const index = cursorMs.value === null ? timesMs.length - 1 : nearestIndex(timesMs, cursorMs.value);
  const time = timesMs[index];
  if (time === undefined) return { "aria-valuenow": 0, "aria-valuetext": "no data" };
  const at = props.isDaily ? formatMoment(time, zone.value, "minute") : formatClock(time, zone.value);
  const values = series.map(({ label, values }) => {
    const value = values[index] ?? null;
    return `${label} ${value === null ? "unknown" : format(value)}`;
  });
  return { "aria-valuenow": index, "aria-valuetext": `${at}: ${values.join(", ")}` };
}
