/**
 * Did this release (or fix) change the page? A sequential test that may be asked after every view: of the views since, how
 * many are above the p75 from before, stratum by stratum. If nothing changed it is a quarter of them.
 *
 *   regressed       log E against p0 = 0.27 exceeds ln(1/α) with k/n above it, and p75 rose by the minimum effect
 *   improved        the mirror: p0 = 0.23, k/n below it, and p75 fell by the minimum effect
 *   noChange        neither, and a share as far from 0.25 as RELEVANT_SHARE_DISTANCE is ruled out, or the change that is
 *                   proved is smaller than the minimum effect
 *   notEnoughData   neither; `viewsNeeded` says how many more
 *
 * A verdict that acts (a rollback, "fix verified") is kept when it is first given: later views may weaken it, but the
 * promise "wrong at most α of the time" is about the first time. Recipe and operating points: research note of the
 * product, reproduced in `operatingPoints.test.ts`; docs/decisions/0012-statistics.md.
 */
import { exceedShareInterval, logEValue, mergeCounters } from "./eValue.ts";
import type { ExceedanceCounter, ShareInterval } from "./eValue.ts";
import { VIEWS_MIN } from "./quantile.ts";
import { isCount, isCounter, isValue } from "./sound.ts";

/** Share of views above p75 when nothing changed. */
const SHARE_ABOVE = 0.25;
/** A baseline of this many views makes p75 itself uncertain by a share of ±0.012 (95 %): well inside the tolerance. */
const BASELINE_VIEWS = 5_000;
const TOLERANCE = 0.02;
const ALPHA = 0.01;
const RELATIVE_EFFECT_MIN = 0.05;
/** About ±11 % of p75 where values are log-normal with σ = 0.6, as LCP's are. */
const RELEVANT_SHARE_DISTANCE = 0.06;
const VIEWS_GROWTH = 1.05;
const VIEWS_NEEDED_MAX = 10_000_000;

export interface ChangeStratum {
  /** What its views have in common: route, device class, kind of navigation. */
  readonly name: string;
  /** Before the change, 7 or 14 whole days, or the control of a rollout that runs now; p75 in the metric's unit. */
  readonly baseline: { readonly n: number; readonly p75: number };
  /** Since the change: views, those of them above the baseline's p75, and their own p75. */
  readonly candidate: { readonly n: number; readonly k: number; readonly p75: number };
}

export interface ChangeOptions {
  /** Chance of a false "regressed", and of a false "improved", over all looks. */
  readonly alpha?: number;
  /** Of either side; in strata of fewer views before the change p75 means nothing, and they are left out. */
  readonly viewsMin?: number;
  /** A change of p75 below this does not count, in the metric's unit: see `MINIMUM_EFFECT`. */
  readonly effectMin?: number;
  /** The same as a share of the baseline's p75. */
  readonly relativeEffectMin?: number;
}

/** Changes of p75 that a person could notice: milliseconds, CLS without a unit. The Core Web Vitals' as researched. */
export const MINIMUM_EFFECT = { LCP: 100, INP: 20, CLS: 0.01, FCP: 100, TTFB: 50 } as const;

export interface Evidence {
  /** Natural logarithm of the e-value, summed over strata; proof from ln(1/α) on (4.6 for α = 0.01). */
  readonly logE: number;
  /** 1/E, at most 1: valid at any look; many routes are corrected by `benjaminiHochberg`. */
  readonly pValue: number;
  /** Mean change of p75 of the strata that lean this way, weighted by views, in the metric's unit; 0 if none does. */
  readonly effect: number;
  /** The same as a share of their p75 before. */
  readonly relativeEffect: number;
  readonly isProved: boolean;
  /** The effect reaches the minimum. */
  readonly isRelevant: boolean;
}

export interface StratumEvidence {
  readonly verdict: "regressed" | "improved" | "noChange" | "notEnoughData";
  /** Views before and since. */
  readonly baselineN: number;
  readonly n: number;
  /** Share of views since that are above the p75 from before, with an interval that holds at all looks. */
  readonly exceedShare: ShareInterval | null;
  readonly worse: Evidence;
  readonly better: Evidence;
}

export interface ChangeVerdict extends StratumEvidence {
  /** About how many more views a verdict takes if they are like those so far; 0 with one, null beyond ten million. */
  readonly viewsNeeded: number | null;
  /** Each judged alone, at α divided by their number. Those left out are `notEnoughData`. */
  readonly strata: readonly (StratumEvidence & { readonly name: string })[];
}

type Limits = Required<ChangeOptions>;

export function judgeChange(
  strata: readonly ChangeStratum[],
  {
    alpha = ALPHA,
    viewsMin = VIEWS_MIN,
    effectMin = 0,
    relativeEffectMin = RELATIVE_EFFECT_MIN,
  }: ChangeOptions = {},
): ChangeVerdict {
  const limits: Limits = { alpha, viewsMin, effectMin, relativeEffectMin };
  const usable = strata.filter((stratum) => isUsable(stratum, viewsMin));
  const whole = judge(usable, limits);
  const eachLimits = { ...limits, alpha: alpha / Math.max(1, usable.length) };
  return {
    ...withShare(whole, alpha),
    viewsNeeded: whole.verdict === "notEnoughData" ? viewsNeededFor(usable, whole.n, limits) : 0,
    strata: strata.map((stratum) => ({
      name: stratum.name,
      ...withShare(judge(usable.includes(stratum) ? [stratum] : [], eachLimits), eachLimits.alpha),
    })),
  };
}

