import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rankCorrelation, ratesByBand, wilsonInterval } from "./association.ts";
import { benjaminiHochberg } from "./falseDiscovery.ts";
import { seededRandom } from "./testRig.ts";

test("Benjamini and Hochberg's own example: the first four of fifteen", () => {
  // Table of the 1995 paper (thrombolysis), q = 0.05.
  const pValues = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];
  const shuffled = [...pValues.slice(7), ...pValues.slice(0, 7)];
  const found = benjaminiHochberg(shuffled, 0.05).flatMap(({ isDiscovery }, at) =>
    isDiscovery ? [shuffled[at]] : [],
  );
  assert.deepEqual(found, [0.0001, 0.0004, 0.0019, 0.0095]);
});

test("q-values are at least the p-values, keep their order, and one test is not corrected", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }), (pValues) => {
      const tests = benjaminiHochberg(pValues, 0.05);
      tests.forEach(({ qValue, isDiscovery }, at) => {
        assert.ok(qValue >= (pValues[at] ?? 0) && qValue <= 1);
        assert.equal(isDiscovery, qValue <= 0.05);
        tests.forEach((other, otherAt) => {
          if ((pValues[at] ?? 0) < (pValues[otherAt] ?? 0)) assert.ok(qValue <= other.qValue);
        });
      });
    }),
    { seed: 1 },
  );
  assert.deepEqual(benjaminiHochberg([0.04], 0.05), [{ qValue: 0.04, isDiscovery: true }]);
  assert.deepEqual(benjaminiHochberg([NaN, -1], 0.05), [
    { qValue: 1, isDiscovery: false },
    { qValue: 1, isDiscovery: false },
  ]);
});

test("Spearman's ρ with ties is SciPy's", () => {
  const x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 12];
  const y = [2, 1, 4, 3, 7, 5, 8, 8, 12, 9, 10, 11];
  const pairs = x.map((value, at): [number, number] => [value, y[at] ?? 0]);
  const { rho, low, high, isProved } = rankCorrelation(pairs, 10);
  assert.ok(rho !== null && low !== null && high !== null);
  assert.ok(Math.abs(rho - 0.9333333333333335) < 1e-12);
  assert.ok(low > 0.7 && low < rho && rho < high && high < 1 && isProved);
});

test("under 30 pairs, or where nothing varies, no correlation is told", () => {
  const line = Array.from({ length: 29 }, (_, at): [number, number] => [at, -at]);
  assert.deepEqual(rankCorrelation(line), { n: 29, rho: null, low: null, high: null, isProved: false });
  assert.equal(rankCorrelation([...line, [29, -29]]).rho, -1);
  assert.equal(rankCorrelation(Array.from({ length: 100 }, (_, at): [number, number] => [at, 7])).rho, null);
});

test("the interval holds zero for unrelated numbers about 95 times in 100", () => {
  const random = seededRandom(2);
  const trials = 1000;
  let proved = 0;
  for (let trial = 0; trial < trials; trial++) {
    const pairs = Array.from({ length: 60 }, (): [number, number] => [random.uniform(), random.uniform()]);
    if (rankCorrelation(pairs).isProved) proved++;
  }
  const reach = 3 * Math.sqrt(0.05 * 0.95 * trials);
  assert.ok(Math.abs(proved - 0.05 * trials) < reach, `${proved} of ${trials}`);
});

test("bands have a rate with an interval from 200 sessions on", () => {
  const [small, large, broken] = ratesByBand([
    { band: "<1 s", n: 199, k: 10 },
    { band: "1–2 s", n: 300, k: 12 },
    { band: ">2 s", n: 300, k: 301 },
  ]);
  assert.deepEqual(small, { band: "<1 s", n: 199, k: 10, rate: null, low: null, high: null });
  assert.equal(large?.rate, 0.04);
  assert.deepEqual(broken, { band: ">2 s", n: 0, k: 0, rate: null, low: null, high: null });
});

test("Wilson's interval, by its defining equation", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
      const k = Math.round(n * share);
      const { low, high } = wilsonInterval(k, n);
      for (const end of [low, high]) {
        if (end === 0 || end === 1) continue;
        // Ends are where the distance is 1.96 standard errors of the end itself.
        const z = Math.abs(k / n - end) / Math.sqrt((end * (1 - end)) / n);
        assert.ok(Math.abs(z - 1.959963984540054) < 1e-4, `${k}/${n}: ${z}`);
      }
      assert.ok(low <= k / n && k / n <= high);
    }),
    { seed: 3 },
  );
});
