/**
 * From stored spans to a tree in display order. Believes nothing: parents may be missing, cyclic or stored twice,
 * clocks may differ between services, children may outlive their parents.
 */
import type { Span, Trace } from "@throughline/contract";
import { criticalSpans } from "./criticalPath.ts";

export interface StoredSpan {
  readonly spanId: string;
  /** Sixteen zeros for a root. */
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: Span["kind"];
  readonly status: Span["status"];
  readonly statusMessage: string;
  /** Microseconds since the epoch. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly scope: string;
  readonly attributes: Span["attributes"];
  readonly resource: Span["resource"];
  readonly events: Span["events"];
  readonly links: Span["links"];
}

export interface SpanNode {
  readonly span: StoredSpan;
  readonly endUs: number;
  /** It names a parent; at the top of a tree that makes it an orphan. */
  readonly hasParent: boolean;
  depth: number;
  readonly children: SpanNode[];
}

export type BuiltTrace = Omit<Trace, "project" | "traceId" | "logs" | "visit">;

const NO_PARENT = "0".repeat(16);

/** @param spansMax how many are shown: failed ones and the critical path first, then from the root downwards */
export function buildTrace(stored: readonly StoredSpan[], spansMax: number): BuiltTrace {
  const roots = toForest(stored);
  const nodes = displayOrder(roots);
  // Not of the roots alone: a clock that is behind lets a child start before its parent.
  const startUs = nodes.reduce(
    (earliest, { span }) => Math.min(earliest, span.startUs),
    nodes[0]?.span.startUs ?? 0,
  );
  const endUs = nodes.reduce((latest, node) => Math.max(latest, node.endUs), startUs);
  const main = roots.find(({ hasParent }) => !hasParent) ?? roots[0];
  const critical = main === undefined ? new Set<SpanNode>() : criticalSpans(main);
  const shown = nodes.length <= spansMax ? nodes : choose(nodes, critical, spansMax);
  return {
    startMs: startUs / 1000,
    durationMs: (endUs - startUs) / 1000,
    rootName: main?.span.name ?? "",
    rootService: main?.span.service ?? "",
    isRootMissing: roots.every(({ hasParent }) => hasParent),
    services: timeByService(nodes),
    errorCount: nodes.filter(({ span }) => span.status === "error").length,
    spans: shown.map((node) => toSpan(node, startUs, critical)),
    hiddenSpans: nodes.length - shown.length,
  };
}

/** Trees by start; of spans that are each other's ancestors the earliest hangs at the top, as one whose parent is missing. */
function toForest(stored: readonly StoredSpan[]): SpanNode[] {
  const first = new Map<string, SpanNode>();
  const nodes = [...stored]
    .toSorted((a, b) => a.startUs - b.startUs)
    .map((span): SpanNode => {
      const endUs = span.startUs + span.durationUs;
      return { span, endUs, hasParent: span.parentSpanId !== NO_PARENT, depth: 0, children: [] };
    });
  for (const node of nodes) if (!first.has(node.span.spanId)) first.set(node.span.spanId, node);
  const parentOf = new Map<SpanNode, SpanNode>();
  for (const node of nodes) {
    const parent = first.get(node.span.parentSpanId);
    if (parent !== undefined && parent !== node) parentOf.set(node, parent);
  }
  breakCycles(nodes, parentOf);
  for (const node of nodes) parentOf.get(node)?.children.push(node);
  return nodes.filter((node) => !parentOf.has(node));
}

/** Each walk upwards ends at a span that an earlier walk has seen, so every span is walked once. */
function breakCycles(nodes: readonly SpanNode[], parentOf: Map<SpanNode, SpanNode>): void {
  const walkOf = new Map<SpanNode, number>();
  for (const [walk, start] of nodes.entries()) {
    let at: SpanNode | undefined = start;
    while (at !== undefined && !walkOf.has(at)) {
      walkOf.set(at, walk);
      at = parentOf.get(at);
    }
    if (at !== undefined && walkOf.get(at) === walk) parentOf.delete(earliestOfCycle(at, parentOf));
  }
}

