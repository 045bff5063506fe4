/**
 * Vitals over weeks: whole days, each with its strata (kind of device, kind of navigation), so that a weekend with more
 * phones is no slower page. Short ranges have too few days to tell one from another.
 */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import {
  dailyChangePoints,
  decomposeQuantile,
  findChangePoints,
  mergeHistograms,
  MINIMUM_EFFECT,
  type LogHistogram,
  type MixShift,
  quantileOfHistogram,
  sizeOf,
  VIEWS_MIN,
} from "../statistics/index.ts";
import { STRATUM } from "../vitals/readCounts.ts";
import { MEASURED, scaleOf } from "./cells.ts";
import type { Question } from "./question.ts";

const DAY_MS = 86_400_000;
/** From so many days on the days are compared instead of stretches of the course. */
const LONG_RANGE_DAYS = 14;
/** Fewer days show no level. */
const DAYS_MIN = 8;
const RELATIVE_EFFECT_MIN = 0.05;

export interface DayStratum {
  /** Start of the day, UTC. */
  readonly dayMs: number;
  readonly stratum: string;
  /** In the rollups' unit. */
  readonly histogram: LogHistogram;
}

/** @returns null for ranges and metrics that are not answered by days: then nothing was asked */
export async function readDays(
  reader: ScopedReader,
  question: Question,
  nowMs: number,
): Promise<DayStratum[] | null> {
  const { grid, source, metric, isVital } = question;
  const fromMs = Math.ceil(grid.range.fromMs / DAY_MS) * DAY_MS;
  // The day that is not over has the morning's visitors only.
  const toMs = Math.floor(Math.min(grid.range.toMs, nowMs) / DAY_MS) * DAY_MS;
  if (!isVital || grid.range.toMs - grid.range.fromMs < LONG_RANGE_DAYS * DAY_MS) return null;
  const rows = await reader.query<{
    readonly dayMs: number;
    readonly stratum: string;
    readonly n: number;
    readonly buckets: Readonly<Record<string, number>>;
  }>(
    `SELECT toUnixTimestamp(r.time) * 1000 AS dayMs, ${STRATUM}, sum(count) AS n, sumMap(r.buckets) AS buckets
     FROM vital_rollups AS r
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400
       AND r.time >= toDateTime({fromDay:UInt32}, 'UTC') AND r.time < toDateTime({toDay:UInt32}, 'UTC')
       AND slice = '${source.slice}' AND metric = {metric:String} AND ${MEASURED}${source.where}
     GROUP BY dayMs, stratum HAVING n > 0`,
    { ...source.params, metric, fromDay: fromMs / 1000, toDay: Math.max(fromMs, toMs) / 1000 },
    { name: "changes.days" },
  );
  return rows.map(({ dayMs, stratum, buckets }) => ({
    dayMs,
    stratum,
    histogram: { counts: buckets, max: 1e300 },
  }));
}

export interface DailyPoint {
  /** First day of the new level. */
  readonly startMs: number;
  /** Levels before and after at the same mix, in the question's unit. */
  readonly before: number;
  readonly after: number;
}

export interface DailyPoints {
  readonly points: readonly DailyPoint[];
  /** Why there is none; null when there is one. */
  readonly reason: string | null;
}

/** Change points of the daily p75 at one mix of strata. */
export function dailyPoints(question: Question, days: readonly DayStratum[]): DailyPoints {
  const scale = scaleOf(question);
  const strata = days.map(({ dayMs, stratum, histogram }) => ({
    day: new Date(dayMs).toISOString(),
    stratum,
    n: sizeOf(histogram),
    p75: (quantileOfHistogram(histogram).value ?? 0) / scale,
  }));
  const points = dailyChangePoints(strata, { relativeEffectMin: RELATIVE_EFFECT_MIN }).map(
    ({ day, before, after }) => ({ startMs: Date.parse(day), before, after }),
  );
  if (points.length > 0) return { points, reason: null };
  const known = new Set(strata.flatMap(({ day, n }) => (n >= 20 ? [day] : [])));
  if (known.size < DAYS_MIN)
    return {
      points,
      reason: `Not enough data for change points: ${known.size} of the ${DAYS_MIN} whole days that it takes have 20 page views or more of one kind of device. Choose a longer range.`,
    };
  return {
    points,
    reason: movedAtAll(days)
      ? "The number moved because its visitors did: at the same mix of devices and kinds of navigation every day, no change point is proved."
      : "No change point is proved in this range: what goes up and down here may be chance.",
  };
}

