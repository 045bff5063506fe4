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
import { exceedShareInterval, logEValue, mergeCounters, type ShareInterval } from "./eValue.ts";
import { VIEWS_MIN } from "./quantile.ts";

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
  { alpha = ALPHA, viewsMin = VIEWS_MIN, effectMin = 0, relativeEffectMin = RELATIVE_EFFECT_MIN }: ChangeOptions,
): ChangeVerdict {
  const limits: Limits = { alpha, viewsMin, effectMin, relativeEffectMin };
  const whole = judge(strata, limits);
  const eachLimits = { ...limits, alpha: alpha / Math.max(1, strata.length) };
  return {
    ...whole,
    viewsNeeded: whole.verdict === "notEnoughData" ? viewsNeededFor(strata, limits) : 0,
    strata: strata.map((stratum) => ({ name: stratum.name, ...judge([stratum], eachLimits) })),
  };
}

function judge(strata: readonly ChangeStratum[], limits: Limits): StratumEvidence {
  const usable = strata.filter((stratum) => isUsable(stratum, limits.viewsMin));
  const counter = mergeCounters(usable.map(({ candidate }) => candidate));
  const exceedShare = exceedShareInterval(counter, limits.alpha);
  const worse = evidenceOf(usable, limits, 1);
  const better = evidenceOf(usable, limits, -1);
  return {
    verdict: counter.n < limits.viewsMin ? "notEnoughData" : verdictOf(worse, better, isNoChange(usable, exceedShare)),
    baselineN: usable.reduce((sum, { baseline }) => sum + baseline.n, 0),
    n: counter.n,
    exceedShare,
    worse,
    better,
  };
}

/** What got worse is said first: another stratum that got better does not make up for it. */
function verdictOf(worse: Evidence, better: Evidence, isNoChange: boolean): StratumEvidence["verdict"] {
  if (worse.isProved && worse.isRelevant) return "regressed";
  if (better.isProved && better.isRelevant) return "improved";
  return isNoChange || worse.isProved || better.isProved ? "noChange" : "notEnoughData";
}

/** A relevant share is ruled out, also if p75 before was as uncertain as a small baseline makes it. */
function isNoChange(strata: readonly ChangeStratum[], share: ShareInterval | null): boolean {
  if (share === null) return false;
  const views = strata.reduce((sum, { candidate }) => sum + candidate.n, 0);
  const widened = strata.reduce(
    (sum, { baseline, candidate }) => sum + (candidate.n / views) * (toleranceFor(baseline.n) - TOLERANCE),
    0,
  );
  const distance = RELEVANT_SHARE_DISTANCE - widened;
  return share.low >= SHARE_ABOVE - distance && share.high <= SHARE_ABOVE + distance;
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
  return {
    logE,
    pValue: Math.min(1, Math.exp(-logE)),
    effect,
    relativeEffect: before === 0 ? 0 : change / before,
    isProved: n > 0 && logE > Math.log(1 / limits.alpha),
    isRelevant:
      n > 0 && direction * effect >= Math.max(limits.effectMin, (limits.relativeEffectMin * before) / n),
  };
}

/** Widened where the baseline is small, in step with the standard error of its p75. */
function toleranceFor(baselineN: number): number {
  return TOLERANCE * Math.sqrt(Math.max(1, BASELINE_VIEWS / baselineN));
}

/** Tries the same shares with ever more views. */
function viewsNeededFor(strata: readonly ChangeStratum[], limits: Limits): number | null {
  const usable = strata.filter((stratum) => isUsable(stratum, limits.viewsMin));
  const n = mergeCounters(usable.map(({ candidate }) => candidate)).n;
  if (n === 0) return limits.viewsMin;
  const total = Math.max(limits.viewsMin, n);
  for (let views = total; views - n <= VIEWS_NEEDED_MAX; views *= VIEWS_GROWTH) {
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
    Number.isFinite(baseline.n) &&
    baseline.n >= Math.max(1, viewsMin) &&
    isValue(baseline.p75) &&
    Number.isFinite(candidate.n) &&
    candidate.n > 0 &&
    candidate.k >= 0 &&
    candidate.k <= candidate.n &&
    isValue(candidate.p75)
  );
}

function isValue(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}
