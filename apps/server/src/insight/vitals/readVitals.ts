/** How fast a page is for its visitors: the answer of `GET /api/web-vitals`. */
import {
  rateVital,
  VITAL_THRESHOLDS,
  vitalName,
  type TimeRange,
  type VitalName,
  type VitalReading,
  type VitalsFilter,
  type VitalsPage,
} from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { overallScore, stratifiedDailyP75 } from "../statistics/index.ts";
import { timeGrid } from "../timeGrid.ts";
import { diagnose } from "./diagnose.ts";
import {
  budgetStateOf,
  mixShiftOf,
  releaseOf,
  sinceOf,
  type ReleaseFinding,
  type VitalTarget,
} from "./judge.ts";
import { readCounts, type VitalWindow } from "./readCounts.ts";
import { readHistory, type VitalHistory } from "./readHistory.ts";
import { readSeries } from "./readSeries.ts";
import { withOriginalScripts } from "./originalScripts.ts";
import type { Symbolicate } from "../visits/symbolicate.ts";
import { readSlowest, type SlowView } from "./readSlowest.ts";
import { p75, p75Interval, rounded, unitOf } from "./vitalHistogram.ts";
import { vitalSource, type VitalSource } from "./vitalSource.ts";

/** On each side; below, a 75th percentile differs from the next by luck. */
export const TREND_SAMPLES_MIN = 20;
const TRACES_MAX = 5;
const HOUR_MS = 3_600_000;
const NO_TRACE = "0".repeat(32);

/** The part of the answer that insight knows. */
export type VitalsAnswer = Omit<VitalsPage, "project" | "isVerified">;

export interface VitalsOptions {
  /** Targets of budgets; without one the published thresholds. */
  readonly targetOf?: (metric: VitalName) => VitalTarget;
  /** A month's history, which may be a minute old; without it is read anew. */
  readonly historyOf?: (source: VitalSource, read: () => Promise<VitalHistory>) => Promise<VitalHistory>;
  /** By uploaded source maps; without it scripts keep the addresses that browsers gave. */
  readonly symbolicate?: Symbolicate;
}

export async function readVitals(
  reader: ScopedReader,
  asked: TimeRange,
  filter: VitalsFilter,
  nowMs: number,
  {
    targetOf = publishedTarget,
    historyOf = async (_source, read) => await read(),
    symbolicate = async () => null,
  }: VitalsOptions = {},
): Promise<VitalsAnswer> {
  const grid = timeGrid(asked, nowMs);
  const source = vitalSource(filter);
  const [windows, series, history] = await Promise.all([
    readCounts(reader, grid, source),
    readSeries(reader, grid, source),
    historyOf(source, () => readHistory(reader, source, nowMs)),
  ]);
  const current = windows.filter(({ isPrevious }) => !isPrevious);
  const values = current.map((window) => ({ ...window, value: p75(window.steps) ?? 0 }));
  const views = await withOriginalScripts(await readSlowest(reader, grid, source, values), symbolicate);
  const slowest = Map.groupBy(views, ({ metric }) => metric);
  const hours = Math.max(1, Math.min(nowMs, grid.range.toMs) - grid.range.fromMs) / HOUR_MS;
  const vitals = vitalName.options.flatMap((name): VitalReading[] => {
    const window = values.find(({ metric }) => metric === name);
    if (window === undefined) return [];
    const previous = windows.find(({ metric, isPrevious }) => metric === name && isPrevious);
    const days = history.days.get(name) ?? [];
    const target = targetOf(name);
    return [
      {
        ...readingOf(window, window.value, previous, slowest.get(name) ?? []),
        target: target.target,
        budget: budgetStateOf(window.steps, window.count, target, window.count / hours),
        sparkline: (series.p75.get(name) ?? series.timesMs.map(() => null)).map((value) =>
          value === null ? null : rounded(name, value),
        ),
        ...sinceOf(name, days, history.releases),
        history: stratifiedDailyP75(days).map(({ day, n, p75: value }) => ({
          day,
          n,
          p75: rounded(name, value),
        })),
        ...(filter.release === undefined ? releaseOf(name, history) : ONE_RELEASE),
        mixShift: mixShiftOf(window, previous),
      },
    ];
  });
  const score = overallScore(
    vitals.map(({ name, sampleCount, value }) => ({ name, n: sampleCount, p75: value })),
  );
  return {
    range: grid.range,
    vitals,
    timesMs: [...series.timesMs],
    overallScore: score.score,
    score: { score: score.score, vitals: [...score.vitals] },
    criticalIssues: vitals.filter(({ rating }) => rating === "poor").length,
    lastChecked: new Date(nowMs).toISOString(),
  };
}

const ONE_RELEASE: ReleaseFinding = {
  release: null,
  releaseReason: "Only one release is asked for: leave it out to compare it with the one before.",
};

export function publishedTarget(metric: VitalName): VitalTarget {
  return { target: VITAL_THRESHOLDS[metric].good, budgetId: null };
}

type OwnReading = Omit<
  VitalReading,
  | "target"
  | "budget"
  | "sparkline"
  | "since"
  | "sinceReason"
  | "history"
  | "release"
  | "releaseReason"
  | "mixShift"
>;

function readingOf(
  window: VitalWindow,
  value: number,
  previous: VitalWindow | undefined,
  slow: readonly SlowView[],
): OwnReading {
  const { metric, count, good, poor, steps } = window;
  const finding = diagnose(metric, slow);
  const isDiagnosed = "diagnosis" in finding;
  return {
    name: metric,
    value: rounded(metric, value),
    rating: rateVital(metric, value),
    unit: unitOf(metric),
    trend: trendOf(window, value, previous),
    pageUrl: mostFrequentPage(slow),
    diagnosis: isDiagnosed ? finding.diagnosis : null,
    suggestedFix: isDiagnosed ? finding.suggestedFix : null,
    causeId: isDiagnosed ? finding.causeId : null,
    reason: isDiagnosed ? null : finding.reason,
    sampleCount: count,
    previousSampleCount: previous?.count ?? 0,
    distribution: { good, needsImprovement: count - good - poor, poor },
    interval: intervalOf(window),
    traceIds: [...new Set(slow.map(({ traceId }) => traceId))]
      .filter((id) => id !== NO_TRACE)
      .slice(0, TRACES_MAX),
  };

  function intervalOf({ metric: name }: VitalWindow): VitalReading["interval"] {
    const found = p75Interval(steps);
    return found === null ? null : { low: rounded(name, found.low), high: rounded(name, found.high) };
  }
}

function trendOf(
  { metric, count }: VitalWindow,
  value: number,
  previous: VitalWindow | undefined,
): number | null {
  if (previous === undefined || count < TREND_SAMPLES_MIN || previous.count < TREND_SAMPLES_MIN) return null;
  const before = p75(previous.steps);
  return before === null ? null : rounded(metric, value - before);
}

/** Where the slowest visits were; of equally frequent ones the first in the alphabet. */
function mostFrequentPage(slow: readonly SlowView[]): string {
  const counts = new Map<string, number>();
  for (const { path } of slow) counts.set(path, (counts.get(path) ?? 0) + 1);
  const [first] = [...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  return first?.[0] ?? "";
}
