/**
 * Percentiles of log-bucket histograms: bucket k holds durations from 2^(k/8) to 2^((k+1)/8) nanoseconds, eight buckets
 * an octave, as OpenTelemetry's exponential histogram of scale 3. Inside a bucket values are taken as evenly spread,
 * so a percentile is off by less than the bucket's width (9 %), and far less on smooth data. Computed here and not by the
 * engine: planning the expressions takes it longer than all else of such a query.
 */
const BUCKETS_PER_OCTAVE = 8;
const BUCKET_RATIO = 2 ** (1 / BUCKETS_PER_OCTAVE);

/** Columns that `percentilesOf` needs, for a SELECT over a rollup with `duration_buckets` and `duration_ns_max`. */
export const DURATION_COLUMNS = "sumMap(duration_buckets) AS buckets, max(duration_ns_max) AS maxNs";

export interface DurationRow {
  /** Counts by bucket. */
  readonly buckets: Readonly<Record<string, number>>;
  readonly maxNs: number;
}

export interface Percentiles {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** All null where nothing was measured. */
export function percentilesOf(row: DurationRow): Percentiles {
  return { p50Ms: quantileMs(0.5, row), p95Ms: quantileMs(0.95, row), p99Ms: quantileMs(0.99, row) };
}

/** @param share 0..1. The bucket of the longest duration ends there, so nothing is above it. */
export function quantileMs(share: number, { buckets, maxNs }: DurationRow): number | null {
  // Keys that are whole numbers come in ascending order.
  const counts = Object.entries(buckets);
  const rank = share * counts.reduce((sum, [, count]) => sum + count, 0);
  let below = 0;
  for (const [bucket, count] of counts) {
    if (count > 0 && below + count >= rank) {
      const lowNs = 2 ** (Number(bucket) / BUCKETS_PER_OCTAVE);
      const highNs = Math.min(lowNs * BUCKET_RATIO, maxNs);
      return (lowNs + ((highNs - lowNs) * (rank - below)) / count) / 1e6;
    }
    below += count;
  }
  return null;
}