function earliestOfCycle(member: SpanNode, parentOf: ReadonlyMap<SpanNode, SpanNode>): SpanNode {
  let earliest = member;
  for (let at = parentOf.get(member); at !== undefined && at !== member; at = parentOf.get(at))
    if (at.span.startUs < earliest.span.startUs) earliest = at;
  return earliest;
}

/** Depth first, siblings by start; also sets the depths. Without recursion: a hostile chain is as deep as it is long. */
function displayOrder(roots: readonly SpanNode[]): SpanNode[] {
  const order: SpanNode[] = [];
  const stack = roots.toReversed();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    order.push(node);
    for (const child of node.children.toReversed()) {
      child.depth = node.depth + 1;
      stack.push(child);
    }
  }
  return order;
}

/** A span is only shown with all its ancestors, so the tree stays whole. */
function choose(nodes: readonly SpanNode[], critical: ReadonlySet<SpanNode>, spansMax: number): SpanNode[] {
  const parentOf = new Map(nodes.flatMap((node) => node.children.map((child) => [child, node] as const)));
  const chosen = new Set<SpanNode>();
  const byImportance = [
    ...nodes.filter((node) => critical.has(node)),
    ...nodes.filter(({ span }) => span.status === "error"),
    ...[...nodes].toSorted((a, b) => a.depth - b.depth || b.span.durationUs - a.span.durationUs),
  ];
  for (const node of byImportance) {
    const line: SpanNode[] = [];
    for (let at: SpanNode | undefined = node; at !== undefined && !chosen.has(at); at = parentOf.get(at))
      line.push(at);
    if (chosen.size + line.length > spansMax) continue;
    for (const each of line) chosen.add(each);
    if (chosen.size === spansMax) break;
  }
  return nodes.filter((node) => chosen.has(node));
}

/** Microseconds of the span that no child covers. */
export function selfTimeUs({ span, endUs, children }: SpanNode): number {
  let coveredUs = 0;
  let reachedUs = span.startUs;
  // Children are in the order of their starts.
  for (const child of children) {
    const fromUs = Math.max(reachedUs, child.span.startUs);
    const toUs = Math.min(endUs, child.endUs);
    if (toUs <= fromUs) continue;
    coveredUs += toUs - fromUs;
    reachedUs = toUs;
  }
  return Math.max(0, span.durationUs - coveredUs);
}

function timeByService(nodes: readonly SpanNode[]): Trace["services"] {
  const services = new Map<string, { spans: number; selfUs: number }>();
  for (const node of nodes) {
    const entry = services.get(node.span.service) ?? { spans: 0, selfUs: 0 };
    entry.spans++;
    entry.selfUs += selfTimeUs(node);
    services.set(node.span.service, entry);
  }
  return [...services]
    .map(([service, { spans, selfUs }]) => ({ service, spans, selfMs: selfUs / 1000 }))
    .toSorted((a, b) => b.selfMs - a.selfMs);
}

function toSpan(node: SpanNode, traceStartUs: number, critical: ReadonlySet<SpanNode>): Span {
  const { span, depth } = node;
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === NO_PARENT ? null : span.parentSpanId,
    isOrphan: depth === 0 && node.hasParent,
    service: span.service,
    name: span.name,
    kind: span.kind,
    status: span.status,
    statusMessage: span.statusMessage,
    startOffsetMs: (span.startUs - traceStartUs) / 1000,
    durationMs: span.durationUs / 1000,
    selfMs: selfTimeUs(node) / 1000,
    depth,
    isCritical: critical.has(node),
    attributes: span.attributes,
    resource: span.resource,
    scope: span.scope,
    events: span.events,
    links: span.links,
  };
}
