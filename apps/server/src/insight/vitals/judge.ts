/** From counts to verdicts: budget, since when, which release, page or visitors. Pure. */
import type {
  BudgetState,
  ReleaseVerdict,
  VitalMixShift,
  VitalName,
  VitalSince,
} from "@throughline/contract";
import {
  budgetVerdict,
  dailyChangePoints,
  decomposeQuantile,
  judgeChange,
  MINIMUM_EFFECT,
  P75,
  VIEWS_MIN,
  type ChangeStratum,
  type StratumDay,
} from "../statistics/index.ts";
import type { VitalWindow } from "./readCounts.ts";
import type { ReleaseCounts, ReleaseSeen, VitalHistory } from "./readHistory.ts";
import {
  addCounts,
  countOver,
  NO_COUNTS,
  p75,
  rounded,
  SCALE,
  stepsOfBuckets,
  unitOf,
} from "./vitalHistogram.ts";
import type { Step, VitalCounts } from "./vitalHistogram.ts";

const DAY_MS = 86_400_000;
/** A release further away from a change point did not make it. */
const NEAR_DAYS = 2;

export interface VitalTarget {
  readonly target: number;
  /** Null: the published threshold. */
  readonly budgetId: string | null;
}

/** @param viewsPerHour in the range, for when it will be known */
export function budgetStateOf(
  steps: readonly Step[],
  count: number,
  { target, budgetId }: VitalTarget,
  viewsPerHour: number,
): BudgetState {
  const counts = { n: count, overCount: Math.round(countOver(steps, target)) };
  const { verdict, overShare, unknownBecause, viewsNeeded, knownInMs } = budgetVerdict(counts, {
    viewsPerHour,
  });
  return { state: verdict, target, budgetId, overShare, unknownBecause, viewsNeeded, knownInMs };
}

export interface Since {
  readonly since: VitalSince | null;
  readonly sinceReason: string | null;
}

/** The newest change point of the daily series. */
export function sinceOf(
  metric: VitalName,
  days: readonly StratumDay[],
  releases: readonly ReleaseSeen[],
): Since {
  const views = days.reduce((sum, { n }) => sum + n, 0);
  if (views < 2 * VIEWS_MIN)
    return {
      since: null,
      sinceReason: `Since when takes ${2 * VIEWS_MIN} page views on whole days; there are ${views}.`,
    };
  const point = dailyChangePoints(days).at(-1);
  const dayCount = new Set(days.map(({ day }) => day)).size;
  if (point === undefined)
    return {
      since: null,
      sinceReason: `No lasting change within the last ${dayCount} whole days with visits.`,
    };
  const { day, before, after, relativeEffect, pValue, viewsBefore, viewsAfter } = point;
  const atMs = Date.parse(`${day}T00:00:00Z`);
  const change = { relativeEffect, pValue, viewsBefore, viewsAfter };
  return {
    since: {
      day,
      atMs,
      before: rounded(metric, before),
      after: rounded(metric, after),
      ...change,
      nearestRelease: nearest(releases, atMs),
    },
    sinceReason: null,
  };
}

/** Of the day's middle; the oldest release that is known may have been there before. */
function nearest(releases: readonly ReleaseSeen[], dayMs: number): VitalSince["nearestRelease"] {
  const distance = ({ firstSeenMs }: ReleaseSeen): number => Math.abs(firstSeenMs - (dayMs + DAY_MS / 2));
  const [found] = releases
    .slice(0, -1)
    .filter((release) => distance(release) <= NEAR_DAYS * DAY_MS)
    .sort((a, b) => distance(a) - distance(b));
  return found === undefined ? null : { release: found.release, firstSeenMs: found.firstSeenMs };
}

export interface ReleaseFinding {
  readonly release: ReleaseVerdict | null;
  readonly releaseReason: string | null;
}

/** The newest release against the one before it, within device and kind of navigation. */
export function releaseOf(metric: VitalName, { compared }: VitalHistory): ReleaseFinding {
  const own = compared?.counts.filter((row) => row.metric === metric) ?? [];
  if (compared === null)
    return {
      release: null,
      releaseReason: "Fewer than two releases were seen: set the release in the SDK to compare them.",
    };
  const { newest, previous } = compared;
  const sides = { newest: own.filter(isOf(newest)), previous: own.filter(isOf(previous)) };
  if (sides.newest.length === 0 || sides.previous.length === 0)
    return {
      release: null,
      releaseReason: `No page view reported ${metric} for ${sides.newest.length === 0 ? newest : previous} yet.`,
    };
  const strata = sides.newest.flatMap((row) => stratumOf(row, sides.previous));
  const { verdict, exceedShare, worse, better, viewsNeeded } = judgeChange(strata, {
    effectMin: MINIMUM_EFFECT[metric],
  });
  const [now, before] = [totalOf(sides.newest), totalOf(sides.previous)];
  return {
    release: {
      verdict,
      release: newest,
      previousRelease: previous,
      p75: roundedP75(metric, now),
      previousP75: roundedP75(metric, before),
      n: now.count,
      previousN: before.count,
      exceedShare,
      pValue: Math.min(worse.pValue, better.pValue),
      viewsNeeded,
    },
    releaseReason: null,
  };
}

const isOf =
  (release: string) =>
  (row: ReleaseCounts): boolean =>
    row.release === release;

function stratumOf(row: ReleaseCounts, previous: readonly ReleaseCounts[]): ChangeStratum[] {
  const { metric, stratum } = row;
  const before = previous.find((other) => other.stratum === stratum);
  if (before === undefined) return [];
  const mark = p75(stepsOfBuckets(metric, before));
  const steps = stepsOfBuckets(metric, row);
  const own = p75(steps);
  if (mark === null || own === null) return [];
  const k = Math.min(row.count, Math.round(countOver(steps, mark)));
  return [
    {
      name: stratum,
      baseline: { n: before.count, p75: mark },
      candidate: { n: row.count, k, p75: own },
    },
  ];
}

function totalOf(rows: readonly ReleaseCounts[]): VitalCounts {
  return rows.reduce<VitalCounts>(addCounts, NO_COUNTS);
}

function roundedP75(metric: VitalName, counts: VitalCounts): number | null {
  const value = p75(stepsOfBuckets(metric, counts));
  return value === null ? null : rounded(metric, value);
}

/** Against the period before. Null with too few page views on either side. */
export function mixShiftOf(window: VitalWindow, previous: VitalWindow | undefined): VitalMixShift | null {
  if (previous === undefined) return null;
  const { metric } = window;
  const scale = SCALE[unitOf(metric)];
  const histogramOf = ({ strata }: VitalWindow, name: string) => ({
    counts: strata.find(({ stratum }) => stratum === name)?.buckets ?? {},
    max: Number.POSITIVE_INFINITY,
  });
  const names = new Set([...window.strata, ...previous.strata].map(({ stratum }) => stratum));
  const found = decomposeQuantile(
    [...names].map((name) => ({
      name,
      before: histogramOf(previous, name),
      after: histogramOf(window, name),
    })),
    P75,
    { effectMin: MINIMUM_EFFECT[metric] * scale },
  );
  if (found === null) return null;
  const inUnit = (value: number): number => rounded(metric, value / scale);
  return {
    cause: found.cause,
    within: inUnit(found.within),
    withinLow: inUnit(found.withinLow),
    withinHigh: inUnit(found.withinHigh),
    mix: inUnit(found.mix),
    strata: found.strata.map(({ name, shareBefore, shareAfter }) => ({ name, shareBefore, shareAfter })),
  };
}
