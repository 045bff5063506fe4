/** A trace's spans put together by their path of services and names: where the time is, however often a thing ran. Pure. */
import type { Span } from "@throughline/contract";

export interface Flame {
  readonly key: string;
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  /** Spans of this path. */
  readonly count: number;
  /** Together; those that run at once are counted each. */
  readonly durationMs: number;
  readonly selfMs: number;
  readonly errors: number;
  /** Shares of the whole width, 0..1. */
  readonly left: number;
  readonly width: number;
  /** The longest one. */
  readonly spanId: string;
}

interface Path {
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  readonly children: Map<string, Path>;
  count: number;
  durationMs: number;
  selfMs: number;
  errors: number;
  longestMs: number;
  spanId: string;
}

const newPath = (service: string, name: string, depth: number): Path => ({
  service,
  name,
  depth,
  children: new Map(),
  count: 0,
  durationMs: 0,
  selfMs: 0,
  errors: 0,
  longestMs: -1,
  spanId: "",
});

/**
 * Widths are shares of self time, which adds up: a box is as wide as the time that it and all below it had for themselves.
 * @param spans in display order, depth first
 */
export function flameOf(spans: readonly Span[]): Flame[] {
  const root = newPath("", "", -1);
  const line: Path[] = [];
  for (const span of spans) {
    line.length = Math.min(line.length, span.depth);
    const parent = line.at(-1) ?? root;
    const part = JSON.stringify([span.service, span.name]);
    const path = parent.children.get(part) ?? newPath(span.service, span.name, parent.depth + 1);
    parent.children.set(part, path);
    path.count += 1;
    path.durationMs += span.durationMs;
    path.selfMs += span.selfMs;
    path.errors += span.status === "error" ? 1 : 0;
    if (span.durationMs > path.longestMs) {
      path.longestMs = span.durationMs;
      path.spanId = span.spanId;
    }
    line.push(path);
  }
  const totals = new Map<Path, number>();
  const total = totalOf(root, totals);
  const boxes: Flame[] = [];
  place(root, 0, "", total, totals, boxes);
  return boxes;
}

function totalOf(path: Path, totals: Map<Path, number>): number {
  let total = path.selfMs;
  for (const child of path.children.values()) total += totalOf(child, totals);
  totals.set(path, total);
  return total;
}

function place(
  path: Path,
  left: number,
  key: string,
  total: number,
  totals: ReadonlyMap<Path, number>,
  boxes: Flame[],
): void {
  let at = left;
  const widest = [...path.children].toSorted(([, a], [, b]) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0));
  for (const [part, child] of widest) {
    const width = total === 0 ? 0 : (totals.get(child) ?? 0) / total;
    const { service, name, depth, count, durationMs, selfMs, errors, spanId } = child;
    const id = `${key}\n${part}`;
    boxes.push({ key: id, service, name, depth, count, durationMs, selfMs, errors, spanId, left: at, width });
    place(child, at, id, total, totals, boxes);
    at += width;
  }
}
