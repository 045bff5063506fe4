/** Buckets of the durations' histogram on their axis. Pure, for the chart and its tests. */
import type { DurationHistogram } from "@throughline/contract";
import type { TraceFilter } from "../paths.ts";

export type Bucket = DurationHistogram["buckets"][number];

const RATIO = Math.SQRT2;
/** A hundred octaves would be no chart any more; durations have forty. */
const BUCKETS_MAX = 200;

/** With the empty ones between them, so that equal widths are equal ratios. */
export function allBuckets(buckets: readonly Bucket[]): Bucket[] {
  const all: Bucket[] = [];
  for (const bucket of buckets) {
    let fromMs = all.at(-1)?.toMs ?? bucket.fromMs;
    while (bucket.fromMs / fromMs > 1.2 && all.length < BUCKETS_MAX) {
      all.push({ fromMs, toMs: fromMs * RATIO, count: 0, errors: 0 });
      fromMs *= RATIO;
    }
    all.push(bucket);
  }
  return all;
}

/** The filter's durations for everything from one bucket to another: what is filtered is what was counted. */
export function between(first: Bucket, last: Bucket): Pick<TraceFilter, "minDurationMs" | "maxDurationMs"> {
  return {
    minDurationMs: nanos(Math.ceil(first.fromMs * 1e6)),
    maxDurationMs: nanos(Math.ceil(last.toMs * 1e6) - 1),
  };
}

/** Durations are whole nanoseconds, and both ends of the filter are inclusive. */
const nanos = (ns: number): string => String(ns / 1e6);

/** Whether the filter takes in most of the bucket. */
export function isInside({ fromMs, toMs }: Bucket, { minDurationMs, maxDurationMs }: TraceFilter): boolean {
  const middle = Math.sqrt(fromMs * toMs);
  return middle >= Number(minDurationMs ?? 0) && middle <= Number(maxDurationMs ?? Infinity);
}
