/**
 * Quantiles with their interval. The interval is that of order statistics: of n sorted values the l-th and the u-th,
 * chosen so that the true quantile is between them in at least 95 % of all samples, whatever the distribution
 * (Conover, Practical Nonparametric Statistics, §3.2).
 */
import { sizeOf, valueAtRank, type LogHistogram } from "./histogram.ts";
import { isValue } from "./sound.ts";
import { binomialCdf, Z_95 } from "./specialFunctions.ts";

/** A web vital is judged by this quantile of its views (web.dev, "Defining the Core Web Vitals thresholds"). */
export const P75 = 0.75;
/** Nothing is judged by a p75 of fewer views: it is ±11 % then by luck alone (`operatingPoints.test.ts`). */
export const VIEWS_MIN = 200;
const TAIL = 0.025;
/** From here on the normal approximation gives the ranks to within one. */
const EXACT_UP_TO = 10_000;

export interface QuantileEstimate {
  /** Number of values it rests on. */
  readonly n: number;
  /** In the unit of the values; null without any. */
  readonly value: number | null;
  /** Ends of the 95 % interval; both null where there are too few values for one (p75: under 13). */
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Smallest value that at least `share` of the values do not exceed, so "p75 is within the target" and "three of four
 * views are" are one statement. What is no value (`sound.ts`) is left out.
 * @param share 0..1, both excluded
 */
export function quantileOfSamples(samples: readonly number[], share = P75): QuantileEstimate {
  const sorted = Float64Array.from(samples.filter(isValue)).sort();
  const n = sorted.length;
  const ranks = orderStatisticRanks(n, share);
  return {
    n,
    value: sorted[Math.ceil(share * n) - 1] ?? null,
    low: ranks === null ? null : (sorted[ranks.low - 1] ?? null),
    high: ranks === null ? null : (sorted[ranks.high - 1] ?? null),
  };
}

/** The same from counts by bucket, interpolated within the buckets of the ranks: in the histogram's unit. */
export function quantileOfHistogram(histogram: LogHistogram, share = P75): QuantileEstimate {
  const n = Math.round(sizeOf(histogram));
  const ranks = orderStatisticRanks(n, share);
  return {
    n,
    value: n === 0 ? null : valueAtRank(histogram, share * n),
    // The k-th of values that are spread evenly lies in the middle of its n-th part.
    low: ranks === null ? null : valueAtRank(histogram, ranks.low - 0.5),
    high: ranks === null ? null : valueAtRank(histogram, ranks.high - 0.5),
  };
}

/**
 * Ranks (from 1) of the order statistics that enclose the quantile: l is the largest with P(B < l) ≤ 2.5 %, u the
 * smallest with P(B ≥ u) ≤ 2.5 %, B binomial(n, share). Null where no such values exist.
 */
export function orderStatisticRanks(n: number, share: number): { low: number; high: number } | null {
  if (!(n >= 1) || !(share > 0 && share < 1)) return null;
  const mean = n * share;
  const reach = Z_95 * Math.sqrt(n * share * (1 - share));
  let low = Math.floor(mean - reach);
  let high = Math.ceil(mean + reach) + 1;
  if (n <= EXACT_UP_TO) {
    low = Math.max(0, low);
    high = Math.min(n + 1, high);
    while (low < n && binomialCdf(low, n, share) <= TAIL) low++;
    while (low > 0 && binomialCdf(low - 1, n, share) > TAIL) low--;
    while (high > 1 && 1 - binomialCdf(high - 2, n, share) <= TAIL) high--;
    while (high <= n && 1 - binomialCdf(high - 1, n, share) > TAIL) high++;
  }
  return low >= 1 && high <= n ? { low, high } : null;
}
