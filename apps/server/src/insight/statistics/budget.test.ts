import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { budgetCountsOfHistogram, budgetCountsOfSamples, budgetVerdict } from "./budget.ts";
import { orderStatisticRanks, quantileOfHistogram, quantileOfSamples } from "./quantile.ts";
import { histogramOf } from "./testRig.ts";

const counts = fc
  .record({ n: fc.integer({ min: 0, max: 20_000 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ n, share }) => ({ n, overCount: Math.round(n * share) }));

test("in, over and not yet known", () => {
  assert.equal(budgetVerdict({ n: 1000, overCount: 200 }).verdict, "in");
  assert.equal(budgetVerdict({ n: 1000, overCount: 300 }).verdict, "over");
  const close = budgetVerdict({ n: 1000, overCount: 255 });
  assert.equal(close.verdict, "unknown");
  assert.equal(close.unknownBecause, "close");
});

test("it changes at the interval's ranks exactly", () => {
  const ranks = orderStatisticRanks(1000, 0.75);
  assert.ok(ranks);
  const verdictWith = (withinCount: number) =>
    budgetVerdict({ n: 1000, overCount: 1000 - withinCount }).verdict;
  assert.deepEqual([ranks.low - 1, ranks.low, ranks.high - 1, ranks.high].map(verdictWith), [
    "over",
    "unknown",
    "unknown",
    "in",
  ]);
});

test("under 200 views it is not known, however clear it looks", () => {
  const { verdict, unknownBecause, viewsNeeded, knownInMs } = budgetVerdict(
    { n: 150, overCount: 150 },
    { viewsPerHour: 100 },
  );
  assert.deepEqual(
    { verdict, unknownBecause, viewsNeeded, knownInMs },
    { verdict: "unknown", unknownBecause: "fewViews", viewsNeeded: 50, knownInMs: 1_800_000 },
  );
});

test("on the target no number of views is enough, and it says so", () => {
  const { verdict, viewsNeeded, knownInMs } = budgetVerdict(
    { n: 1000, overCount: 250 },
    { viewsPerHour: 10 },
  );
  assert.deepEqual(
    { verdict, viewsNeeded, knownInMs },
    { verdict: "unknown", viewsNeeded: null, knownInMs: null },
  );
});

test("the verdict from counts is that of the interval of the samples", () => {
  const samples = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 200, maxLength: 600 });
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 5000 }), (views, target) => {
      const { low, high } = quantileOfSamples(views);
      assert.ok(low !== null && high !== null);
      const expected = low > target ? "over" : high <= target ? "in" : "unknown";
      assert.equal(budgetVerdict(budgetCountsOfSamples(views, target)).verdict, expected);
    }),
    { seed: 1 },
  );
});

test("the verdict from a histogram does not contradict the interval shown beside it", () => {
  const samples = fc.array(fc.double({ min: 1, max: 5000, noNaN: true }), { minLength: 200, maxLength: 600 });
  fc.assert(
    fc.property(samples, fc.double({ min: 1, max: 5000, noNaN: true }), (views, target) => {
      const histogram = histogramOf(views);
      const { low, high } = quantileOfHistogram(histogram);
      const { verdict } = budgetVerdict(budgetCountsOfHistogram(histogram, target));
      assert.ok(low !== null && high !== null);
      if (verdict === "over") assert.ok(low >= target * (1 - 1e-9));
      if (verdict === "in") assert.ok(high <= target * (1 + 1e-9));
      if (verdict !== "over") assert.ok(low <= target * (1 + 1e-9));
      if (verdict !== "in") assert.ok(high >= target * (1 - 1e-9));
    }),
    { seed: 2 },
  );
});

test("with as many more views as it says, of the same kind, there is a verdict", () => {
  fc.assert(
    fc.property(counts, ({ n, overCount }) => {
      const { verdict, viewsNeeded } = budgetVerdict({ n, overCount });
      if (verdict !== "unknown" || viewsNeeded === null || n === 0) return;
      // A tenth more for whole ranks and whole views.
      const total = Math.ceil((n + viewsNeeded) * 1.1) + 20;
      const over = (overCount / n) * total;
      const later = budgetVerdict({
        n: total,
        overCount: overCount / n > 0.25 ? Math.ceil(over) : Math.floor(over),
      });
      assert.notEqual(later.verdict, "unknown", `${n}, ${overCount}: ${viewsNeeded}`);
    }),
    { seed: 3, numRuns: 500 },
  );
});

test("more views over the target never make it better", () => {
  const order = { in: 0, unknown: 1, over: 2 };
  fc.assert(
    fc.property(counts, fc.nat({ max: 500 }), ({ n, overCount }, more) => {
      const worse = budgetVerdict({ n, overCount: Math.min(n, overCount + more) });
      assert.ok(order[worse.verdict] >= order[budgetVerdict({ n, overCount }).verdict]);
    }),
    { seed: 4 },
  );
});
