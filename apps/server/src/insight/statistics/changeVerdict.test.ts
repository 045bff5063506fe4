import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { judgeChange, type ChangeStratum } from "./changeVerdict.ts";
import { exceedShareInterval, logEValue, mergeCounters } from "./eValue.ts";

const BASELINE = { n: 20_000, p75: 2700 };

function stratum(n: number, share: number, p75: number, name = "mobile"): ChangeStratum {
  return { name, baseline: BASELINE, candidate: { n, k: Math.round(n * share), p75 } };
}

const verdictOf = (...strata: ChangeStratum[]) => judgeChange(strata, { effectMin: 100 }).verdict;

test("log E is the published formula", () => {
  // Expected: SciPy's betaln, and mpmath with 60 digits for the large ones.
  for (const [k, n, p0, expected] of [
    [0, 0, 0.27, 0],
    [1, 1, 0.27, -0.07696104113612767],
    [100, 200, 0.27, 20.82581521985631],
    [60, 200, 0.27, -1.2232354772583705],
    [30, 200, 0.23, 2.2850975417848645],
    [5000, 20_000, 0.27, 16.788260147539404],
    [0, 500, 0.23, 120.37241379631882],
    [300, 300, 0.27, 362.39656699602017],
    [270_000_000_000, 1e12, 0.27, -12.7354335057595],
    [2_431_914_700_000_000, Number.MAX_SAFE_INTEGER, 0.27, 238_458.484864393],
  ] as const) {
    const actual = logEValue({ n, k }, p0);
    assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${k}/${n}: ${actual}`);
  }
});

test("the mean of E under p0 is 1: it is evidence and no more", () => {
  for (const p0 of [0.23, 0.27, 0.35]) {
    for (const n of [1, 10, 60]) {
      // Sum over k of P(k | p0) · E(k), the binomial coefficients built up one by one.
      let chance = (1 - p0) ** n;
      let mean = 0;
      for (let k = 0; k <= n; k++) {
        mean += chance * Math.exp(logEValue({ n, k }, p0));
        chance *= ((n - k) / (k + 1)) * (p0 / (1 - p0));
      }
      assert.ok(Math.abs(mean - 1) < 1e-9, `p0 ${p0}, n ${n}: ${mean}`);
    }
  }
});

test("a clear change is told with its evidence", () => {
  const result = judgeChange([stratum(1000, 0.36, 3240)], { effectMin: 100 });
  assert.equal(result.verdict, "regressed");
  assert.equal(result.viewsNeeded, 0);
  assert.equal(result.worse.effect, 540);
  assert.ok(Math.abs(result.worse.relativeEffect - 0.2) < 1e-12);
  assert.ok(result.worse.logE > Math.log(100) && result.worse.pValue < 0.01);
  assert.ok(result.exceedShare && result.exceedShare.low > 0.27 && result.exceedShare.high < 0.45);
  assert.equal(verdictOf(stratum(1000, 0.15, 2160)), "improved");
});

test("a small change that is proved is no regression", () => {
  assert.equal(verdictOf(stratum(1_000_000, 0.28, 2790)), "noChange");
});

test("the absolute minimum effect holds where p75 is small", () => {
  const strata = [{ ...stratum(2000, 0.4, 260), baseline: { n: 20_000, p75: 200 } }];
  assert.equal(judgeChange(strata, { effectMin: 100 }).verdict, "noChange");
  assert.equal(judgeChange(strata, { effectMin: 20 }).verdict, "regressed");
});

test("a metric that is 0 for most views did not improve because few are above 0", () => {
  const still = { name: "cls", baseline: { n: 20_000, p75: 0 }, candidate: { n: 5000, k: 500, p75: 0 } };
  assert.equal(judgeChange([still]).verdict, "noChange");
  const shifting = { ...still, candidate: { n: 5000, k: 2000, p75: 0.2 } };
  assert.equal(judgeChange([shifting], { effectMin: 0.01 }).verdict, "regressed");
});

test("no change is told once a relevant one is ruled out, not before", () => {
  const early = judgeChange([stratum(250, 0.25, 2700)]);
  assert.equal(early.verdict, "notEnoughData");
  const { viewsNeeded } = early;
  assert.ok(viewsNeeded !== null && viewsNeeded > 100 && viewsNeeded < 3000, `${viewsNeeded}`);
  assert.equal(verdictOf(stratum(250 + viewsNeeded + 5, 0.25, 2700)), "noChange");
});

test("under 200 views on either side there is no verdict", () => {
  assert.equal(verdictOf(stratum(199, 1, 30_000)), "notEnoughData");
  const newPage = { ...stratum(5000, 1, 30_000), baseline: { n: 199, p75: 2700 } };
  assert.equal(verdictOf(newPage), "notEnoughData");
});

test("a small baseline needs more evidence", () => {
  const of = (n: number) => judgeChange([{ ...stratum(400, 0.36, 3240), baseline: { n, p75: 2700 } }]);
  assert.equal(of(5000).verdict, "regressed");
  assert.equal(of(300).verdict, "notEnoughData");
});

test("strata add their evidence: three weak ones are a verdict", () => {
  const weak = (name: string) => stratum(220, 0.37, 3300, name);
  assert.equal(verdictOf(weak("a")), "notEnoughData");
  const three = judgeChange([weak("a"), weak("b"), weak("c")], { effectMin: 100 });
  assert.equal(three.verdict, "regressed");
  assert.deepEqual(
    three.strata.map(({ verdict }) => verdict),
    ["notEnoughData", "notEnoughData", "notEnoughData"],
  );
});

test("a stratum that got better does not hide one that got worse", () => {
  const result = judgeChange([stratum(3000, 0.4, 3600, "mobile"), stratum(3000, 0.1, 2000, "desktop")]);
  assert.equal(result.verdict, "regressed");
  assert.equal(result.worse.effect, 900);
  assert.deepEqual(
    result.strata.map(({ name, verdict }) => [name, verdict]),
    [
      ["mobile", "regressed"],
      ["desktop", "improved"],
    ],
  );
});

test("a stratum that got better lends its evidence to nobody who got worse", () => {
  const result = judgeChange([stratum(1000, 0.29, 2900, "mobile"), stratum(3000, 0.1, 2000, "desktop")]);
  assert.equal(result.verdict, "improved");
  assert.ok(!result.worse.isProved);
});

test("of several strata each alone needs more evidence than the only one", () => {
  // Between ln 100 and ln 200.
  const strong = { ...stratum(220, 0.4, 3400), candidate: { n: 220, k: 85, p75: 3400 } };
  assert.equal(judgeChange([strong]).strata[0]?.verdict, "regressed");
  assert.equal(judgeChange([strong, stratum(220, 0.25, 2700, "other")]).strata[0]?.verdict, "notEnoughData");
});

test("traffic that moves between strata is no change", () => {
  const before = { desktop: { n: 15_000, p75: 2000 }, mobile: { n: 5000, p75: 3500 } };
  const strata = [
    { name: "desktop", baseline: before.desktop, candidate: { n: 1000, k: 250, p75: 2000 } },
    { name: "mobile", baseline: before.mobile, candidate: { n: 9000, k: 2250, p75: 3500 } },
  ];
  assert.equal(judgeChange(strata).verdict, "noChange");
});

test("the interval of the share contains it and shrinks with views", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
      const k = Math.round(n * share);
      const interval = exceedShareInterval({ n, k }, 0.01);
      const larger = exceedShareInterval({ n: n * 10, k: k * 10 }, 0.01);
      assert.ok(interval && larger);
      assert.ok(0 <= interval.low && interval.low <= k / n && k / n <= interval.high && interval.high <= 1);
      assert.ok(larger.high - larger.low < interval.high - interval.low + 1e-12);
    }),
    { seed: 1 },
  );
});

test("counters that were merged are the counter of all views", () => {
  const counters = [
    { n: 10, k: 3 },
    { n: 0, k: 0 },
    { n: 7, k: 7 },
  ];
  assert.deepEqual(mergeCounters(counters), { n: 17, k: 10 });
});
