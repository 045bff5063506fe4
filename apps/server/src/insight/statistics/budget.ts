/**
 * Is a page in or over its budget? Three answers, because p75 of few views says nothing: over only when the whole 95 %
 * interval of p75 is above the target, in only when the whole of it is not.
 *
 * Asked through counts: p75 is within the target exactly when at most a quarter of the views exceed it, and the interval's
 * ends are order statistics, so n and the number of views over the target decide it, without samples and without the
 * width of a bucket.
 */
import { countUpTo, sizeOf, type LogHistogram } from "./histogram.ts";
import { orderStatisticRanks, P75, VIEWS_MIN } from "./quantile.ts";
import { isCounter, isValue } from "./sound.ts";
import { Z_95 } from "./specialFunctions.ts";

/** Further away than this a verdict is not worth announcing. */
const VIEWS_NEEDED_MAX = 10_000_000;
const HOUR_MS = 3_600_000;

export interface BudgetCounts {
  /** Views with a value. */
  readonly n: number;
  /** Those of them above the target. */
  readonly overCount: number;
}

export interface BudgetOptions {
  /** Quantile that the target is for. */
  readonly share?: number;
  readonly viewsMin?: number;
  /** Traffic, for when it will be known. */
  readonly viewsPerHour?: number;
}

export interface BudgetVerdict {
  readonly verdict: "in" | "over" | "unknown";
  readonly n: number;
  /** 0..1, views above the target; null without views. */
  readonly overShare: number | null;
  /** Why it is not known yet. `close`: p75 is so near the target that its interval straddles it. */
  readonly unknownBecause: "fewViews" | "close" | null;
  /**
   * About how many more views a verdict takes if they are like those so far; 0 once there is one, null where p75 is so
   * near the target that no reasonable number is enough.
   */
  readonly viewsNeeded: number | null;
  /** The same in milliseconds, at `viewsPerHour`; null without a rate, and where `viewsNeeded` is. */
  readonly knownInMs: number | null;
}

export function budgetVerdict(counts: BudgetCounts, options: BudgetOptions = {}): BudgetVerdict {
  const { share = P75, viewsMin = VIEWS_MIN, viewsPerHour } = options;
  const { n, overCount } = soundCounts(counts);
  const verdict = n < viewsMin ? "unknown" : verdictOf(n, overCount, share);
  const viewsNeeded = verdict === "unknown" ? viewsNeededFor(n, overCount, share, viewsMin) : 0;
  const knownInMs = ((viewsNeeded ?? Infinity) / (viewsPerHour ?? 0)) * HOUR_MS;
  return {
    verdict,
    n,
    overShare: n === 0 ? null : overCount / n,
    unknownBecause: verdict !== "unknown" ? null : n < viewsMin ? "fewViews" : "close",
    viewsNeeded,
    knownInMs: verdict !== "unknown" ? 0 : knownInMs > 0 && Number.isFinite(knownInMs) ? knownInMs : null,
  };
}

/** @param target in the unit of the samples; equal to it is within it. */
export function budgetCountsOfSamples(samples: readonly number[], target: number): BudgetCounts {
  const values = samples.filter(isValue);
  return { n: values.length, overCount: values.filter((value) => value > target).length };
}

/** Interpolated in the bucket that holds the target; exact where the target is a bucket's bound. */
export function budgetCountsOfHistogram(histogram: LogHistogram, target: number): BudgetCounts {
  const n = Math.round(sizeOf(histogram));
  return { n, overCount: n - Math.min(n, Math.round(countUpTo(histogram, target))) };
}

function verdictOf(n: number, overCount: number, share: number): BudgetVerdict["verdict"] {
  const ranks = orderStatisticRanks(n, share);
  if (ranks === null) return "unknown";
  const withinCount = n - overCount;
  // The low-th value is above the target when fewer than `low` values are within it.
  if (withinCount < ranks.low) return "over";
  return withinCount >= ranks.high ? "in" : "unknown";
}

/** The interval leaves the target behind when the share over it is 1.96 standard errors from the allowed one. */
function viewsNeededFor(n: number, overCount: number, share: number, viewsMin: number): number | null {
  if (n === 0) return viewsMin;
  const distance = Math.abs(overCount / n - (1 - share));
  const total = Math.max(viewsMin, Math.ceil((Z_95 ** 2 * share * (1 - share)) / distance ** 2));
  if (total > VIEWS_NEEDED_MAX) return null;
  // The ranks are whole numbers, so it can be one or two views more than the formula says.
  return Math.max(1, total - n);
}

/** Counts that contradict themselves are no data. */
function soundCounts({ n, overCount }: BudgetCounts): BudgetCounts {
  return isCounter({ n, k: overCount }) ? { n, overCount } : { n: 0, overCount: 0 };
}
