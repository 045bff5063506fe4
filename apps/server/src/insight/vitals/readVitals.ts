/** How fast a page is for its visitors: the answer of `GET /api/web-vitals`. */
import {
  rateVital,
  VITAL_THRESHOLDS,
  vitalName,
  type TimeRange,
  type VitalReading,
  type VitalsFilter,
  type VitalsPage,
} from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { timeGrid } from "../timeGrid.ts";
import { diagnose } from "./diagnose.ts";
import { readCounts, type VitalWindow } from "./readCounts.ts";
import { readSlowest, type SlowView } from "./readSlowest.ts";
import { overallScore } from "./score.ts";
import { p75, p75Interval, unitOf } from "./vitalHistogram.ts";
import { vitalSource } from "./vitalSource.ts";

/** On each side; below, a 75th percentile differs from the next by luck. */
export const TREND_SAMPLES_MIN = 20;
const TRACES_MAX = 5;
const NO_TRACE = "0".repeat(32);

export async function readVitals(
  reader: ScopedReader,
  asked: TimeRange,
  filter: VitalsFilter,
  nowMs: number,
): Promise<Omit<VitalsPage, "project" | "isVerified">> {
  const grid = timeGrid(asked, nowMs);
  const source = vitalSource(filter);
  const windows = await readCounts(reader, grid, source);
  const current = windows.filter(({ isPrevious }) => !isPrevious);
  const values = current.map((window) => ({ ...window, value: p75(window.steps) ?? 0 }));
  const slowest = Map.groupBy(await readSlowest(reader, grid, source, values), ({ metric }) => metric);
  const vitals = vitalName.options.flatMap((name): VitalReading[] => {
    const window = values.find(({ metric }) => metric === name);
    const previous = windows.find(({ metric, isPrevious }) => metric === name && isPrevious);
    return window === undefined ? [] : [readingOf(window, window.value, previous, slowest.get(name) ?? [])];
  });
  return {
    range: grid.range,
    vitals,
    overallScore: overallScore(vitals),
    criticalIssues: vitals.filter(({ rating }) => rating === "poor").length,
    lastChecked: new Date(nowMs).toISOString(),
  };
}

function readingOf(
  window: VitalWindow,
  value: number,
  previous: VitalWindow | undefined,
  slow: readonly SlowView[],
): VitalReading {
  const { metric, count, good, poor, steps } = window;
  const finding = diagnose(metric, slow);
  const isDiagnosed = "diagnosis" in finding;
  return {
    name: metric,
    value: rounded(metric, value),
    rating: rateVital(metric, value),
    target: VITAL_THRESHOLDS[metric].good,
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

/** Tenths of a millisecond; CLS to four digits. */
function rounded(metric: VitalWindow["metric"], value: number): number {
  const digits = metric === "CLS" ? 1e4 : 10;
  return Math.round(value * digits) / digits;
}
