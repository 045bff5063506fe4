import type { RequestSeries, TimeRange } from "@throughline/contract";

export interface SeriesInRange {
  readonly series: RequestSeries;
  readonly range: TimeRange;
}

/**
 * The chart's points with the newest ones of a live event: same time is replaced, later ones are appended. A point past
 * the end moves the range on by whole steps, and what falls out at its start goes.
 */
export function mergeSeries({ series, range }: SeriesInRange, tail: RequestSeries): SeriesInRange {
  const newestMs = tail.timesMs.at(-1);
  if (newestMs === undefined) return { series, range };
  const stepMs = range.stepSeconds * 1000;
  const shiftMs = Math.max(0, Math.ceil((newestMs + stepMs - range.toMs) / stepMs) * stepMs);
  const fromMs = range.fromMs + shiftMs;
  const isReplaced = new Set(tail.timesMs);
  const kept = series.timesMs.flatMap((timeMs, at) =>
    timeMs >= fromMs && !isReplaced.has(timeMs) ? [at] : [],
  );
  const added = tail.timesMs.flatMap((timeMs, at) => (timeMs >= fromMs ? [at] : []));
  const order = [
    ...kept.map((at) => ({ from: series, at })),
    ...added.map((at) => ({ from: tail, at })),
  ].toSorted((a, b) => (a.from.timesMs[a.at] ?? 0) - (b.from.timesMs[b.at] ?? 0));
  const rate = (pick: (from: RequestSeries) => readonly number[]): number[] =>
    order.map(({ from, at }) => pick(from)[at] ?? 0);
  const duration = (pick: (from: RequestSeries) => readonly (number | null)[]): (number | null)[] =>
    order.map(({ from, at }) => pick(from)[at] ?? null);
  return {
    range: { ...range, fromMs, toMs: range.toMs + shiftMs },
    series: {
      timesMs: rate(({ timesMs }) => timesMs),
      p50Ms: duration(({ p50Ms }) => p50Ms),
      p95Ms: duration(({ p95Ms }) => p95Ms),
      p99Ms: duration(({ p99Ms }) => p99Ms),
      requestsPerSecond: rate(({ requestsPerSecond }) => requestsPerSecond),
      errorsPerSecond: rate(({ errorsPerSecond }) => errorsPerSecond),
    },
  };
}
