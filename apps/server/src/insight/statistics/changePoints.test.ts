import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findChangePoints, greatestContrast } from "./changePoints.ts";
import { dailyChangePoints, stratifiedDailyP75, type StratumDay } from "./dailySeries.ts";
import { seededRandom } from "./testRig.ts";

/** Of Apache Otava's own tests (tests/analysis_test.py); expected: its answers, and SciPy's t-test. */
const OTAVA_SERIES = [
  1.02, 0.95, 0.99, 1.0, 1.12, 1.0, 1.01, 0.98, 1.01, 0.96, 0.5, 0.51, 0.48, 0.48, 0.55, 0.5, 0.49, 0.51, 0.5,
  0.49,
];

const indexesOf = (series: readonly number[]) => findChangePoints(series).map(({ index }) => index);

function noisy(random: { uniform(): number }, level: number, count: number): number[] {
  return Array.from({ length: count }, () => level * (1 + 0.02 * (random.uniform() - 0.5)));
}

function dayRows(day: number, strata: Record<string, readonly [n: number, p75: number]>): StratumDay[] {
  return Object.entries(strata).map(([stratum, [n, p75]]) => ({
    day: `2026-03-${String(day).padStart(2, "0")}`,
    stratum,
    n,
    p75,
  }));
}

test("finds what Otava finds, with SciPy's p-value", () => {
  const points = findChangePoints(OTAVA_SERIES, { windowLength: 10, pValueMax: 0.0001 });
  assert.deepEqual(
    points.map(({ index, beforeCount, afterCount }) => ({ index, beforeCount, afterCount })),
    [{ index: 10, beforeCount: 10, afterCount: 10 }],
  );
  const [point] = points;
  assert.ok(point && Math.abs(point.pValue / 3.62760632606981e-17 - 1) < 1e-6, `${point?.pValue}`);
  const longer = [...OTAVA_SERIES, 0.47, 0.48, 0.45, 0.01, 0.1, 0.22];
  const found = findChangePoints(longer, { windowLength: 10, pValueMax: 0.0001 });
  assert.deepEqual(
    found.map(({ index }) => index),
    [10, 23],
  );
});

test("the greatest contrast is that of the definition", () => {
  const sum = (as: readonly number[], bs: readonly number[]) =>
    as.reduce((total, a) => total + bs.reduce((row, b) => row + Math.abs(a - b), 0), 0);
  // Mean distances across, and within each side without an observation's distance to itself.
  const contrastOf = (x: readonly number[], y: readonly number[]) =>
    ((x.length * y.length) / (x.length + y.length)) *
    ((2 * sum(x, y)) / (x.length * y.length) -
      sum(x, x) / (x.length * (x.length - 1)) -
      sum(y, y) / (y.length * (y.length - 1)));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 4, maxLength: 14 }), (values) => {
      let greatest = -Infinity;
      for (let split = 2; split <= values.length - 2; split++)
        for (let end = split + 2; end <= values.length; end++)
          greatest = Math.max(greatest, contrastOf(values.slice(0, split), values.slice(split, end)));
      assert.ok(Math.abs((greatestContrast(values)?.contrast ?? NaN) - greatest) < 1e-6);
    }),
    { seed: 7 },
  );
  assert.equal(greatestContrast([1, 2, 3]), null);
});

test("level, effect and place of a step are told", () => {
  const [point, ...others] = findChangePoints([
    ...noisy(seededRandom(1), 2000, 20),
    ...noisy(seededRandom(2), 2300, 10),
  ]);
  assert.deepEqual(others, []);
  assert.ok(point);
  assert.equal(point.index, 20);
  assert.ok(Math.abs(point.before / 2000 - 1) < 0.01 && Math.abs(point.after / 2300 - 1) < 0.01);
  assert.ok(point.relativeEffect !== null && Math.abs(point.relativeEffect - 0.15) < 0.02);
  assert.ok(point.pValue < 0.001);
});

test("several changes, up and down, over more than a window", () => {
  const random = seededRandom(3);
  const levels = [1000, 1300, 1000, 1500, 1100];
  assert.deepEqual(indexesOf(levels.flatMap((level) => noisy(random, level, 30))), [30, 60, 90, 120]);
});

test("one odd day is no change, nor is a change below the minimum effect", () => {
  const random = seededRandom(4);
  const series = noisy(random, 1000, 30);
  series[15] = 3000;
  assert.deepEqual(indexesOf(series), []);
  assert.deepEqual(indexesOf([...noisy(random, 1000, 30), 3000]), []);
  assert.deepEqual(indexesOf([...noisy(random, 1000, 30), ...noisy(random, 1030, 30)]), []);
});

test("a jump of a metric that never varied is found", () => {
  assert.deepEqual(indexesOf([...Array<number>(10).fill(5), ...Array<number>(10).fill(6)]), [10]);
  const fromZero = findChangePoints([...Array<number>(10).fill(0), ...Array<number>(10).fill(0.2)]);
  assert.deepEqual(
    fromZero.map(({ index, relativeEffect }) => ({ index, relativeEffect })),
    [{ index: 10, relativeEffect: null }],
  );
});

test("the unit does not matter, and time reversed has the same change points from the other side", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 5, max: 25 }), (seed, at) => {
      const random = seededRandom(seed);
      const series = [...noisy(random, 100, at), ...noisy(random, 130, 30 - at)];
      assert.deepEqual(indexesOf(series), [at]);
      assert.deepEqual(indexesOf(series.map((value) => value * 1000)), [at]);
      assert.deepEqual(indexesOf(series.toReversed()), [30 - at]);
    }),
    { seed: 5 },
  );
});

test("a weekend with more phones changes nothing in the stratified series", () => {
  const rows = Array.from({ length: 28 }, (_, day) => {
    const mobile = day % 7 >= 5 ? 900 : 300;
    return dayRows(day, { mobile: [mobile, 3000], desktop: [1000 - mobile, 2000] });
  }).flat();
  const series = stratifiedDailyP75(rows);
  assert.equal(series.length, 28);
  for (const { p75, n } of series) {
    assert.equal(n, 1000);
    assert.ok(Math.abs(p75 - (series[0]?.p75 ?? 0)) < 1e-9);
  }
});

test("a stratum that is missing for days is neither a change nor hides one", () => {
  const random = seededRandom(6);
  const rows = Array.from({ length: 30 }, (_, day) => {
    const [level = 0] = noisy(random, day < 20 ? 1 : 1.2, 1);
    const mobile = dayRows(day, { mobile: [400, 3000 * level] });
    return day % 7 >= 5 ? mobile : [...mobile, ...dayRows(day, { desktop: [600, 2000 * level] })];
  }).flat();
  assert.deepEqual(
    dailyChangePoints(rows).map(({ day }) => day),
    ["2026-03-20"],
  );
});

test("days are sorted; thin strata and sides of under 200 views are left out", () => {
  const steps = (n: number) =>
    Array.from({ length: 20 }, (_, day) => dayRows(day, { all: [n, day < 10 ? 1000 : 2000] })).flat();
  assert.deepEqual(
    dailyChangePoints(steps(20).toReversed()).map(({ day, viewsBefore, viewsAfter }) => ({
      day,
      viewsBefore,
      viewsAfter,
    })),
    [{ day: "2026-03-10", viewsBefore: 200, viewsAfter: 200 }],
  );
  assert.deepEqual(dailyChangePoints(steps(20).slice(0, 19)), []);
  assert.deepEqual(stratifiedDailyP75(steps(19)), []);
});
