/**
 * Percentiles of durations in rollups: counts by log bucket of nanoseconds (`statistics/histogram.ts`). Computed here and
 * not by the engine: planning the expressions takes it longer than all else of such a query.
 */
import { sizeOf, valueAtRank } from "./statistics/index.ts";

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
  const histogram = { counts: buckets, max: maxNs };
  const valueNs = valueAtRank(histogram, share * sizeOf(histogram));
  return valueNs === null ? null : valueNs / 1e6;
}
