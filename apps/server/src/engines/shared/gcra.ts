/**
 * The generic cell rate algorithm: a token bucket in one number, the time at which the bucket would be full again
 * ("theoretical arrival time"). https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 * `redisScripts.ts` says the same in Lua; one contract suite runs on both.
 */
import type { Bucket, BucketState } from "./store.ts";

export interface GcraStep {
  /** To be kept when the request is let through. */
  readonly fullAtMs: number;
  readonly state: BucketState;
}

/** @param fullAtMs what is kept of the bucket, 0 when nothing is. */
export function gcra(bucket: Omit<Bucket, "key">, fullAtMs: number, nowMs: number): GcraStep {
  const intervalMs = bucket.periodMs / bucket.limit;
  const next = Math.max(fullAtMs, nowMs) + intervalMs;
  const waitMs = next - bucket.burst * intervalMs - nowMs;
  if (waitMs > TOLERANCE_MS) {
    const kept = Math.max(fullAtMs, nowMs);
    return {
      fullAtMs: kept,
      state: { remaining: 0, resetMs: kept - nowMs, retryAfterMs: waitMs },
    };
  }
  const remaining = Math.floor((nowMs + bucket.burst * intervalMs - next) / intervalMs + TOLERANCE);
  return {
    fullAtMs: next,
    state: { remaining: Math.max(0, remaining), resetMs: next - nowMs, retryAfterMs: 0 },
  };
}

/** Milliseconds since 1970 have a resolution of 0.0002 in a double: sums of intervals are off by a few of those. */
const TOLERANCE_MS = 0.01;
const TOLERANCE = 0.001;
