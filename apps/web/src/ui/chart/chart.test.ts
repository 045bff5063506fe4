import assert from "node:assert/strict";
import { test } from "node:test";
import { largestOf, nearestIndex, plotPaths } from "./paths.ts";
import { timeTicks, valueScale } from "./scale.ts";

const HOUR_MS = 3_600_000;

test("value axes end at a round number at or above the largest value", () => {
  assert.deepEqual(valueScale(0), { max: 1, ticks: [0, 1] });
  assert.deepEqual(valueScale(531), { max: 600, ticks: [0, 200, 400, 600] });
  assert.deepEqual(valueScale(40), { max: 40, ticks: [0, 10, 20, 30, 40] });
  assert.deepEqual(valueScale(0.37), { max: 0.4, ticks: [0, 0.1, 0.2, 0.3, 0.4] });
  for (let exponent = -4; exponent < 9; exponent += 0.13) {
    const largest = 10 ** exponent;
    const { max, ticks } = valueScale(largest);
    assert.ok(max >= largest * 0.999 && max <= largest * 2.6, `${largest} → ${max}`);
    assert.ok(ticks.length >= 2 && ticks.length <= 5, `${largest} → ${ticks.join()}`);
  }
});

test("time axes have at most seven round times and name midnights", () => {
  const toMs = Date.UTC(2026, 10, 21, 14, 30);
  for (const hours of [1, 6, 24, 24 * 7, 24 * 30, 24 * 400]) {
    const ticks = timeTicks(toMs - hours * HOUR_MS, toMs, "utc");
    assert.ok(ticks.length >= 3 && ticks.length <= 8, `${hours} h: ${ticks.length}`);
    for (const { percent } of ticks) assert.ok(percent >= 0 && percent <= 100);
  }
  const labels = timeTicks(toMs - 24 * HOUR_MS, toMs, "utc").map(({ label }) => label);
  assert.deepEqual(labels, ["16:00", "20:00", "21 Nov", "04:00", "08:00", "12:00"]);
});

test("lines break at unknown values and show a lonely one as a dot", () => {
  const frame = { fromMs: 0, toMs: 100, max: 10 };
  const { line, area } = plotPaths([0, 25, 50, 75, 100], [10, 5, null, 0, null], frame);
  assert.equal(line, "M0 0L250 500M750 1000h0");
  assert.equal(area, "M0 0L250 500L250 1000L0 1000ZM750 1000L750 1000L750 1000Z");
});

test("long lines keep their extremes", () => {
  const count = 10_000;
  const times = Array.from({ length: count }, (_, index) => index);
  const values = times.map((index) => (index === 7777 ? 100 : index === 3333 ? 0 : 50));
  const { line } = plotPaths(times, values, { fromMs: 0, toMs: count, max: 100 });
  assert.ok(line.length < 30_000, `${line.length} characters`);
  assert.match(line, /L777\.7 0(L|$)/);
  assert.match(line, /L333\.3 1000(L|$)/);
});

test("finds the largest value and the nearest point", () => {
  assert.equal(largestOf([{ values: [1, null, 3] }, { values: [2] }]), 3);
  assert.equal(largestOf([]), 0);
  const times = [10, 20, 30];
  const cases: [number, number][] = [
    [-5, 0],
    [14, 0],
    [16, 1],
    [24, 1],
    [26, 2],
    [99, 2],
  ];
  for (const [wanted, index] of cases) assert.equal(nearestIndex(times, wanted), index);
  assert.equal(nearestIndex([], 5), -1);
});
