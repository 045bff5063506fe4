import assert from "node:assert/strict";
import { test } from "node:test";
import { percentilesOf, quantileMs } from "./buckets.ts";

const bucketOf = (durationNs: number): number => Math.floor(8 * Math.log2(durationNs));

function histogram(durationsMs: readonly number[]) {
  const buckets: Record<string, number> = {};
  for (const durationMs of durationsMs) {
    const bucket = bucketOf(durationMs * 1e6);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  return { buckets, maxNs: Math.max(0, ...durationsMs) * 1e6 };
}

test("percentiles of an even spread are within 1 %", () => {
  const durationsMs = Array.from({ length: 20_000 }, (_, index) => 1 + index / 10);
  const { p50Ms, p95Ms, p99Ms } = percentilesOf(histogram(durationsMs));
  for (const [actual, expected] of [
    [p50Ms, 1001],
    [p95Ms, 1901],
    [p99Ms, 1981],
  ] as const)
    assert.ok(actual !== null && Math.abs(actual / expected - 1) < 0.01, `${actual} instead of ${expected}`);
});

test("no percentile is above the longest duration", () => {
  assert.ok((quantileMs(0.99, histogram([5, 5, 5, 900])) ?? Infinity) <= 900);
});

test("without measurements there is none", () => {
  assert.deepEqual(percentilesOf({ buckets: {}, maxNs: 0 }), { p50Ms: null, p95Ms: null, p99Ms: null });
});
