/**
 * Log-bucket histograms: bucket k holds values from 2^(k/8) to 2^((k+1)/8), eight buckets an octave, as OpenTelemetry's
 * exponential histogram of scale 3. They add up over strata, minutes and instances. Inside a bucket values are taken as
 * evenly spread, so whatever is read from one is off by less than the bucket's width (9 %), and far less on smooth data.
 * Any unit with values from 1 on: nanoseconds, or a CLS times a million; what comes out has the unit of what went in.
 */
import { isCount } from "./sound.ts";

const BUCKETS_PER_OCTAVE = 8;
const BUCKET_RATIO = 2 ** (1 / BUCKETS_PER_OCTAVE);
/** Far beyond any metric, and its bounds are finite. */
const BUCKET_MAX = 300 * BUCKETS_PER_OCTAVE;

export interface LogHistogram {
  /** Counts by bucket, a whole number from 0 on. What is no positive number is not counted. */
  readonly counts: Readonly<Record<string, number>>;
  /** Largest value: its bucket ends there, so nothing is above it. */
  readonly max: number;
}

/** Number of values. */
export function sizeOf({ counts }: LogHistogram): number {
  let size = 0;
  for (const [bucket, count] of Object.entries(counts)) if (isCounted(bucket, count)) size += count;
  return size;
}

/** Value below which `rank` of the values lie, interpolated; the largest for higher ranks, null where there are none. */
export function valueAtRank({ counts, max }: LogHistogram, rank: number): number | null {
  let below = 0;
  let largest: number | null = null;
  // Keys that are whole numbers come in ascending order.
  for (const [bucket, count] of Object.entries(counts)) {
    if (!isCounted(bucket, count)) continue;
    const low = lowerBound(bucket);
    const high = upperBound(low, max);
    if (below + count >= rank) return low + ((high - low) * Math.max(0, rank - below)) / count;
    below += count;
    largest = high;
  }
  return largest;
}

/** Number of values at most `value`, interpolated: the inverse of `valueAtRank`. */
export function countUpTo({ counts, max }: LogHistogram, value: number): number {
  let size = 0;
  for (const [bucket, count] of Object.entries(counts)) {
    if (!isCounted(bucket, count)) continue;
    const low = lowerBound(bucket);
    const high = upperBound(low, max);
    if (value >= high) size += count;
    else if (value > low) size += (count * (value - low)) / (high - low);
  }
  return size;
}

/** Sum of histograms, each times its factor. */
export function mergeHistograms(
  parts: readonly { readonly histogram: LogHistogram; readonly factor: number }[],
): LogHistogram {
  const counts: Record<string, number> = {};
  let max = 0;
  for (const { histogram, factor } of parts) {
    for (const [bucket, count] of Object.entries(histogram.counts))
      if (isCounted(bucket, count)) counts[bucket] = (counts[bucket] ?? 0) + count * factor;
    if (histogram.max > max) max = histogram.max;
  }
  return { counts, max };
}

function lowerBound(bucket: string): number {
  return 2 ** (Number(bucket) / BUCKETS_PER_OCTAVE);
}

function upperBound(low: number, max: number): number {
  const bound = low * BUCKET_RATIO;
  return max < bound ? Math.max(low, max) : bound;
}

function isCounted(bucket: string, count: number): boolean {
  const index = Number(bucket);
  return Number.isInteger(index) && index >= 0 && index <= BUCKET_MAX && isCount(count) && count > 0;
}
