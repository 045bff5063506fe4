import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countUpTo, mergeHistograms, sizeOf, valueAtRank } from "./histogram.ts";
import { orderStatisticRanks, quantileOfHistogram, quantileOfSamples } from "./quantile.ts";
import { binomialCdf } from "./specialFunctions.ts";
import { histogramOf, seededRandom } from "./testRig.ts";

const values = fc.array(fc.double({ min: 1, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 });

test("p75 is the smallest value that three of four do not exceed", () => {
  const { n, value } = quantileOfSamples([40, 10, 30, 20]);
  assert.deepEqual({ n, value }, { n: 4, value: 30 });
  assert.equal(quantileOfSamples([7]).value, 7);
  assert.equal(quantileOfSamples([]).value, null);
});

test("the interval's ranks are the tightest whose tails are 2.5 % at most", () => {
  assert.deepEqual(orderStatisticRanks(20, 0.75), { low: 11, high: 19 });
  assert.equal(orderStatisticRanks(12, 0.75), null);
  assert.deepEqual(orderStatisticRanks(13, 0.75), { low: 7, high: 13 });
  for (const n of [13, 50, 200, 777, 10_000]) {
    const ranks = orderStatisticRanks(n, 0.75);
    assert.ok(ranks);
    assert.ok(binomialCdf(ranks.low - 1, n, 0.75) <= 0.025, `${n}: lower tail`);
    assert.ok(binomialCdf(ranks.low, n, 0.75) > 0.025, `${n}: lower rank could be higher`);
    assert.ok(1 - binomialCdf(ranks.high - 1, n, 0.75) <= 0.025, `${n}: upper tail`);
    assert.ok(1 - binomialCdf(ranks.high - 2, n, 0.75) > 0.025, `${n}: upper rank could be lower`);
  }
});

test("above 10 000 values the ranks go on where the exact ones end", () => {
  const [exact, approximate] = [orderStatisticRanks(10_000, 0.75), orderStatisticRanks(10_001, 0.75)];
  assert.ok(exact && approximate);
  assert.ok(Math.abs(exact.low - approximate.low) <= 2 && Math.abs(exact.high - approximate.high) <= 2);
});

test("a histogram's p75 and interval are within a bucket of those of its values", () => {
  fc.assert(
    fc.property(values, (samples) => {
      const exact = quantileOfSamples(samples);
      const estimate = quantileOfHistogram(histogramOf(samples));
      assert.equal(estimate.n, exact.n);
      for (const key of ["value", "low", "high"] as const) {
        const [a, b] = [estimate[key], exact[key]];
        if (b === null || a === null) assert.equal(a, b);
        // One bucket up or down, and a hair for its bounds' rounding.
        else assert.ok(a / b < 2 ** 0.126 && b / a < 2 ** 0.126, `${key}: ${a} instead of ${b}`);
      }
    }),
    { seed: 1 },
  );
});

test("low ≤ value ≤ high, and nothing is above the largest value", () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (samples, share) => {
      for (const { value, low, high } of [
        quantileOfSamples(samples, share),
        quantileOfHistogram(histogramOf(samples), share),
      ]) {
        assert.ok(value !== null && value <= Math.max(...samples) * (1 + 1e-12));
        if (low !== null && high !== null)
          assert.ok(low <= value && value <= high, `${low} ${value} ${high}`);
      }
    }),
    { seed: 2 },
  );
});

test("samples in any order give the same", () => {
  fc.assert(
    fc.property(values, (samples) => {
      assert.deepEqual(quantileOfSamples(samples.toReversed()), quantileOfSamples(samples));
    }),
    { seed: 3 },
  );
});

test("counting up to a value undoes the value at a rank", () => {
  // Whole numbers: a bucket that is cut off a rounding error above its bound has no inside.
  const wholes = fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(wholes, fc.double({ min: 0.001, max: 1, noNaN: true }), (samples, share) => {
      const histogram = histogramOf(samples);
      const rank = share * samples.length;
      const value = valueAtRank(histogram, rank) ?? 0;
      // Where all of a bucket is one value, more of it are at most that.
      assert.ok(countUpTo(histogram, value) >= rank - 1e-6);
      assert.ok(countUpTo(histogram, value * (1 - 1e-9)) <= rank + 1e-6);
    }),
    { seed: 4 },
  );
});

test("merged histograms are the histogram of all their values", () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const merged = mergeHistograms([
        { histogram: histogramOf(a), factor: 1 },
        { histogram: histogramOf(b), factor: 1 },
      ]);
      assert.deepEqual(merged, histogramOf([...a, ...b]));
      assert.equal(sizeOf(merged), a.length + b.length);
    }),
    { seed: 5 },
  );
});

test("on smooth data a histogram's p75 is within 1 %", () => {
  const random = seededRandom(6);
  const samples = Array.from({ length: 100_000 }, () => random.logNormal(1800, 0.6));
  const estimate = quantileOfHistogram(histogramOf(samples)).value ?? 0;
  const exact = quantileOfSamples(samples).value ?? 0;
  assert.ok(Math.abs(estimate / exact - 1) < 0.01, `${estimate} instead of ${exact}`);
});
