/** The trace's rows: which are in sight, where they lie on the time axis. Pure, for the waterfall and its tests. */
import type { Span } from "@throughline/contract";

/** What part of the trace's time is shown, in milliseconds since its first span. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Row {
  /** Its place among all spans of the trace, in display order. */
  readonly index: number;
  readonly span: Span;
  /** Spans below it, however deep. */
  readonly descendants: number;
  readonly isCollapsed: boolean;
}

/** How many spans hang below each, in display order (depth first). */
export function countDescendants(spans: readonly Span[]): number[] {
  const counts = spans.map(() => 0);
  const open: number[] = [];
  const close = (depth: number, end: number): void => {
    for (let top = open.at(-1); top !== undefined && (spans[top]?.depth ?? 0) >= depth; top = open.at(-1)) {
      counts[top] = end - top - 1;
      open.pop();
    }
  };
  for (const [index, { depth }] of spans.entries()) {
    close(depth, index);
    open.push(index);
  }
  close(0, spans.length);
  return counts;
}

/** The rows that are left when these spans are folded, and only what matches (with its ancestors) when asked for. */
export function visibleRows(
  spans: readonly Span[],
  descendants: readonly number[],
  collapsed: ReadonlySet<string>,
  isMatch: ((span: Span) => boolean) | null = null,
): Row[] {
  const isKept = isMatch === null ? null : withAncestors(spans, isMatch);
  const rows: Row[] = [];
  for (let index = 0; index < spans.length; index++) {
    const span = spans[index];
    if (span === undefined || isKept?.has(index) === false) continue;
    const below = descendants[index] ?? 0;
    const isCollapsed = below > 0 && collapsed.has(span.spanId);
    rows.push({ index, span, descendants: below, isCollapsed });
    if (isCollapsed) index += below;
  }
  return rows;
}

function withAncestors(spans: readonly Span[], isMatch: (span: Span) => boolean): ReadonlySet<number> {
  const kept = new Set<number>();
  const line: number[] = [];
  for (const [index, span] of spans.entries()) {
    line.length = span.depth;
    line.push(index);
    if (isMatch(span)) for (const at of line) kept.add(at);
  }
  return kept;
}

/** Name, service, ids and attribute values contain the text; case does not matter. */
export function spanMatcher(text: string, isErrorsOnly: boolean): ((span: Span) => boolean) | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === "" && !isErrorsOnly) return null;
  return (span) =>
    (!isErrorsOnly || span.status === "error") &&
    (wanted === "" ||
      [span.name, span.service, span.spanId, span.statusMessage, ...Object.values(span.attributes)].some(
        (value) => value.toLowerCase().includes(wanted),
      ));
}

export interface BarPlace {
  /** Percent of the axis. */
  readonly left: number;
  readonly width: number;
}

/** Where a span lies in the window; null when it is outside. Instants have a width of zero. */
export function placeOf(
  { startOffsetMs, durationMs }: Pick<Span, "startOffsetMs" | "durationMs">,
  { fromMs, toMs }: TimeWindow,
): BarPlace | null {
  const lengthMs = toMs - fromMs;
  if (lengthMs <= 0 || startOffsetMs > toMs || startOffsetMs + durationMs < fromMs) return null;
  const left = (Math.max(0, startOffsetMs - fromMs) / lengthMs) * 100;
  const right = (Math.min(lengthMs, startOffsetMs + durationMs - fromMs) / lengthMs) * 100;
  return { left, width: right - left };
}

/** Each bar of the small picture stands for one span, or for neighbours when there are more than `barsMax`. */
export function minimapBars(
  spans: readonly Span[],
  durationMs: number,
  barsMax: number,
): { readonly left: number; readonly width: number; readonly top: number; readonly span: Span }[] {
  const perBar = Math.max(1, Math.ceil(spans.length / barsMax));
  const bars = [];
  for (let at = 0; at < spans.length; at += perBar) {
    const group = spans.slice(at, at + perBar);
    const [first] = group;
    if (first === undefined) continue;
    const startOffsetMs = group.reduce((min, span) => Math.min(min, span.startOffsetMs), Infinity);
    const endMs = group.reduce((max, span) => Math.max(max, span.startOffsetMs + span.durationMs), 0);
    const place = placeOf(
      { startOffsetMs, durationMs: endMs - startOffsetMs },
      { fromMs: 0, toMs: durationMs },
    );
    const span = group.find(({ status }) => status === "error") ?? first;
    bars.push({ left: place?.left ?? 0, width: place?.width ?? 100, top: (at / spans.length) * 100, span });
  }
  return bars;
}
