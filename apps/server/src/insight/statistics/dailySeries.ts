/**
 * One p75 a day out of many strata, such that more phones on a weekend are no slower page: every stratum (device class,
 * kind of navigation) keeps the same weight on all days, its share of all views.
 */
import { findChangePoints, type ChangePoint, type ChangePointOptions } from "./changePoints.ts";
import { VIEWS_MIN } from "./quantile.ts";
import { isCount, isValue } from "./sound.ts";

/** A stratum's p75 of fewer views in a day is mostly luck. */
const STRATUM_VIEWS_MIN = 20;

export interface StratumDay {
  /** In the field's order, e.g. an ISO date: days are sorted by it. */
  readonly day: string;
  readonly stratum: string;
  readonly n: number;
  /** In the metric's unit. */
  readonly p75: number;
}

export interface SeriesDay {
  readonly day: string;
  readonly n: number;
  /** Standardised to the same mix on all days, in the metric's unit. */
  readonly p75: number;
}

/**
 * A day's value is the weighted mean of its strata's p75. Where a stratum is missing on a day, what the others differ from
 * their own levels stands for it: its absence is neither a change nor evidence against one. Days without any stratum
 * of at least 20 views are left out.
 */
export function stratifiedDailyP75(rows: readonly StratumDay[]): SeriesDay[] {
  const usable = rows.filter(({ n, p75 }) => isCount(n) && n >= STRATUM_VIEWS_MIN && isValue(p75));
  const levels = new Map<string, { weight: number; level: number }>();
  const total = usable.reduce((sum, { n }) => sum + n, 0);
  for (const [stratum, days] of Map.groupBy(usable, (row) => row.stratum)) {
    levels.set(stratum, {
      weight: days.reduce((sum, { n }) => sum + n / total, 0),
      level: days.reduce((sum, { p75 }) => sum + p75 / days.length, 0),
    });
  }
  const overall = [...levels.values()].reduce((sum, { weight, level }) => sum + weight * level, 0);
  return [...Map.groupBy(usable, (row) => row.day)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, strata]) => {
      let weights = 0;
      let difference = 0;
      for (const { stratum, p75 } of strata) {
        const { weight, level } = levels.get(stratum) ?? { weight: 0, level: 0 };
        weights += weight;
        difference += weight * (p75 - level);
      }
      return { day, n: strata.reduce((sum, { n }) => sum + n, 0), p75: overall + difference / weights };
    });
}

export interface DailyChangePoint extends ChangePoint {
  /** First day of the new level. */
  readonly day: string;
  /** Views on either side, up to the neighbouring change points. */
  readonly viewsBefore: number;
  readonly viewsAfter: number;
}

/** Change points of the stratified series; none that has fewer than 200 views on either side. */
export function dailyChangePoints(
  rows: readonly StratumDay[],
  options: ChangePointOptions = {},
): DailyChangePoint[] {
  const series = stratifiedDailyP75(rows);
  const points = findChangePoints(
    series.map(({ p75 }) => p75),
    options,
  );
  const viewsOf = (from: number, to: number): number =>
    series.slice(from, to).reduce((sum, { n }) => sum + n, 0);
  return points
    .map((point) => ({
      ...point,
      day: series[point.index]?.day ?? "",
      viewsBefore: viewsOf(point.index - point.beforeCount, point.index),
      viewsAfter: viewsOf(point.index, point.index + point.afterCount),
    }))
    .filter(({ viewsBefore, viewsAfter }) => Math.min(viewsBefore, viewsAfter) >= VIEWS_MIN);
}
