/**
 * The spans as a tree beside a time axis. One focus for the whole tree (arrow keys move through it); only the rows in
 * sight exist. https://www.w3.org/WAI/ARIA/apg/patterns/treeview/
 */
import type { Span } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { formatDuration } from "../ui/format.ts";
import { EmptyState } from "../ui/States.tsx";
import { countDescendants, visibleRows, type Row, type TimeWindow } from "./tree.ts";
import { WaterfallRow } from "./WaterfallRow.tsx";

/** As trace.css sets it. */
const ROW_PX = 28;
const OVERSCAN_ROWS = 12;
const FIRST_SCREEN_ROWS = 60;
const PAGE_ROWS = 15;
const TICKS = [0, 0.25, 0.5, 0.75] as const;

export function Waterfall({
  spans,
  startMs,
  window,
  isMatch,
  chosenId,
  onChoose,
  toneOf,
}: {
  readonly spans: readonly Span[];
  readonly startMs: number;
  readonly window: TimeWindow;
  readonly isMatch: ((span: Span) => boolean) | null;
  readonly chosenId: string | null;
  readonly onChoose: (spanId: string | null) => void;
  readonly toneOf: (service: string) => string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const collapsed = useSignal<ReadonlySet<string>>(new Set());
  const descendants = useMemo(() => countDescendants(spans), [spans]);
  const rows = useMemo(
    () => visibleRows(spans, descendants, collapsed.value, isMatch),
    [spans, descendants, collapsed.value, isMatch],
  );
  const at = rows.findIndex(({ span }) => span.spanId === chosenId);
  const first = Math.max(0, Math.floor(top.value / ROW_PX) - OVERSCAN_ROWS);
  const shown = rows.slice(first, first + FIRST_SCREEN_ROWS + 2 * OVERSCAN_ROWS);

  useEffect(() => {
    if (at >= 0) bringIntoView(box.current, at);
  }, [chosenId]);

  const fold = (span: Span, isFolded: boolean): void => {
    const next = new Set(collapsed.value);
    if (isFolded) next.add(span.spanId);
    else next.delete(span.spanId);
    collapsed.value = next;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = stepOf(event.key, rows, at);
    if (step === null) return;
    event.preventDefault();
    if ("fold" in step) fold(step.fold.span, !step.fold.isCollapsed);
    else if (step.close) onChoose(null);
    else if (step.to !== undefined) {
      onChoose(rows[step.to]?.span.spanId ?? null);
      bringIntoView(box.current, step.to);
    }
  };
  if (rows.length === 0) {
    return (
      <EmptyState title={spans.length === 0 ? "No spans" : "No span matches"}>
        {spans.length === 0 ? "Only log lines of this trace are stored." : "Loosen what you look for."}
      </EmptyState>
    );
  }
  const active = rows[at];
  return (
    <div class="waterfall">
      <div class="waterfall-axis" aria-hidden="true">
        <span>Span</span>
        <svg>
          {TICKS.map((tick) => (
            <text key={tick} x={`${tick * 100}%`} y="15" dx="3">
              {formatDuration(window.fromMs + tick * (window.toMs - window.fromMs))}
            </text>
          ))}
        </svg>
        <span>Duration</span>
      </div>
      <div
        ref={box}
        class="waterfall-rows"
        role="tree"
        aria-label="Spans"
        tabIndex={0}
        aria-activedescendant={active === undefined ? undefined : rowId(active.span)}
        onKeyDown={onKeyDown}
        onScroll={() => (top.value = box.current?.scrollTop ?? 0)}
      >
        <Gap rows={first} />
        {shown.map((row) => (
          <WaterfallRow
            key={row.span.spanId + String(row.index)}
            id={rowId(row.span)}
            row={row}
            window={window}
            traceStartMs={startMs}
            isChosen={row.span.spanId === chosenId}
            isFound={isMatch?.(row.span) ?? true}
            tone={toneOf(row.span.service)}
            onChoose={() => onChoose(row.span.spanId === chosenId ? null : row.span.spanId)}
            onFold={() => fold(row.span, !row.isCollapsed)}
          />
        ))}
        <Gap rows={rows.length - first - shown.length} />
      </div>
    </div>
  );
}

const rowId = ({ spanId }: Span): string => `span-${spanId}`;

/** The room of rows that don't exist; set by script, as the page's policy allows no inline style. */
function Gap({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return (
    <div
      role="presentation"
      ref={(element) => {
        if (element !== null) element.style.height = `${rows * ROW_PX}px`;
      }}
    />
  );
}

type Step = { readonly to?: number; readonly close?: boolean } | { readonly fold: Row };

/** @param at the chosen row, -1 for none. @returns null for keys that mean nothing here */
function stepOf(key: string, rows: readonly Row[], at: number): Step | null {
  const last = rows.length - 1;
  const to = (index: number): Step => ({ to: Math.min(last, Math.max(0, index)) });
  const row = rows[at];
  switch (key) {
    case "ArrowDown":
      return to(at + 1);
    case "ArrowUp":
      return to(at < 0 ? last : at - 1);
    case "Home":
      return to(0);
    case "End":
      return to(last);
    case "PageDown":
      return to(at + PAGE_ROWS);
    case "PageUp":
      return to(at - PAGE_ROWS);
    case "ArrowRight":
      if (row === undefined || row.descendants === 0) return null;
      return row.isCollapsed ? { fold: row } : to(at + 1);
    case "ArrowLeft":
      if (row === undefined) return null;
      if (row.descendants > 0 && !row.isCollapsed) return { fold: row };
      return to(rows.findLastIndex((each, index) => index < at && each.span.depth < row.span.depth));
    case "Escape":
      return row === undefined ? null : { close: true };
    default:
      return null;
  }
}

function bringIntoView(box: HTMLElement | null, index: number): void {
  if (box === null) return;
  const rowTop = index * ROW_PX;
  if (rowTop < box.scrollTop) box.scrollTop = rowTop;
  else if (rowTop + ROW_PX > box.scrollTop + box.clientHeight)
    box.scrollTop = rowTop + ROW_PX - box.clientHeight;
}
