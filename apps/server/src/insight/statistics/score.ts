/**
 * One number from 0 to 100 for a page's vitals, computed as Lighthouse computes its own (lighthouse-core
 * shared/statistics.js, getLogNormalScore): a value is scored by the log-normal distribution that gives 0.9 at the "good"
 * threshold and 0.5 at the "poor" one, and the scores are averaged by weight.
 *
 *   score(x) = Φ(−1.2816 · ln(x / poor) / ln(poor / good))
 *
 * Thresholds and weights are the contract's. Weights are Lighthouse 10's with INP for blocking time and TTFB for speed index: INP 30, LCP 25, CLS 25, FCP 10, TTFB 10.
 */
import { VITAL_THRESHOLDS, VITAL_WEIGHTS, type VitalName } from "@throughline/contract";
import { VIEWS_MIN } from "./quantile.ts";
import { isCount, isValue } from "./sound.ts";
import { normalCdf } from "./specialFunctions.ts";

/** Φ⁻¹(0.9) */
const Z_90 = 1.2815515655446004;
/** Vitals that are known must make up half of the weight: LCP and CLS do, without INP. */
const WEIGHT_MIN = 0.5;

export interface VitalAtP75 {
  readonly name: VitalName;
  /** Views that it rests on. */
  readonly n: number;
  /** Milliseconds; CLS without a unit. */
  readonly p75: number | null;
}

export interface VitalScore {
  readonly name: VitalName;
  /** 0..100; null with too few views. */
  readonly score: number | null;
  /** Share in the overall score, 0..1; 0 where it has none. */
  readonly weight: number;
}

export interface OverallScore {
  /** 0..100, whole; null where the vitals that are known make up less than half of the weight. */
  readonly score: number | null;
  readonly vitals: readonly VitalScore[];
}

/** The weight of vitals that are not known (no interaction, no Chromium) is shared by those that are. */
export function overallScore(vitals: readonly VitalAtP75[], viewsMin = VIEWS_MIN): OverallScore {
  // One per name: the first.
  const byName = new Map(vitals.toReversed().map((vital) => [vital.name, vital]));
  const scored = [...byName.values()].reverse().map(({ name, n, p75 }) => ({
    name,
    score: isCount(n) && n >= viewsMin && p75 !== null ? scoreOf(name, p75) : null,
  }));
  const known = scored.filter(({ score }) => score !== null);
  const weights = known.reduce((sum, { name }) => sum + VITAL_WEIGHTS[name], 0);
  const total = known.reduce((sum, { name, score }) => sum + VITAL_WEIGHTS[name] * (score ?? 0), 0);
  return {
    score: weights < WEIGHT_MIN - 1e-9 ? null : Math.round(total / weights),
    vitals: scored.map(({ name, score }) => ({
      name,
      score: score === null ? null : Math.round(score),
      weight: score === null ? 0 : VITAL_WEIGHTS[name] / weights,
    })),
  };
}

/** 0..100: 90 at the "good" threshold, 50 at the "poor" one; null for what is no value. */
function scoreOf(name: VitalName, p75: number): number | null {
  if (!isValue(p75)) return null;
  const { good, poor } = VITAL_THRESHOLDS[name];
  if (p75 === 0) return 100;
  return 100 * normalCdf((-Z_90 * Math.log(p75 / poor)) / Math.log(poor / good));
}
