/**
 * Evidence against "a share p0 of the views is above the mark", in favour of another share: the e-value of the
 * beta-binomial mixture. Under p0 its mean is 1 at every look, so it exceeds 1/α at any time with a chance of at most α
 * (Ville): it may be looked at after every view. Method: Howard et al. 2021 (arXiv 1810.08240), Lindon et al. 2022 (arXiv
 * 2205.14762, Netflix' canaries).
 */
import { isCounter, isValue } from "./sound.ts";
import { lnBeta, log1pMinus, stirlingError } from "./specialFunctions.ts";

/** Prior of the share above the mark: mean 0.25, wide. */
const A = 2.5;
const B = 7.5;
const PRIOR_CONSTANT = 0.5 * Math.log(2 * Math.PI) - lnBeta(A, B);
const BISECTIONS = 60;
/** Below it quotients overflow; 2^53 views can tell no share from it. */
const P0_MIN = 1e-100;

/** Of n views, k were above the mark. Adds up over minutes and instances. */
export interface ExceedanceCounter {
  readonly n: number;
  readonly k: number;
}

export function mergeCounters(counters: readonly ExceedanceCounter[]): ExceedanceCounter {
  return counters
    .filter(isCounter)
    .reduce((sum, { n, k }) => ({ n: sum.n + n, k: sum.k + k }), { n: 0, k: 0 });
}

/** @param mark in the unit of the values, usually the baseline's p75 */
export function countExceedances(values: readonly number[], mark: number): ExceedanceCounter {
  const known = values.filter(isValue);
  return { n: known.length, k: known.filter((value) => value > mark).length };
}

/**
 * log E = lnBeta(k + a, n − k + b) − lnBeta(a, b) − (k ln p0 + (n − k) ln(1 − p0)), with a = 2.5 and b = 7.5.
 *
 * Computed as the formula's Stirling form, in which the parts as large as n have cancelled: as written it is off by
 * whole units from n = 10^15 on.
 * @param p0 0..1, both excluded
 * @returns 0, no evidence, of counts that contradict themselves, and of p0 that is no share
 */
export function logEValue({ n, k }: ExceedanceCounter, p0: number): number {
  if (!isCounter({ n, k }) || !(p0 >= P0_MIN && p0 < 1)) return 0;
  const x = k + A;
  const y = n - k + B;
  const sum = n + A + B;
  const distance = x - sum * p0;
  const likelihoodRatio =
    ((distance / sum) * (k - n * p0)) / (p0 * (1 - p0)) +
    k * log1pMinus(distance / (sum * p0)) +
    (n - k) * log1pMinus(-distance / (sum * (1 - p0)));
  return (
    likelihoodRatio +
    (A - 0.5) * Math.log(x / sum) +
    (B - 0.5) * Math.log(y / sum) -
    0.5 * Math.log(sum) +
    (stirlingError(x) + stirlingError(y) - stirlingError(sum)) +
    PRIOR_CONSTANT
  );
}

export interface ShareInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The shares that the evidence does not speak against: {p0: E(p0) < 1/α}. Holds at all looks together with confidence
 * 1 − α, unlike an ordinary interval. Null without views.
 * @param alpha 0..1, both excluded
 */
export function exceedShareInterval(counter: ExceedanceCounter, alpha: number): ShareInterval | null {
  const { n, k } = counter;
  if (!isCounter(counter) || n < 1 || !(alpha > 0 && alpha < 1)) return null;
  const value = k / n;
  const limit = Math.log(1 / alpha);
  const isRuledOut = (p0: number): boolean => logEValue(counter, p0) >= limit;
  return {
    value,
    low: k === 0 ? 0 : bisect(0, value, isRuledOut),
    high: k === n ? 1 : bisect(1, value, isRuledOut),
  };
}

/** Bound between `outside`, where it is ruled out, and `inside`, where it is not: log E is convex in p0. */
function bisect(outside: number, inside: number, isRuledOut: (p0: number) => boolean): number {
  let [out, within] = [outside, inside];
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (out + within) / 2;
    if (middle <= 0 || middle >= 1) break;
    if (isRuledOut(middle)) out = middle;
    else within = middle;
  }
  return out;
}
