/**
 * When did it change, though nobody deployed? Change points of a daily series by E-Divisive (Matteson & James 2013, arXiv
 * 1306.4933) with Hunter's alterations (Fleming et al. 2023, doi 10.1145/3578244.3583719; Apache Otava): Student's t in
 * place of permutations, so the answer is the same every time; overlapping windows; a loose first pass whose weakest
 * points are dropped one by one until all that stay are significant.
 *
 * Two differences: both sides of a point have two days at least, because one odd day is an outlier and no change; and
 * standard deviations are the unbiased ones.
 */
import { isValue } from "./sound.ts";
import { studentPValue } from "./specialFunctions.ts";

const WINDOW_LENGTH = 50;
const P_VALUE_MAX = 0.001;
const FIRST_PASS_FACTOR = 10;
const RELATIVE_EFFECT_MIN = 0.05;
const SIDE_MIN = 2;

export interface ChangePointOptions {
  /** Of Student's t between the neighbouring stretches. */
  readonly pValueMax?: number;
  /** Smaller changes are not told, as a share of the level before. */
  readonly relativeEffectMin?: number;
  /** Points that the first pass looks at together. */
  readonly windowLength?: number;
}

export interface ChangePoint {
  /** Index of the first value of the new level. */
  readonly index: number;
  /** Mean of the values between the previous change point and this one, and from here to the next. */
  readonly before: number;
  readonly after: number;
  /** after / before − 1; null where the level before is 0. */
  readonly relativeEffect: number | null;
  /**
   * Of Student's t between both stretches. The place was chosen for its contrast, so it is too small to be taken
   * literally: the measured false-alarm rate is in docs/decisions/0012-statistics.md.
   */
  readonly pValue: number;
  /** Number of values on either side. */
  readonly beforeCount: number;
  readonly afterCount: number;
}

/** @param series one value a day in order of time, without gaps; with one that is no value (`sound.ts`) there are none */
export function findChangePoints(
  series: readonly number[],
  {
    pValueMax = P_VALUE_MAX,
    relativeEffectMin = RELATIVE_EFFECT_MIN,
    windowLength = WINDOW_LENGTH,
  }: ChangePointOptions = {},
): ChangePoint[] {
  if (!series.every(isValue)) return [];
  const weak = weakPoints(series, Math.max(2 * SIDE_MIN, windowLength), pValueMax * FIRST_PASS_FACTOR);
  return dropWeakest(series, weak, pValueMax, relativeEffectMin);
}

/** First pass: windows that overlap by half, so that a change near a window's end is in the middle of the next. */
function weakPoints(series: readonly number[], windowLength: number, pValueMax: number): number[] {
  const found = new Set<number>();
  const step = Math.floor(windowLength / 2);
  for (let start = 0; start < series.length;) {
    const window = series.slice(start, start + windowLength);
    const points = divide(window, pValueMax).map((index) => index + start);
    for (const point of points) found.add(point);
    start = Math.max(points.at(-1) ?? 0, start + step);
  }
  return [...found].sort((a, b) => a - b);
}

/** E-Divisive: splits at the greatest contrast of all stretches as long as that is significant. */
function divide(window: readonly number[], pValueMax: number): number[] {
  const bounds = [0, window.length];
  for (;;) {
    let best: { index: number; contrast: number; from: number; to: number } | null = null;
    for (let at = 1; at < bounds.length; at++) {
      const [from, to] = [bounds[at - 1] ?? 0, bounds[at] ?? 0];
      const candidate = greatestContrast(window.slice(from, to));
      if (candidate !== null && candidate.contrast > (best?.contrast ?? -Infinity))
        best = { index: from + candidate.index, contrast: candidate.contrast, from, to };
    }
    if (best === null) break;
    const point = compare(window, best.from, best.index, best.to);
    if (!(point.pValue < pValueMax)) break;
    bounds.push(best.index);
    bounds.sort((a, b) => a - b);
  }
  return bounds.slice(1, -1);
}

