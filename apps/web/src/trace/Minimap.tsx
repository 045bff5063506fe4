/** The whole trace in one small picture; dragging over it zooms the waterfall, a double click shows all again. */
import type { Span } from "@throughline/contract";
import { useSignal, type Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Button } from "../ui/Button.tsx";
import { formatDuration } from "../ui/format.ts";
import { minimapBars, type TimeWindow } from "./tree.ts";

const BARS_MAX = 240;
/** A drag shorter than this share of the width is a click. */
const DRAG_MIN = 0.005;

export function Minimap({
  spans,
  durationMs,
  zoom,
  toneOf,
}: {
  readonly spans: readonly Span[];
  readonly durationMs: number;
  readonly zoom: Signal<TimeWindow | null>;
  readonly toneOf: (service: string) => string;
}) {
  const bars = useMemo(() => minimapBars(spans, durationMs, BARS_MAX), [spans, durationMs]);
  const dragged = useSignal<{ readonly from: number; readonly to: number } | null>(null);
  const shareAt = (event: PointerEvent): number => {
    const box = event.currentTarget instanceof Element ? event.currentTarget.getBoundingClientRect() : null;
    if (box === null || box.width === 0) return 0;
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const end = (): void => {
    const drag = dragged.value;
    dragged.value = null;
    if (drag === null || Math.abs(drag.to - drag.from) < DRAG_MIN) return;
    zoom.value = {
      fromMs: Math.min(drag.from, drag.to) * durationMs,
      toMs: Math.max(drag.from, drag.to) * durationMs,
    };
  };
  const drag = dragged.value;
  const shown = zoom.value;
  const [from, to] =
    drag !== null
      ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)]
      : shown !== null
        ? [shown.fromMs / durationMs, shown.toMs / durationMs]
        : [0, 1];
  return (
    <div class="minimap">
      <svg
        class="minimap-picture"
        role="img"
        aria-label={`The trace of ${formatDuration(durationMs)} at a glance. Drag to zoom.`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = shareAt(event);
          dragged.value = { from: at, to: at };
        }}
        onPointerMove={(event) => {
          if (dragged.value !== null) dragged.value = { ...dragged.value, to: shareAt(event) };
        }}
        onPointerUp={end}
        onPointerCancel={() => (dragged.value = null)}
        onDblClick={() => (zoom.value = null)}
      >
        {bars.map(({ left, width, top, span }) => (
          <rect
            key={span.spanId}
            class={span.status === "error" ? "svc-error" : toneOf(span.service)}
            x={`${left.toFixed(2)}%`}
            y={`${(top * 0.9 + 4).toFixed(1)}%`}
            width={`${Math.max(0.25, width).toFixed(2)}%`}
            height="2"
          />
        ))}
        {from > 0 ? <rect class="minimap-out" width={`${from * 100}%`} height="100%" /> : null}
        {to < 1 ? (
          <rect class="minimap-out" x={`${to * 100}%`} width={`${(1 - to) * 100}%`} height="100%" />
        ) : null}
      </svg>
      {shown === null ? null : (
        <div class="minimap-reset">
          <Button onClick={() => (zoom.value = null)}>Show all of {formatDuration(durationMs)}</Button>
        </div>
      )}
    </div>
  );
}
