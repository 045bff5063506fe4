/**
 * Did the page change, or its visitors? A change of the whole is split in two by standardising to the mix before: what the
 * strata (device, country, kind of navigation) did at the old mix is the page's part, the rest is the traffic's. What a
 * stratum contributes by both growing and getting slower goes to the traffic's part.
 */
import { countUpTo, mergeHistograms, sizeOf, valueAtRank, type LogHistogram } from "./histogram.ts";
import { P75, VIEWS_MIN } from "./quantile.ts";
import { isCounter } from "./sound.ts";
import { Z_95 } from "./specialFunctions.ts";

const RELATIVE_EFFECT_MIN = 0.05;
/** Agresti & Coull's two successes and two failures: a stratum of three views, all fast, is not certain to be fast. */
const PRIOR_SUCCESSES = 2;
const PRIOR_VIEWS = 4;

/** `unknown`: the page's part is large enough to matter and too uncertain to be told from nothing. */
export type MixShiftCause = "page" | "traffic" | "both" | "none" | "unknown";

export interface MixShift {
  readonly before: number;
  readonly after: number;
  /** What `after` would be with the mix of before. */
  readonly standardised: number;
  /** standardised − before: the page's part, with its 95 % interval. */
  readonly within: number;
  readonly withinLow: number;
  readonly withinHigh: number;
  /** after − standardised: the traffic's part. */
  readonly mix: number;
  readonly cause: MixShiftCause;
  readonly strata: readonly MixShiftStratum[];
}

export interface MixShiftStratum {
  readonly name: string;
  /** Share of all views, 0..1. */
  readonly shareBefore: number;
  readonly shareAfter: number;
  /** The stratum's own value (p75, or share of views); null where it had no views. */
  readonly before: number | null;
  readonly after: number | null;
}

export interface DurationStratum {
  readonly name: string;
  readonly before: LogHistogram;
  readonly after: LogHistogram;
}

export interface MixShiftOptions {
  /** A change below it does not count, in the unit of the values. */
  readonly effectMin?: number;
  /** The same as a share of the value before. */
  readonly relativeEffectMin?: number;
  readonly viewsMin?: number;
}

/**
 * The change of a quantile of all views, in the histograms' unit. The interval is Woodruff's (1952): the quantile's share
 * of views ± 1.96 standard errors, read back from the standardised distribution; both sides' errors added in squares.
 * A stratum without views afterwards is taken as unchanged.
 * @returns null with too few views on either side
 */
export function decomposeQuantile(
  strata: readonly DurationStratum[],
  share = P75,
  { effectMin = 0, relativeEffectMin = RELATIVE_EFFECT_MIN, viewsMin = VIEWS_MIN }: MixShiftOptions = {},
): MixShift | null {
  const sized = strata.map((stratum) => ({
    ...stratum,
    sizeBefore: sizeOf(stratum.before),
    sizeAfter: sizeOf(stratum.after),
  }));
  const sizeBefore = sized.reduce((sum, stratum) => sum + stratum.sizeBefore, 0);
  const sizeAfter = sized.reduce((sum, stratum) => sum + stratum.sizeAfter, 0);
  if (sizeBefore < Math.max(1, viewsMin) || sizeAfter < Math.max(1, viewsMin)) return null;

  const mixture = (side: "before" | "after"): Mixture =>
    sized
      .filter((stratum) => stratum.sizeBefore > 0)
      .map((stratum) => {
        const hasViews = side === "after" && stratum.sizeAfter > 0;
        return {
          histogram: hasViews ? stratum.after : stratum.before,
          size: hasViews ? stratum.sizeAfter : stratum.sizeBefore,
          weight: stratum.sizeBefore / sizeBefore,
        };
      });
  const before = weightedQuantile(mixture("before"), share);
  const standardised = weightedQuantile(mixture("after"), share);
  const allAfter = mergeHistograms(sized.map(({ after }) => ({ histogram: after, factor: 1 })));
  const after = valueAtRank(allAfter, share * sizeAfter) ?? 0;
  return {
    ...partsOf({
      before: before.value,
      after,
      standardised: standardised.value,
      withinError: Math.hypot(before.error, standardised.error),
      limit: Math.max(effectMin, relativeEffectMin * before.value),
    }),
    strata: sized.map((stratum) => ({
      name: stratum.name,
      shareBefore: stratum.sizeBefore / sizeBefore,
      shareAfter: stratum.sizeAfter / sizeAfter,
      before: valueAtRank(stratum.before, share * stratum.sizeBefore),
      after: valueAtRank(stratum.after, share * stratum.sizeAfter),
    })),
  };
}

