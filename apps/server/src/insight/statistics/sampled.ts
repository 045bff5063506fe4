/**
 * Observations that stand for several each, because a sampler kept only some. Rates and quantiles are those of all; how
 * sure they are is decided by how many were really seen (docs/decisions/0030-sampling-weights.md).
 *
 * Kish's effective sample size (Survey Sampling, 1965, §8.2): n_eff = (Σw)² / Σw². It is the number of rows where all
 * weigh the same, and less where weights differ.
 */
import type { ExceedanceCounter } from "./eValue.ts";
import { mergeHistograms, type LogHistogram } from "./histogram.ts";

export interface SampledCount {
  /** What they stand for: the sum of weights. */
  readonly n: number;
  /** How many there are. */
  readonly stored: number;
}

/**
 * Of groups in each of which the rows weigh the same, or nearly: then Σw² = n² / stored. Where weights differ within a
 * group this is an upper bound. Without any weights it is the number of observations.
 */
export function effectiveSize(groups: readonly SampledCount[]): number {
  let sum = 0;
  let squares = 0;
  for (const { n, stored } of groups) {
    if (!(n > 0) || !(stored > 0)) continue;
    sum += n;
    // No row stands for less than itself.
    squares += n ** 2 / Math.min(n, stored);
  }
  // To the millionth, so that twenty of twenty are not 19.999….
  return squares === 0 ? 0 : Math.round((sum ** 2 / squares) * 1e6) / 1e6;
}

/** The same share of as many observations as it rests on. */
export function counterAtSize({ n, k }: ExceedanceCounter, size: number): ExceedanceCounter {
  return n === 0 ? { n: 0, k: 0 } : { n: size, k: Math.min(size, (k * size) / n) };
}

/** The same distribution of as many observations as it rests on. @param n its own size */
export function histogramAtSize(histogram: LogHistogram, n: number, size: number): LogHistogram {
  return n === 0 || n === size ? histogram : mergeHistograms([{ histogram, factor: size / n }]);
}