/**
 * The split (τ, κ) of values 0..τ against τ..κ whose scaled energy distance is greatest:
 * mn/(m+n) · (2·mean|X−Y| − mean|X−X'| − mean|Y−Y'|).
 */
export function greatestContrast(values: readonly number[]): { index: number; contrast: number } | null {
  const length = values.length;
  // within[t][k]: sum of the distances of all pairs in t..k.
  const within = pairSums(values);
  let best: { index: number; contrast: number } | null = null;
  for (let split = SIDE_MIN; split <= length - SIDE_MIN; split++) {
    const left = within(0, split);
    for (let end = split + SIDE_MIN; end <= length; end++) {
      const right = within(split, end);
      const across = within(0, end) - left - right;
      const [m, n] = [split, end - split];
      const contrast =
        (2 * across) / (m + n) - (2 * n * left) / ((m + n) * (m - 1)) - (2 * m * right) / ((m + n) * (n - 1));
      if (best === null || contrast > best.contrast) best = { index: split, contrast };
    }
  }
  return best;
}

function pairSums(values: readonly number[]): (from: number, to: number) => number {
  const size = values.length + 1;
  const sums = new Float64Array(size * size);
  for (let to = 1; to <= values.length; to++) {
    let toLast = 0;
    for (let from = to - 1; from >= 0; from--) {
      toLast += Math.abs((values[from] ?? 0) - (values[to - 1] ?? 0));
      sums[from * size + to] = (sums[from * size + to - 1] ?? 0) + toLast;
    }
  }
  return (from, to) => sums[from * size + to] ?? 0;
}

/** Second pass, over the whole series: without a point its neighbours have longer stretches, so they are compared anew. */
function dropWeakest(
  series: readonly number[],
  indexes: readonly number[],
  pValueMax: number,
  relativeEffectMin: number,
): ChangePoint[] {
  let kept = [...indexes];
  while (kept.length > 0) {
    const points = kept.map((index, at) =>
      compare(series, kept[at - 1] ?? 0, index, kept[at + 1] ?? series.length),
    );
    const leastSure = points.reduce((a, b) => (b.pValue > a.pValue ? b : a));
    const smallest = points.reduce((a, b) => (magnitude(b) < magnitude(a) ? b : a));
    const isSure = leastSure.pValue < pValueMax;
    if (isSure && magnitude(smallest) >= relativeEffectMin) return points;
    const dropped = isSure ? smallest : leastSure;
    kept = kept.filter((index) => index !== dropped.index);
  }
  return [];
}

/** |after / before − 1|; from 0 to anything else is endless. */
function magnitude({ before, after, relativeEffect }: ChangePoint): number {
  if (relativeEffect !== null) return Math.abs(relativeEffect);
  return before === after ? 0 : Infinity;
}

/** Student's t with pooled variance between from..index and index..to. */
function compare(series: readonly number[], from: number, index: number, to: number): ChangePoint {
  const left = momentsOf(series.slice(from, index));
  const right = momentsOf(series.slice(index, to));
  const degreesOfFreedom = left.count + right.count - 2;
  const variance = (left.squares + right.squares) / degreesOfFreedom;
  const difference = right.mean - left.mean;
  const standardError = Math.sqrt(variance * (1 / left.count + 1 / right.count));
  const pValue =
    degreesOfFreedom <= 0 || difference === 0
      ? 1
      : standardError === 0
        ? 0
        : studentPValue(difference / standardError, degreesOfFreedom);
  return {
    index,
    before: left.mean,
    after: right.mean,
    relativeEffect: left.mean === 0 ? null : difference / left.mean,
    pValue,
    beforeCount: left.count,
    afterCount: right.count,
  };
}

/** Mean, and sum of squared distances from it. */
function momentsOf(values: readonly number[]): { count: number; mean: number; squares: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { count: values.length, mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}
