import assert from "node:assert/strict";
import { test } from "node:test";
import { VITAL_THRESHOLDS, VITAL_WEIGHTS, type VitalName } from "@throughline/contract";
import fc from "fast-check";
import { overallScore, type VitalAtP75 } from "./score.ts";

const NAMES = Object.keys(VITAL_WEIGHTS) as VitalName[];

function vitals(valueOf: (name: VitalName) => number | null, n = 1000): VitalAtP75[] {
  return NAMES.map((name) => ({ name, n, p75: valueOf(name) }));
}

test("90 at the good thresholds, 50 at the poor ones", () => {
  assert.equal(overallScore(vitals((name) => VITAL_THRESHOLDS[name].good)).score, 90);
  assert.equal(overallScore(vitals((name) => VITAL_THRESHOLDS[name].poor)).score, 50);
  assert.equal(overallScore(vitals(() => 0)).score, 100);
  assert.equal(overallScore(vitals((name) => VITAL_THRESHOLDS[name].poor * 10)).score, 0);
});

test("weights sum to one, and those of unknown vitals go to the known", () => {
  const sum = (weights: number[]) => Math.round(weights.reduce((a, b) => a + b, 0) * 1e9) / 1e9;
  assert.equal(sum(NAMES.map((name) => VITAL_WEIGHTS[name])), 1);
  const { score, vitals: scored } = overallScore(
    vitals((name) => (name === "INP" ? null : VITAL_THRESHOLDS[name].good)),
  );
  assert.equal(score, 90);
  assert.equal(sum(scored.map(({ weight }) => weight)), 1);
  assert.deepEqual(
    scored.filter(({ name }) => name === "INP"),
    [{ name: "INP", score: null, weight: 0 }],
  );
});

test("without half of the weight, or under 200 views, there is no score", () => {
  const only = (...names: VitalName[]) =>
    overallScore(vitals(() => 0).filter(({ name }) => names.includes(name))).score;
  assert.equal(only("LCP", "CLS"), 100);
  assert.equal(only("LCP", "FCP", "TTFB"), null);
  assert.equal(only(), null);
  assert.equal(overallScore(vitals(() => 1, 199)).score, null);
});

test("a slower vital never scores higher", () => {
  const value = fc.double({ min: 0, max: 1e7, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), value, value, (name, a, b) => {
      const scoreOf = (p75: number) =>
        overallScore([...vitals(() => 0).filter((vital) => vital.name !== name), { name, n: 500, p75 }])
          .score ?? -1;
      assert.ok(scoreOf(Math.max(a, b)) <= scoreOf(Math.min(a, b)));
    }),
    { seed: 1 },
  );
});