type Judgement = Omit<StratumEvidence, "exceedShare"> & { readonly counter: ExceedanceCounter };

function judge(strata: readonly ChangeStratum[], limits: Limits): Judgement {
  const counter = mergeCounters(strata.map(({ candidate }) => candidate));
  const worse = evidenceOf(strata, limits, 1);
  const better = evidenceOf(strata, limits, -1);
  return {
    verdict:
      counter.n < limits.viewsMin
        ? "notEnoughData"
        : verdictOf(worse, better, isNarrow(strata, counter, limits)),
    baselineN: strata.reduce((sum, { baseline }) => sum + baseline.n, 0),
    n: counter.n,
    counter,
    worse,
    better,
  };
}

function withShare({ counter, ...judgement }: Judgement, alpha: number): StratumEvidence {
  return { ...judgement, exceedShare: exceedShareInterval(counter, alpha) };
}

/** What got worse is said first: another stratum that got better does not make up for it. */
function verdictOf(worse: Evidence, better: Evidence, isNarrow: boolean): StratumEvidence["verdict"] {
  if (worse.isProved && worse.isRelevant) return "regressed";
  if (better.isProved && better.isRelevant) return "improved";
  return isNarrow || worse.isProved || better.isProved ? "noChange" : "notEnoughData";
}

/** Relevant shares are ruled out on both sides, also if p75 before was as uncertain as a small baseline makes it. */
function isNarrow(strata: readonly ChangeStratum[], counter: ExceedanceCounter, { alpha }: Limits): boolean {
  const widened = strata.reduce(
    (sum, { baseline, candidate }) =>
      sum + (candidate.n / counter.n) * (toleranceFor(baseline.n) - TOLERANCE),
    0,
  );
  const distance = RELEVANT_SHARE_DISTANCE - widened;
  if (!(distance > 0) || Math.abs(counter.k / counter.n - SHARE_ABOVE) >= distance) return false;
  const limit = Math.log(1 / alpha);
  return [SHARE_ABOVE - distance, SHARE_ABOVE + distance].every(
    (share) => logEValue(counter, share) >= limit,
  );
}

/** @param direction 1: evidence that it got worse, -1: better */
function evidenceOf(strata: readonly ChangeStratum[], limits: Limits, direction: 1 | -1): Evidence {
  let logE = 0;
  let n = 0;
  let change = 0;
  let before = 0;
  for (const { baseline, candidate } of strata) {
    const p0 = SHARE_ABOVE + direction * toleranceFor(baseline.n);
    const leans = direction * (candidate.k / candidate.n - p0) > 0;
    const ownLogE = logEValue(candidate, p0);
    // The mixture looks both ways: what speaks for the other direction must not count for this one.
    logE += leans ? ownLogE : Math.min(0, ownLogE);
    if (!leans) continue;
    n += candidate.n;
    change += candidate.n * (candidate.p75 - baseline.p75);
    before += candidate.n * baseline.p75;
  }
  const effect = n === 0 ? 0 : change / n;
  const effectMin = n === 0 ? 0 : Math.max(limits.effectMin, (limits.relativeEffectMin * before) / n);
  return {
    logE,
    pValue: Math.min(1, Math.exp(-logE)),
    effect,
    relativeEffect: before === 0 ? 0 : change / before,
    isProved: n > 0 && logE > Math.log(1 / limits.alpha),
    // Where many views have the same value (a CLS of 0), fewer than a quarter are above p75 and nothing has changed.
    isRelevant: direction * effect > 0 && direction * effect >= effectMin,
  };
}

/** Widened where the baseline is small, in step with the standard error of its p75. */
function toleranceFor(baselineN: number): number {
  return TOLERANCE * Math.sqrt(Math.max(1, BASELINE_VIEWS / baselineN));
}

/** Tries the same shares with ever more views. */
function viewsNeededFor(usable: readonly ChangeStratum[], n: number, limits: Limits): number | null {
  if (n === 0) return limits.viewsMin;
  for (let views = Math.max(limits.viewsMin, n); views - n <= VIEWS_NEEDED_MAX; views *= VIEWS_GROWTH) {
    const grown = usable.map((stratum) => grow(stratum, views / n));
    if (judge(grown, limits).verdict !== "notEnoughData") return Math.max(1, Math.ceil(views - n));
  }
  return null;
}

function grow({ name, baseline, candidate }: ChangeStratum, factor: number): ChangeStratum {
  return {
    name,
    baseline,
    candidate: { n: candidate.n * factor, k: candidate.k * factor, p75: candidate.p75 },
  };
}

function isUsable({ baseline, candidate }: ChangeStratum, viewsMin: number): boolean {
  return (
    isCount(baseline.n) &&
    baseline.n >= Math.max(1, viewsMin) &&
    isValue(baseline.p75) &&
    isCounter(candidate) &&
    candidate.n >= 1 &&
    isValue(candidate.p75)
  );
}
