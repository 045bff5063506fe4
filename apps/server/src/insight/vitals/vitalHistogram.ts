/**
 * Percentiles of vitals. Few values are kept one by one, many as a log-bucket histogram (eight buckets an octave, as all of
 * the rollups) with the exact counts at the published thresholds.
 */
import { VITAL_THRESHOLDS, type VitalName } from "@throughline/contract";
import { orderStatisticRanks, P75 } from "../statistics/index.ts";

const BUCKETS_PER_OCTAVE = 8;
/** Buckets count nanoseconds; of CLS, which has no unit, billionths. */
export const SCALE = { ms: 1e6, "": 1e9 } as const;

export function unitOf(metric: VitalName): "ms" | "" {
  return metric === "CLS" ? "" : "ms";
}

export interface VitalCounts {
  readonly count: number;
  readonly good: number;
  readonly poor: number;
  /** Counts by bucket; those that are 0 or less were taken back. */
  readonly buckets: Readonly<Record<string, number>>;
}

/** A step of the distribution: `count` values spread evenly from `low` to `high`, which are equal for a known value. */
export interface Step {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Known values, ascending. */
export function stepsOfValues(values: readonly { readonly value: number; readonly count: number }[]): Step[] {
  return values.map(({ value, count }) => ({ low: value, high: value, count }));
}

/**
 * Steps of a histogram. Buckets that a threshold lies in are cut there, so that the shares of good and poor come out as
 * they were counted, and a percentile is never on another side of a threshold than it really is.
 */
export function stepsOfBuckets(metric: VitalName, { count, good, poor, buckets }: VitalCounts): Step[] {
  const scale = SCALE[unitOf(metric)];
  let steps = Object.entries(buckets)
    .filter(([, inBucket]) => inBucket > 0)
    .map(([bucket, inBucket]): Step => ({
      low: bucket === "0" ? 0 : 2 ** (Number(bucket) / BUCKETS_PER_OCTAVE) / scale,
      high: 2 ** ((Number(bucket) + 1) / BUCKETS_PER_OCTAVE) / scale,
      count: inBucket,
    }));
  const thresholds = VITAL_THRESHOLDS[metric];
  steps = cutAt(steps, thresholds.good, good);
  return cutAt(steps, thresholds.poor, count - poor);
}

/** Cuts the step that holds `at`, so that `below` values lie up to it. */
function cutAt(steps: readonly Step[], at: number, below: number): Step[] {
  let seen = 0;
  return steps.flatMap((step) => {
    const before = seen;
    seen += step.count;
    if (at <= step.low || at >= step.high) return [step];
    const under = Math.min(step.count, Math.max(0, below - before));
    const parts = [
      { low: step.low, high: at, count: under },
      { low: at, high: step.high, count: step.count - under },
    ];
    return parts.filter(({ count }) => count > 0);
  });
}

export function countOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { count }) => sum + count, 0);
}

/**
 * The value at a rank, 1 for the smallest. Ranks may lie between two values.
 * @returns null without values
 */
export function valueAtRank(steps: readonly Step[], rank: number): number | null {
  let below = 0;
  for (const { low, high, count } of steps) {
    if (rank <= below + count) return low + ((high - low) * Math.max(0, rank - below)) / count;
    below += count;
  }
  return steps.at(-1)?.high ?? null;
}

/** The smallest value that 75 % of page views do not exceed (nearest rank). */
export function p75(steps: readonly Step[]): number | null {
  return valueAtRank(steps, Math.ceil(0.75 * countOf(steps)));
}

/** Order-statistic interval of the 75th percentile; null under 13 values (statistics/quantile.ts). */
export function p75Interval(steps: readonly Step[]): { readonly low: number; readonly high: number } | null {
  const ranks = orderStatisticRanks(countOf(steps), P75);
  if (ranks === null) return null;
  const low = valueAtRank(steps, ranks.low);
  const high = valueAtRank(steps, ranks.high);
  return low === null || high === null ? null : { low, high };
}

/** How many values are above a mark; within a step they are taken as evenly spread. */
export function countOver(steps: readonly Step[], mark: number): number {
  let over = 0;
  for (const { low, high, count } of steps) {
    if (low > mark) over += count;
    else if (high > mark) over += (count * (high - mark)) / (high - low);
  }
  return over;
}

export const NO_COUNTS: VitalCounts = { count: 0, good: 0, poor: 0, buckets: {} };

export function addCounts(sum: VitalCounts, { count, good, poor, buckets }: VitalCounts): VitalCounts {
  const added: Record<string, number> = { ...sum.buckets };
  for (const [bucket, inBucket] of Object.entries(buckets)) added[bucket] = (added[bucket] ?? 0) + inBucket;
  return { count: sum.count + count, good: sum.good + good, poor: sum.poor + poor, buckets: added };
}

/** Tenths of a millisecond; CLS to four digits. */
export function rounded(metric: VitalName, value: number): number {
  const digits = metric === "CLS" ? 1e4 : 10;
  return Math.round(value * digits) / digits;
}
