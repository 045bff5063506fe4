/**
 * Statistics: which numbers may be believed. Pure functions, no I/O, no clock; which of them answers which question, and
 * how often each is wrong, is in docs/decisions/0012-statistics.md.
 *
 * All of them take what comes: what is no value or no count (`sound.ts`) is left out, nothing is ever NaN, and nothing is
 * judged on fewer than `VIEWS_MIN` views.
 */
export { ratesByBand, rankCorrelation, wilsonInterval } from "./association.ts";
export type { Band, BandCounts, RankCorrelation } from "./association.ts";
export { budgetCountsOfHistogram, budgetCountsOfSamples, budgetVerdict } from "./budget.ts";
export type { BudgetCounts, BudgetOptions, BudgetVerdict } from "./budget.ts";
export { findChangePoints, type ChangePoint, type ChangePointOptions } from "./changePoints.ts";
export { judgeChange, MINIMUM_EFFECT } from "./changeVerdict.ts";
export type {
  ChangeOptions,
  ChangeStratum,
  ChangeVerdict,
  Evidence,
  StratumEvidence,
} from "./changeVerdict.ts";
export { dailyChangePoints, stratifiedDailyP75 } from "./dailySeries.ts";
export type { DailyChangePoint, SeriesDay, StratumDay } from "./dailySeries.ts";
export { countExceedances, exceedShareInterval, logEValue, mergeCounters } from "./eValue.ts";
export type { ExceedanceCounter, ShareInterval } from "./eValue.ts";
export { benjaminiHochberg, type CorrectedTest } from "./falseDiscovery.ts";
export { countUpTo, mergeHistograms, sizeOf, valueAtRank, type LogHistogram } from "./histogram.ts";
export { decomposeQuantile, decomposeShare } from "./mixShift.ts";
export type { DurationStratum, MixShift, MixShiftCause, MixShiftOptions, ShareStratum } from "./mixShift.ts";
export { orderStatisticRanks, P75, quantileOfHistogram, quantileOfSamples, VIEWS_MIN } from "./quantile.ts";
export type { QuantileEstimate } from "./quantile.ts";
export { counterAtSize, effectiveSize, histogramAtSize, type SampledCount } from "./sampled.ts";
export { overallScore } from "./score.ts";
export type { OverallScore, VitalAtP75, VitalScore } from "./score.ts";
