/**
 * The few special functions that the tests need. Written out because the libraries that have them bring a hundred
 * packages (@stdlib) or no upkeep (jstat); checked against reference values in `specialFunctions.test.ts`.
 */
const HALF_LN_2PI = 0.5 * Math.log(2 * Math.PI);
/** From here on four terms of Stirling's series are exact to a double. */
const STIRLING_FROM = 16;

/** ln Γ(x) for x > 0. */
export function lnGamma(x: number): number {
  return (x - 0.5) * Math.log(x) - x + HALF_LN_2PI + stirlingError(x);
}

/** ln B(a, b) for a, b > 0: the logarithm of the beta function. */
export function lnBeta(a: number, b: number): number {
  const sum = a + b;
  return (
    HALF_LN_2PI +
    (a - 0.5) * Math.log(a / sum) +
    (b - 0.5) * Math.log(b / sum) -
    0.5 * Math.log(sum) +
    (stirlingError(a) + stirlingError(b) - stirlingError(sum))
  );
}

/**
 * ln Γ(x) − [(x − ½) ln x − x + ½ ln 2π], x > 0: what Stirling's formula lacks. Kept apart because the large terms of
 * quotients of gamma functions cancel on paper and must not cancel in the machine.
 */
export function stirlingError(x: number): number {
  if (x < STIRLING_FROM) {
    // Γ(x) = Γ(x + 1) / x, up to where the series holds.
    let shifted = x;
    let product = 1;
    for (; shifted < STIRLING_FROM; shifted++) product *= shifted;
    return lnGamma(shifted) - Math.log(product) - ((x - 0.5) * Math.log(x) - x + HALF_LN_2PI);
  }
  const inverseSquare = 1 / (x * x);
  return (1 / 12 - inverseSquare * (1 / 360 - inverseSquare * (1 / 1260 - inverseSquare / 1680))) / x;
}

/** ln(1 + u) − u for u > −1, exact also where both are nearly equal. */
export function log1pMinus(u: number): number {
  if (Math.abs(u) > 0.5) return Math.log1p(u) - u;
  // ln(1 + u) = 2 artanh(r) with r = u / (2 + u); its first term and u together are −u² / (2 + u).
  const r = u / (2 + u);
  const square = r * r;
  let series = 0;
  for (let odd = 41; odd >= 3; odd -= 2) series = series * square + 1 / odd;
  return r * (2 * square * series - u);
}

/**
 * I_x(a, b), the regularised incomplete beta function, for 0 ≤ x ≤ 1: by its continued fraction (DLMF 8.17.22, Lentz'
 * method), which takes about √max(a, b) steps.
 */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side of the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - lnBeta(a, b)) / a;
  return front / betaFraction(x, a, b);
}

const LENTZ_TINY = 1e-300;
const LENTZ_PRECISION = 1e-14;
const LENTZ_STEPS_MAX = 10_000;

function betaFraction(x: number, a: number, b: number): number {
  let numerator = 1;
  let denominator = 0;
  let value = 1;
  for (let step = 1; step <= LENTZ_STEPS_MAX; step++) {
    const m = Math.floor(step / 2);
    const coefficient =
      step % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    denominator = 1 / nonZero(1 + coefficient * denominator);
    numerator = nonZero(1 + coefficient / numerator);
    value *= numerator * denominator;
    if (Math.abs(numerator * denominator - 1) < LENTZ_PRECISION) break;
  }
  return value;
}

function nonZero(value: number): number {
  return Math.abs(value) < LENTZ_TINY ? LENTZ_TINY : value;
}

/** P(X ≤ k) of n independent trials with chance p: I_{1−p}(n − k, k + 1). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return regularizedBeta(1 - p, n - k, k + 1);
}

/** Two-sided p-value of Student's t with `degreesOfFreedom` > 0: I_{ν/(ν+t²)}(ν/2, ½). */
export function studentPValue(t: number, degreesOfFreedom: number): number {
  return regularizedBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
}

/** P(Z ≤ z) of the standard normal; absolute error below 1e-7 (Abramowitz & Stegun 7.1.26). */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const upperTail = 0.5 * polynomial * Math.exp(-x * x);
  return z < 0 ? upperTail : 1 - upperTail;
}

/** 97.5 % quantile of the standard normal: half the width of a two-sided 95 % interval in standard deviations. */
export const Z_95 = 1.959963984540054;