type Mixture = readonly {
  readonly histogram: LogHistogram;
  readonly size: number;
  readonly weight: number;
}[];

/** Quantile of a weighted mixture, and half the width of its 95 % interval. */
function weightedQuantile(mixture: Mixture, share: number): { value: number; error: number } {
  const whole = mergeHistograms(
    mixture.map(({ histogram, size, weight }) => ({ histogram, factor: weight / size })),
  );
  const value = valueAtRank(whole, share) ?? 0;
  const variance = mixture.reduce(
    (sum, { histogram, size, weight }) =>
      sum + weight ** 2 * varianceOfShare(countUpTo(histogram, value), size),
    0,
  );
  const reach = Z_95 * Math.sqrt(variance);
  const low = valueAtRank(whole, Math.max(0, share - reach)) ?? value;
  const high = valueAtRank(whole, Math.min(1, share + reach)) ?? value;
  return { value, error: (high - low) / 2 };
}

export interface ShareStratum {
  readonly name: string;
  /** Of n views, k were of the kind asked for (poor, good, with an error). */
  readonly before: { readonly n: number; readonly k: number };
  readonly after: { readonly n: number; readonly k: number };
}

/**
 * The change of a share of all views, 0..1: Kitagawa's decomposition (1955) with the mix before as the standard. It is
 * additive: within = Σ w·(r' − r), mix = Σ (w' − w)·r'.
 * @returns null with too few views on either side
 */
export function decomposeShare(
  strata: readonly ShareStratum[],
  { effectMin = 0.01, relativeEffectMin = 0, viewsMin = VIEWS_MIN }: MixShiftOptions = {},
): MixShift | null {
  const sound = strata.filter(({ before, after }) => isCounter(before) && isCounter(after));
  const nBefore = sound.reduce((sum, stratum) => sum + stratum.before.n, 0);
  const nAfter = sound.reduce((sum, stratum) => sum + stratum.after.n, 0);
  if (nBefore < Math.max(1, viewsMin) || nAfter < Math.max(1, viewsMin)) return null;

  let standardised = 0;
  let variance = 0;
  for (const { before, after } of sound) {
    const weight = before.n / nBefore;
    const seen = after.n > 0 ? after : before;
    if (seen.n === 0) continue;
    standardised += weight * (seen.k / seen.n);
    variance += weight ** 2 * (varianceOfShare(before.k, before.n) + varianceOfShare(seen.k, seen.n));
  }
  const before = sound.reduce((sum, stratum) => sum + stratum.before.k, 0) / nBefore;
  return {
    ...partsOf({
      before,
      after: sound.reduce((sum, stratum) => sum + stratum.after.k, 0) / nAfter,
      standardised,
      withinError: Z_95 * Math.sqrt(variance),
      limit: Math.max(effectMin, relativeEffectMin * before),
    }),
    strata: sound.map(({ name, before, after }) => ({
      name,
      shareBefore: before.n / nBefore,
      shareAfter: after.n / nAfter,
      before: before.n === 0 ? null : before.k / before.n,
      after: after.n === 0 ? null : after.k / after.n,
    })),
  };
}

interface Parts {
  readonly before: number;
  readonly after: number;
  readonly standardised: number;
  readonly withinError: number;
  readonly limit: number;
}

function partsOf({ before, after, standardised, withinError, limit }: Parts): Omit<MixShift, "strata"> {
  const within = standardised - before;
  const mix = after - standardised;
  return {
    before,
    after,
    standardised,
    within,
    withinLow: within - withinError,
    withinHigh: within + withinError,
    mix,
    cause: causeOf(Math.abs(within) >= limit, Math.abs(within) > withinError, Math.abs(mix) >= limit),
  };
}

function causeOf(isPageRelevant: boolean, isPageProved: boolean, isTrafficRelevant: boolean): MixShiftCause {
  if (isPageRelevant && isPageProved) return isTrafficRelevant ? "both" : "page";
  if (isTrafficRelevant) return "traffic";
  return isPageRelevant ? "unknown" : "none";
}

function varianceOfShare(k: number, n: number): number {
  const size = n + PRIOR_VIEWS;
  const share = (k + PRIOR_SUCCESSES) / size;
  return (share * (1 - share)) / size;
}
