/**
 * The critical path: at each moment the span that kept the trace from being over. Walked backwards from the root's end:
 * the child that ended last (not after the moment reached) was waited for; before its start, the next one.
 */
import type { SpanNode } from "./buildTrace.ts";

export function criticalSpans(root: SpanNode): Set<SpanNode> {
  const critical = new Set<SpanNode>();
  const open: { node: SpanNode; untilUs: number }[] = [{ node: root, untilUs: root.endUs }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { node } = at;
    critical.add(node);
    let untilUs = Math.min(at.untilUs, node.endUs);
    const byEnd = [...node.children].toSorted((a, b) => b.endUs - a.endUs);
    for (const child of byEnd) {
      if (untilUs <= node.span.startUs) break;
      // A child that goes on after the parent was not waited for (fire and forget, or a clock that is ahead).
      if (child.endUs > untilUs || child.endUs <= node.span.startUs) continue;
      open.push({ node: child, untilUs: child.endUs });
      untilUs = Math.max(node.span.startUs, child.span.startUs);
    }
  }
  return critical;
}