/** Whether the days have a change point when nobody asks who the visitors were. */
function movedAtAll(days: readonly DayStratum[]): boolean {
  const daily = [...Map.groupBy(days, ({ dayMs }) => dayMs)]
    .toSorted(([a], [b]) => a - b)
    .map(([, of]) => quantileOfHistogram(wholeOf(of)).value ?? 0);
  return findChangePoints(daily, { relativeEffectMin: RELATIVE_EFFECT_MIN }).length > 0;
}

export interface DailyVerdict {
  readonly verdict: "worse" | "better" | "no-change" | "not-enough-data";
  readonly reason: string;
  /** In the question's unit. */
  readonly afterAtSameMix: number | null;
}

/** Whether the page changed, told apart from a change of its visitors. */
export function verdictOfDays(question: Question, days: readonly DayStratum[], atMs: number): DailyVerdict {
  const shift = sharesOfChange(question, days, atMs);
  if (shift === null) {
    const sides = [wholeOf(daysBefore(days, atMs)), wholeOf(daysAfter(days, atMs))];
    const [before = 0, after = 0] = sides.map(sizeOf);
    return {
      verdict: "not-enough-data",
      reason: `${VIEWS_MIN} page views on whole days of each side are needed to tell a change from chance; there are ${before} before and ${after} after.`,
      afterAtSameMix: null,
    };
  }
  const scale = scaleOf(question);
  const afterAtSameMix = shift.standardised / scale;
  const isWorse = shift.within > 0;
  switch (shift.cause) {
    case "page":
      return {
        verdict: isWorse ? "worse" : "better",
        reason: "The page's own part, at the visitors of before, is beyond chance.",
        afterAtSameMix,
      };
    case "both":
      return {
        verdict: isWorse ? "worse" : "better",
        reason: "The page's own part is beyond chance; other visitors moved the number, too.",
        afterAtSameMix,
      };
    case "traffic":
      return {
        verdict: "no-change",
        reason: "The visitors changed; at those of before no change of the page is proved.",
        afterAtSameMix,
      };
    case "none":
      return {
        verdict: "no-change",
        reason: "At the visitors of before there is no difference that anybody could notice.",
        afterAtSameMix,
      };
    case "unknown":
      return {
        verdict: "not-enough-data",
        reason: "The page's own part may matter and may be chance: it takes more page views.",
        afterAtSameMix,
      };
    default:
      return shift.cause satisfies never;
  }
}

/**
 * What of the difference between the whole days before a moment and those after it is the page's own, in the rollups'
 * unit. The day that the moment is in belongs to neither side.
 * @returns null with fewer than 200 page views on a side
 */
function sharesOfChange(question: Question, days: readonly DayStratum[], atMs: number): MixShift | null {
  const strata = [...Map.groupBy(days, ({ stratum }) => stratum)].map(([name, of]) => ({
    name,
    before: wholeOf(daysBefore(of, atMs)),
    after: wholeOf(daysAfter(of, atMs)),
  }));
  const { metric } = question;
  if (metric === "p95" || metric === "errors") return null;
  return decomposeQuantile(strata, undefined, { effectMin: MINIMUM_EFFECT[metric] * scaleOf(question) });
}

const daysBefore = (days: readonly DayStratum[], atMs: number): DayStratum[] =>
  days.filter(({ dayMs }) => dayMs + DAY_MS <= atMs);
const daysAfter = (days: readonly DayStratum[], atMs: number): DayStratum[] =>
  days.filter(({ dayMs }) => dayMs >= atMs);

function wholeOf(days: readonly DayStratum[]): LogHistogram {
  return mergeHistograms(days.map(({ histogram }) => ({ histogram, factor: 1 })));
}
