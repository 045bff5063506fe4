import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allBuckets, between, isInside, type Bucket } from "./durationBuckets.ts";

/** As the server makes them: two an octave of nanoseconds. */
const bucket = (k: number, count = 1): Bucket => ({
  fromMs: 2 ** (k / 2) / 1e6,
  toMs: 2 ** ((k + 1) / 2) / 1e6,
  count,
  errors: 0,
});

describe("buckets of durations", () => {
  test("stand at equal distances: what is empty between them is there", () => {
    const all = allBuckets([bucket(40), bucket(45), bucket(46)]);
    assert.deepEqual(
      all.map(({ count }) => count),
      [1, 0, 0, 0, 0, 1, 1],
    );
    for (const [index, { fromMs }] of all.entries())
      assert.ok(Math.abs(fromMs / (2 ** ((40 + index) / 2) / 1e6) - 1) < 1e-9);
    assert.deepEqual(allBuckets([]), []);
  });

  test("filter exactly what they count, to the nanosecond, and nothing of their neighbours", () => {
    const [first, last] = [bucket(41), bucket(43)];
    const { minDurationMs, maxDurationMs } = between(first, last);
    const [min, max] = [Math.round(Number(minDurationMs) * 1e6), Math.round(Number(maxDurationMs) * 1e6)];
    const of = (ns: number): number => Math.floor(2 * Math.log2(ns));
    assert.deepEqual([of(min - 1), of(min), of(max), of(max + 1)], [40, 41, 43, 44]);
  });

  test("are inside of what they filter", () => {
    const filter = between(bucket(41), bucket(43));
    assert.deepEqual(
      [40, 41, 42, 43, 44].map((k) => isInside(bucket(k), filter)),
      [false, true, true, true, false],
    );
    assert.ok(isInside(bucket(3), {}));
  });
});
