/** How sure a number is that rests on sampled observations: by simulation, with what would happen without the correction. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveRange } from "@throughline/contract";
import type { Cell } from "../changes/cells.ts";
import { momentsIn } from "../changes/moment.ts";
import { questionOf } from "../changes/question.ts";
import { timeGrid } from "../timeGrid.ts";
import { judgeChange } from "./changeVerdict.ts";
import { mergeHistograms } from "./histogram.ts";
import { counterAtSize, effectiveSize, histogramAtSize } from "./sampled.ts";
import { histogramOf, seededRandom } from "./testRig.ts";

const SEED = 20_261_122;
/** One in ten is kept and stands for ten. */
const WEIGHT = 10;
const TRIALS = 300;

describe("the effective size", () => {
  test("is the number of observations where nothing was sampled", () => {
    assert.equal(effectiveSize([{ n: 300, stored: 300 }]), 300);
    assert.equal(
      effectiveSize([
        { n: 20, stored: 20 },
        { n: 7, stored: 7 },
      ]),
      27,
    );
    assert.equal(effectiveSize([]), 0);
    assert.equal(effectiveSize([{ n: 0, stored: 0 }]), 0);
  });

  test("is the number of rows where all weigh the same, whatever they weigh", () => {
    for (const weight of [1, 2, 3, 7, 10, 9999]) {
      const groups = [5, 40, 3].map((stored) => ({ stored, n: stored * weight }));
      assert.equal(effectiveSize(groups), 48, `weight ${weight}`);
    }
  });

  test("is Kish's (Σw)² / Σw² where groups weigh differently, and never more than the rows", () => {
    const random = seededRandom(SEED);
    for (let trial = 0; trial < 200; trial++) {
      const groups = Array.from({ length: 1 + Math.floor(random.uniform() * 6) }, () => {
        const stored = 1 + Math.floor(random.uniform() * 50);
        return { stored, n: stored * (1 + Math.floor(random.uniform() * 100)) };
      });
      const weights = groups.flatMap(({ n, stored }) => Array.from({ length: stored }, () => n / stored));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      const kish = sum ** 2 / weights.reduce((total, weight) => total + weight ** 2, 0);
      assert.ok(Math.abs(effectiveSize(groups) - kish) < 1e-5);
      assert.ok(effectiveSize(groups) <= weights.length + 1e-6);
    }
  });

  test("keeps shares and quantiles", () => {
    assert.deepEqual(counterAtSize({ n: 1000, k: 250 }, 100), { n: 100, k: 25 });
    assert.deepEqual(counterAtSize({ n: 0, k: 0 }, 0), { n: 0, k: 0 });
    assert.deepEqual(histogramAtSize({ counts: { 8: 30, 9: 10 }, max: 5 }, 40, 4).counts, { 8: 3, 9: 1 });
  });
});

describe("of an unchanged service of which one in ten requests is kept", () => {
  const nowMs = Date.UTC(2026, 10, 22, 12, 30);
  const grid = timeGrid(resolveRange({ range: "1h" }, nowMs), nowMs);
  const middleMs = grid.timesMs[30] ?? 0;

  /** @param isCorrected whether cells say how many rows they stand on */
  function falseAlarms(metric: "p95" | "errors", isCorrected: boolean): number {
    const random = seededRandom(SEED);
    const question = questionOf(metric, { metric } as never, grid);
    let alarms = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const cells = grid.timesMs.map((timeMs): Cell => {
        const kept = 12 + Math.floor(random.uniform() * 6);
        const values = Array.from({ length: kept }, () => random.logNormal(80e6, 0.6));
        const failed = values.filter(() => random.uniform() < 0.1).length;
        const n = kept * WEIGHT;
        return {
          timeMs,
          n,
          stored: isCorrected ? kept : n,
          failed: failed * WEIGHT,
          histogram: mergeHistograms([{ histogram: histogramOf(values), factor: WEIGHT }]),
        };
      });
      const { moment } = momentsIn(question, cells, null, middleMs);
      assert.ok(moment !== null && moment.verdict !== "not-enough-data");
      if (moment.verdict !== "no-change") alarms += 1;
    }
    return alarms / TRIALS;
  }

  for (const metric of ["p95", "errors"] as const)
    test(`${metric} is called changed no more often than 95 % intervals may`, () => {
      const [corrected, naive] = [falseAlarms(metric, true), falseAlarms(metric, false)];
      assert.ok(corrected <= 0.05, `${corrected} (seed ${SEED})`);
      assert.ok(naive > 0.2, `without the correction it would be often: ${naive}`);
    });

  test("a release is called slower or faster with the promised chance of an error, however often it is asked", () => {
    const looksWrong = (isCorrected: boolean): number => {
      const random = seededRandom(SEED);
      const p75 = 80 * Math.exp(0.6 * 0.6745);
      let wrong = 0;
      for (let trial = 0; trial < TRIALS; trial++) {
        let kept = 0;
        let above = 0;
        let isCalled = false;
        for (let look = 0; look < 60 && !isCalled; look++) {
          for (let one = 0; one < 50; one++) if (random.logNormal(80, 0.6) > p75) above += 1;
          kept += 50;
          const weighted = { n: kept * WEIGHT, k: above * WEIGHT };
          const counter = isCorrected ? counterAtSize(weighted, kept) : weighted;
          const ofRelease = {
            name: "route",
            baseline: { n: isCorrected ? 5000 : 50_000, p75 },
            // Its own p75 is off in the direction of the share, as it is in a sample.
            candidate: { ...counter, p75: p75 * (above / kept > 0.25 ? 1.2 : 0.8) },
          };
          isCalled = ["regressed", "improved"].includes(judgeChange([ofRelease]).verdict);
        }
        if (isCalled) wrong += 1;
      }
      return wrong / TRIALS;
    };
    const [corrected, naive] = [looksWrong(true), looksWrong(false)];
    // α = 0.01 for each direction.
    assert.ok(corrected <= 0.02, `${corrected} (seed ${SEED})`);
    assert.ok(naive > 0.1, `without the correction it would be often: ${naive}`);
  });
});
