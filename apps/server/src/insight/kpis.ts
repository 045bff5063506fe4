/** Key numbers: value, the same before, how it changed, what it rests on, or why there is none yet. */
import type { Kpi, RequestSeries } from "@throughline/contract";
import type { Activity } from "./activity.ts";
import type { RequestTotals } from "./requests.ts";
import type { TimeGrid } from "./timeGrid.ts";

/** A percentile q of fewer than 1 / (1 - q) samples is just the largest of them. */
const SAMPLES_MIN = { p50: 2, p95: 20 } as const;

const NO_REQUESTS = "No requests in this range. Spans of kind server count as requests.";

interface KpiFacts {
  readonly grid: TimeGrid;
  readonly current: RequestTotals;
  readonly previous: RequestTotals;
  readonly series: RequestSeries;
  readonly activity: Activity;
}

type Draft = Omit<Kpi, "changeRatio">;

export function requestKpis(facts: KpiFacts): Kpi[] {
  return [requestRate(facts), latency(facts, "p50"), latency(facts, "p95"), errorRate(facts)].map(withChange);
}

export function signalKpis(facts: KpiFacts): Kpi[] {
  return [spanRate(facts), logErrors(facts)].map(withChange);
}

function requestRate({ grid, current, previous, series, activity }: KpiFacts): Draft {
  return {
    id: "requests",
    title: "Requests",
    unit: "/s",
    better: "neither",
    value: current.requests / activity.activeSeconds,
    previous: isPreviousWhole(grid, activity) ? previous.requests / windowSeconds(grid) : null,
    sampleCount: current.requests,
    sparkline: series.requestsPerSecond,
    reason: current.requests === 0 ? NO_REQUESTS : null,
  };
}

function latency({ current, previous, series }: KpiFacts, percentile: "p50" | "p95"): Draft {
  const key = `${percentile}Ms` as const;
  const needed = SAMPLES_MIN[percentile];
  const hasEnough = current.effective >= needed;
  const missing =
    current.requests === 0
      ? NO_REQUESTS
      : `Only ${Math.floor(current.effective)} of the ${needed} requests that a ${percentile} needs.`;
  return {
    id: percentile,
    title: `Response time ${percentile}`,
    unit: "ms",
    better: "lower",
    value: hasEnough ? current[key] : null,
    previous: previous.effective >= needed ? previous[key] : null,
    sampleCount: current.requests,
    sparkline: series[key],
    reason: hasEnough ? null : missing,
  };
}

function errorRate({ current, previous, series }: KpiFacts): Draft {
  return {
    id: "errors",
    title: "Failed requests",
    unit: "%",
    better: "lower",
    value: percent(current),
    previous: percent(previous),
    sampleCount: current.requests,
    sparkline: series.errorsPerSecond.map((errors, index) => {
      const requests = series.requestsPerSecond[index] ?? 0;
      return requests === 0 ? null : (errors / requests) * 100;
    }),
    reason: current.requests === 0 ? NO_REQUESTS : null,
  };
}

function spanRate({ grid, activity }: KpiFacts): Draft {
  return {
    id: "spans",
    title: "Spans",
    unit: "/s",
    better: "neither",
    value: activity.current.spans / activity.activeSeconds,
    previous: isPreviousWhole(grid, activity) ? activity.previous.spans / windowSeconds(grid) : null,
    sampleCount: activity.current.spans,
    sparkline: activity.spansBySlot.map((spans) => spans / activity.slotSeconds),
    reason: activity.current.spans === 0 ? "No spans in this range." : null,
  };
}

function logErrors({ grid, activity }: KpiFacts): Draft {
  return {
    id: "logErrors",
    title: "Error logs",
    unit: "count",
    better: "lower",
    value: activity.current.logErrors,
    previous: isPreviousWhole(grid, activity) ? activity.previous.logErrors : null,
    sampleCount: activity.current.logs,
    sparkline: [...activity.logErrorsBySlot],
    reason: activity.current.logs === 0 ? "No logs in this range." : null,
  };
}

function withChange(draft: Draft): Kpi {
  const { value, previous } = draft;
  const isComparable = value !== null && previous !== null && previous !== 0;
  return { ...draft, changeRatio: isComparable ? value / previous - 1 : null };
}

function percent({ requests, failed }: RequestTotals): number | null {
  return requests === 0 ? null : (failed / requests) * 100;
}

function windowSeconds({ range }: TimeGrid): number {
  return (range.toMs - range.fromMs) / 1000;
}

/** A window that data began in can't be compared by rates and counts. One step of silence at its start is allowed. */
function isPreviousWhole(grid: TimeGrid, { firstMs }: Activity): boolean {
  return firstMs !== null && firstMs <= grid.previousFromMs + grid.stepMs;
}
