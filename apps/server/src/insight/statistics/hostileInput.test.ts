/** Whatever comes in: nothing is NaN or endless, and nothing is judged on fewer than 200 views. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { VitalName } from "@throughline/contract";
import fc from "fast-check";
import * as statistics from "./index.ts";

const number = fc.oneof(
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    -1,
    0.5,
    1,
    199,
    200,
    NaN,
    Infinity,
    -Infinity,
    1e308,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
  ),
  fc.nat(100_000),
);
const numbers = fc.oneof(
  fc.array(number, { maxLength: 250 }),
  fc.tuple(number, fc.nat(250)).map(([value, length]) => Array.from({ length }, () => value)),
);
const key = fc.oneof(fc.nat(400).map(String), fc.constantFrom("-3", "x", "1.5", "NaN", "", "99999", "1e3"));
const histogram = fc.record({ counts: fc.dictionary(key, number, { maxKeys: 20 }), max: number });
const counter = fc.record({ n: number, k: number });
const text = fc.constantFrom("a", "b", "c");

/** Every number in an answer is finite; p-values, shares and scores are where they belong because the unit tests say so. */
function assertFinite(answer: unknown, path = "answer"): void {
  if (typeof answer === "number") assert.ok(Number.isFinite(answer), `${path} is ${answer}`);
  else if (answer !== null && typeof answer === "object")
    for (const [name, value] of Object.entries(answer)) assertFinite(value, `${path}.${name}`);
}

function holds<T>(arbitrary: fc.Arbitrary<T>, claim: (input: T) => void): void {
  fc.assert(fc.property(arbitrary, claim), { seed: 1, numRuns: 400 });
}

test("quantiles and budgets", () => {
  holds(fc.tuple(numbers, number, histogram), ([samples, target, histogram]) => {
    assertFinite(statistics.quantileOfSamples(samples));
    assertFinite(statistics.quantileOfHistogram(histogram));
    for (const counts of [
      statistics.budgetCountsOfSamples(samples, target),
      statistics.budgetCountsOfHistogram(histogram, target),
    ]) {
      assertFinite(counts);
      const verdict = statistics.budgetVerdict(counts, { viewsPerHour: target });
      assertFinite(verdict);
      if (counts.n < statistics.VIEWS_MIN) assert.equal(verdict.verdict, "unknown");
    }
  });
  holds(fc.tuple(number, number), ([n, overCount]) => {
    const verdict = statistics.budgetVerdict({ n, overCount });
    assertFinite(verdict);
    if (!(n >= statistics.VIEWS_MIN)) assert.equal(verdict.verdict, "unknown");
  });
});

test("release verdicts", () => {
  const stratum = fc.record({
    name: text,
    baseline: fc.record({ n: number, p75: number }),
    candidate: fc.record({ n: number, k: number, p75: number }),
  });
  holds(fc.array(stratum, { maxLength: 4 }), (strata) => {
    const result = statistics.judgeChange(strata);
    assertFinite(result);
    if (result.n < statistics.VIEWS_MIN) assert.equal(result.verdict, "notEnoughData");
    if (!strata.some(({ baseline }) => baseline.n >= statistics.VIEWS_MIN))
      assert.equal(result.verdict, "notEnoughData");
  });
});

test("the parts of the verdicts", () => {
  holds(fc.tuple(fc.array(counter), number, numbers, histogram), ([counters, any, values, histogram]) => {
    assertFinite(statistics.mergeCounters(counters));
    assertFinite(statistics.countExceedances(values, any));
    assertFinite(statistics.sizeOf(histogram));
    assertFinite(statistics.countUpTo(histogram, any));
    assertFinite(statistics.valueAtRank(histogram, any));
    assertFinite(statistics.orderStatisticRanks(any, 0.75));
    assertFinite(statistics.quantileOfSamples(values, any));
    for (const { n, k } of counters) {
      assertFinite(statistics.logEValue({ n, k }, any));
      assertFinite(statistics.logEValue({ n, k }, 0.27));
      assertFinite(statistics.exceedShareInterval({ n, k }, 0.01));
      assertFinite(statistics.wilsonInterval(k, n));
    }
  });
});

test("change points", () => {
  holds(numbers, (series) => assertFinite(statistics.findChangePoints(series)));
  const row = fc.record({ day: text, stratum: text, n: number, p75: number });
  holds(fc.array(row, { maxLength: 60 }), (rows) => {
    assertFinite(statistics.stratifiedDailyP75(rows));
    for (const point of statistics.dailyChangePoints(rows)) {
      assertFinite(point);
      assert.ok(Math.min(point.viewsBefore, point.viewsAfter) >= statistics.VIEWS_MIN);
    }
  });
});

test("mix shift", () => {
  holds(
    fc.array(fc.record({ name: text, before: histogram, after: histogram }), { maxLength: 4 }),
    (strata) => {
      const shift = statistics.decomposeQuantile(strata);
      assertFinite(shift);
      const size = strata.reduce((sum, { after }) => sum + statistics.sizeOf(after), 0);
      if (size < statistics.VIEWS_MIN) assert.equal(shift, null);
    },
  );
  holds(fc.array(fc.record({ name: text, before: counter, after: counter }), { maxLength: 4 }), (strata) => {
    assertFinite(statistics.decomposeShare(strata));
  });
});

test("many tests, bands, correlations and scores", () => {
  holds(fc.tuple(numbers, number), ([pValues, q]) => assertFinite(statistics.benjaminiHochberg(pValues, q)));
  holds(fc.array(fc.record({ band: text, n: number, k: number })), (bands) => {
    for (const band of statistics.ratesByBand(bands)) {
      assertFinite(band);
      if (band.n < statistics.VIEWS_MIN) assert.equal(band.rate, null);
    }
  });
  holds(fc.array(fc.tuple(number, number), { maxLength: 80 }), (pairs) =>
    assertFinite(statistics.rankCorrelation(pairs)),
  );
  const name = fc.constantFrom<VitalName[]>("LCP", "CLS", "INP", "FCP", "TTFB");
  holds(fc.array(fc.record({ name, n: number, p75: fc.option(number) })), (vitals) => {
    const result = statistics.overallScore(vitals);
    assertFinite(result);
    if (!vitals.some(({ n }) => n >= statistics.VIEWS_MIN)) assert.equal(result.score, null);
  });
});
