import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestSeries } from "@throughline/contract";
import { mergeSeries } from "./mergeSeries.ts";

const MINUTE_MS = 60_000;

function points(...minutes: readonly (readonly [minute: number, rate: number])[]): RequestSeries {
  return {
    timesMs: minutes.map(([minute]) => minute * MINUTE_MS),
    p50Ms: minutes.map(([, rate]) => rate),
    p95Ms: minutes.map(([, rate]) => rate * 2),
    p99Ms: minutes.map(() => null),
    requestsPerSecond: minutes.map(([, rate]) => rate),
    errorsPerSecond: minutes.map(() => 0),
  };
}

const range = { key: "1h", fromMs: 0, toMs: 4 * MINUTE_MS, stepSeconds: 60 } as const;

test("points with the same time are replaced, later ones are appended", () => {
  const merged = mergeSeries({ series: points([0, 1], [1, 2], [2, 3]), range }, points([2, 30], [3, 40]));
  assert.deepEqual(merged.series, points([0, 1], [1, 2], [2, 30], [3, 40]));
  assert.deepEqual(merged.range, range);
});

test("a point past the end moves the range on, and the oldest ones fall out", () => {
  const merged = mergeSeries({ series: points([0, 1], [1, 2], [3, 3]), range }, points([5, 9]));
  assert.deepEqual(merged.series, points([3, 3], [5, 9]));
  assert.deepEqual(merged.range, { ...range, fromMs: 2 * MINUTE_MS, toMs: 6 * MINUTE_MS });
});

test("nothing new changes nothing, and points older than the range are not shown", () => {
  const shown = { series: points([2, 1]), range: { ...range, fromMs: 2 * MINUTE_MS } };
  assert.deepEqual(mergeSeries(shown, points()), shown);
  assert.deepEqual(mergeSeries(shown, points([1, 9])).series, points([2, 1]));
});
