/**
 * Simulated traffic for the operating points: loading times are log-normal with a median of 1800 ms and σ = 0.6 (p75 about
 * 2700 ms), as in the research that the recipes come from.
 */
import { judgeChange, type ChangeVerdict } from "./changeVerdict.ts";
import { dailyChangePoints, type StratumDay } from "./dailySeries.ts";
import { logEValue } from "./eValue.ts";
import { quantileOfHistogram, quantileOfSamples } from "./quantile.ts";
import { histogramOf, type RandomValues } from "./testRig.ts";

const MEDIAN_MS = 1800;
const SIGMA = 0.6;
const ALPHA = 0.01;
const LOOK_EVERY = 50;
const LOOKS = 200;

export function sampleP75(random: RandomValues, views: number): number {
  return quantileOfSamples(drawViews(random, views)).value ?? 0;
}

export function drawViews(random: RandomValues, views: number, factor = 1): number[] {
  return Array.from({ length: views }, () => random.logNormal(MEDIAN_MS * factor, SIGMA));
}

/** Views until the evidence (e-value alone) and until the whole verdict; Infinity where neither within 10 000. */
export interface ReleaseTrial {
  readonly worseProvedAfter: number;
  readonly betterProvedAfter: number;
  readonly verdict: ChangeVerdict["verdict"] | null;
  readonly verdictAfter: number;
}

/** One release whose times are `factor` times those before, looked at every 50 views. */
export function simulateRelease(
  random: RandomValues,
  baseline: { readonly n: number; readonly p75: number },
  factor: number,
): ReleaseTrial {
  const seen: number[] = [];
  let k = 0;
  let worseProvedAfter = Infinity;
  let betterProvedAfter = Infinity;
  for (let look = 1; look <= LOOKS; look++) {
    for (const valueMs of drawViews(random, LOOK_EVERY, factor)) {
      seen.push(valueMs);
      if (valueMs > baseline.p75) k++;
    }
    const n = seen.length;
    const isWorse = k / n > 0.27 && logEValue({ n, k }, 0.27) > Math.log(1 / ALPHA);
    const isBetter = k / n < 0.23 && logEValue({ n, k }, 0.23) > Math.log(1 / ALPHA);
    if (isWorse) worseProvedAfter = Math.min(worseProvedAfter, n);
    if (isBetter) betterProvedAfter = Math.min(betterProvedAfter, n);
    if (!isWorse && !isBetter) continue;
    // Without proof there is no such verdict, so the whole question is asked only with it.
    const p75 = quantileOfHistogram(histogramOf(seen)).value ?? 0;
    const { verdict } = judgeChange([{ name: "all", baseline, candidate: { n, k, p75 } }], {
      effectMin: 100,
    });
    if (verdict === "regressed" || verdict === "improved")
      return { worseProvedAfter, betterProvedAfter, verdict, verdictAfter: n };
  }
  return { worseProvedAfter, betterProvedAfter, verdict: null, verdictAfter: Infinity };
}

/** Phones are slower, and more of the visitors on weekends. */
const DEVICES = [
  { stratum: "desktop", medianMs: 1500, weekdayShare: 0.65, weekendShare: 0.35 },
  { stratum: "mobile", medianMs: 2300, weekdayShare: 0.35, weekendShare: 0.65 },
] as const;

export interface HistoryDay {
  readonly stratified: readonly StratumDay[];
  readonly raw: StratumDay;
}

/** Days of views; from `changeDay` on everything takes `factor` times as long. */
export function simulateHistory(
  random: RandomValues,
  {
    days,
    viewsPerDay,
    changeDay,
    factor,
  }: { days: number; viewsPerDay: number; changeDay: number; factor: number },
): HistoryDay[] {
  return Array.from({ length: days }, (_, index) => {
    const day = String(index).padStart(4, "0");
    const isWeekend = index % 7 >= 5;
    const views = DEVICES.map(({ stratum, medianMs, weekdayShare, weekendShare }) => {
      const n = Math.round(viewsPerDay * (isWeekend ? weekendShare : weekdayShare));
      const level = medianMs * (index >= changeDay ? factor : 1);
      return { stratum, values: Array.from({ length: n }, () => random.logNormal(level, SIGMA)) };
    });
    const rowOf = (stratum: string, values: readonly number[]): StratumDay => ({
      day,
      stratum,
      n: values.length,
      p75: quantileOfSamples(values).value ?? 0,
    });
    return {
      stratified: views.map(({ stratum, values }) => rowOf(stratum, values)),
      raw: rowOf(
        "all",
        views.flatMap(({ values }) => values),
      ),
    };
  });
}

/** Days from the change until a change point within two days of it is told, asked once a day; Infinity if never. */
export function daysUntilFound(
  history: readonly HistoryDay[],
  changeDay: number,
  pick: "stratified" | "raw",
): number {
  for (let today = changeDay + 1; today <= history.length; today++) {
    const rows = history.slice(0, today).flatMap((day) => day[pick]);
    const found = dailyChangePoints(rows).some(({ day }) => Math.abs(Number(day) - changeDay) <= 2);
    if (found) return today - changeDay;
  }
  return Infinity;
}
