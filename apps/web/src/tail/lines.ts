import type { TailItemView } from "@throughline/contract";

/** More than anybody reads; older lines leave at the end. */
export const LINES_MAX = 2000;

/** Newest first; `fresh` may come in any order. */
export function withNewLines(shown: readonly TailItemView[], fresh: readonly TailItemView[]): TailItemView[] {
  if (fresh.length === 0) return [...shown];
  const sorted = fresh.toSorted((a, b) => b.timeMs - a.timeMs);
  return [...sorted, ...shown].slice(0, LINES_MAX);
}
