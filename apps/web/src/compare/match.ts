/**
 * Two traces as one tree: spans with the same path of services and names are the same work, however often it ran. Pure, for the
 * page and its tests.
 */
import type { Span, Trace } from "@throughline/contract";

export interface ComparedTraces {
  readonly a: Trace;
  readonly b: Trace;
}

/** Of all spans of one path. */
export interface Side {
  readonly count: number;
  /** Together, in milliseconds; those that run at once are counted each. */
  readonly durationMs: number;
  readonly selfMs: number;
  readonly errors: number;
  /** The longest one, to look at. */
  readonly spanId: string;
}

export interface Node {
  readonly key: string;
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  readonly a: Side | null;
  readonly b: Side | null;
  readonly verdict: "added" | "removed" | "slower" | "faster" | "same";
  /** b − a; null where one side has none. */
  readonly deltaMs: number | null;
}

/** Below it nobody looks for a cause: both have to be passed. */
const DELTA_MS_MIN = 1;
const DELTA_RATIO_MIN = 0.1;

interface Path {
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  readonly children: Map<string, Path>;
  readonly sides: { a: Side | null; b: Side | null };
}

/** Depth first; children in the order of A, then what only B has. */
export function compareTraces(a: readonly Span[], b: readonly Span[]): Node[] {
  const root: Path = { service: "", name: "", depth: -1, children: new Map(), sides: { a: null, b: null } };
  add(root, a, "a");
  add(root, b, "b");
  const nodes: Node[] = [];
  const walk = (path: Path, key: string): void => {
    for (const [part, child] of path.children) {
      const id = `${key}\n${part}`;
      nodes.push(nodeOf(child, id));
      walk(child, id);
    }
  };
  walk(root, "");
  return nodes;
}

/** @param spans in display order, depth first */
function add(root: Path, spans: readonly Span[], side: "a" | "b"): void {
  const line: Path[] = [];
  for (const span of spans) {
    line.length = Math.min(line.length, span.depth);
    const parent = line.at(-1) ?? root;
    const part = JSON.stringify([span.service, span.name]);
    let path = parent.children.get(part);
    if (path === undefined) {
      path = {
        service: span.service,
        name: span.name,
        depth: parent.depth + 1,
        children: new Map(),
        sides: { a: null, b: null },
      };
      parent.children.set(part, path);
    }
    path.sides[side] = withSpan(path.sides[side], span);
    line.push(path);
  }
}

/** The longest one of a path is told by its own duration, kept beside the sum. */
const longest = new WeakMap<Side, number>();

function withSpan(side: Side | null, { durationMs, selfMs, status, spanId }: Span): Side {
  const before = side === null ? -1 : (longest.get(side) ?? 0);
  const next: Side = {
    count: (side?.count ?? 0) + 1,
    durationMs: (side?.durationMs ?? 0) + durationMs,
    selfMs: (side?.selfMs ?? 0) + selfMs,
    errors: (side?.errors ?? 0) + (status === "error" ? 1 : 0),
    spanId: side === null || durationMs > before ? spanId : side.spanId,
  };
  longest.set(next, Math.max(before, durationMs));
  return next;
}

function nodeOf({ service, name, depth, sides: { a, b } }: Path, key: string): Node {
  const deltaMs = a === null || b === null ? null : b.durationMs - a.durationMs;
  return { key, service, name, depth, a, b, deltaMs, verdict: verdictOf(a, b) };
}

function verdictOf(a: Side | null, b: Side | null): Node["verdict"] {
  if (a === null) return "added";
  if (b === null) return "removed";
  const delta = b.durationMs - a.durationMs;
  if (Math.abs(delta) < DELTA_MS_MIN || Math.abs(delta) < DELTA_RATIO_MIN * a.durationMs) return "same";
  return delta > 0 ? "slower" : "faster";
}
