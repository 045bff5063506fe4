/** The metric over time, each point with its distribution, so that both sides of any moment can be added up. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import {
  counterAtSize,
  effectiveSize,
  histogramAtSize,
  mergeHistograms,
  quantileOfHistogram,
  wilsonInterval,
  type LogHistogram,
} from "../statistics/index.ts";
import { requestSource } from "../requestFilter.ts";
import { indexOnGrid } from "../timeGrid.ts";
import type { Question } from "./question.ts";

export interface Cell {
  readonly timeMs: number;
  /** Page views or requests. */
  readonly n: number;
  /** So many rows stand for them. */
  readonly stored: number;
  /** Requests that failed; 0 for vitals. */
  readonly failed: number;
  /** In the rollups' unit: nanoseconds, billionths of CLS. */
  readonly histogram: LogHistogram;
}

export interface Level {
  readonly n: number;
  /** Observations that it rests on: fewer than `n` where spans were sampled. */
  readonly effective: number;
  /** In the question's unit. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

interface Row {
  readonly timeMs: number;
  readonly n: number;
  readonly stored: number;
  readonly failed: number;
  readonly buckets: Readonly<Record<string, number>>;
  readonly max: number;
}

/** Oldest first; points without any observation are left out. */
export async function readCells(reader: ScopedReader, question: Question): Promise<Cell[]> {
  const rows = question.isVital ? await vitalCells(reader, question) : await requestCells(reader, question);
  return rows
    .filter(({ n, timeMs }) => n > 0 && indexOnGrid(question.grid, timeMs) !== null)
    .map(({ timeMs, n, stored, failed, buckets, max }) => ({
      timeMs,
      n,
      stored,
      failed,
      histogram: { counts: buckets, max },
    }))
    .toSorted((a, b) => a.timeMs - b.timeMs);
}

const POINT = "toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({step:UInt32}))) * 1000 AS timeMs";
const IN_RANGE = `tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32}
  AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')`;
/** TTFB of soft navigations is reported as 0: nothing was fetched, so it says nothing. */
export const MEASURED = "NOT (metric = 'TTFB' AND navigation_type = 'soft-navigation')";

async function vitalCells(reader: ScopedReader, { grid, source, metric }: Question): Promise<Row[]> {
  return await reader.query<Row>(
    `SELECT ${POINT}, sum(count) AS n, sum(count) AS stored, 0 AS failed, sumMap(r.buckets) AS buckets, 1e300 AS max
     FROM vital_rollups AS r
     WHERE ${IN_RANGE} AND slice = '${source.slice}' AND metric = {metric:String} AND ${MEASURED}${source.where}
     GROUP BY timeMs`,
    { ...grid.params, ...source.params, metric },
    { name: "changes.vitalCells" },
  );
}

async function requestCells(reader: ScopedReader, { grid, service, route }: Question): Promise<Row[]> {
  const { table, where, params } = requestSource({ service, route });
  return await reader.query<Row>(
    `SELECT ${POINT}, sum(count) AS n, sum(r.stored) AS stored, sum(errors) AS failed, sumMap(duration_buckets) AS buckets,
       toFloat64(max(duration_ns_max)) AS max
     FROM ${table} AS r WHERE ${IN_RANGE} ${where} GROUP BY timeMs`,
    { ...grid.params, ...params },
    { name: "changes.requestCells" },
  );
}

/** Of the metric: its quantile. */
export function shareOf({ metric }: Question): number {
  return metric === "p95" ? 0.95 : 0.75;
}

/** What one of the histograms' units is in the question's. */
export function scaleOf({ metric }: Question): number {
  return metric === "CLS" ? 1e9 : 1e6;
}

/** The metric of several cells together, with its 95 % interval. */
export function levelOf(question: Question, cells: readonly Cell[]): Level {
  const n = cells.reduce((sum, cell) => sum + cell.n, 0);
  const effective = effectiveSize(cells);
  if (n === 0) return { n, effective, value: null, low: null, high: null };
  if (question.metric === "errors") {
    const failed = cells.reduce((sum, cell) => sum + cell.failed, 0);
    const seen = counterAtSize({ n, k: failed }, effective);
    const { low, high } = wilsonInterval(seen.k, seen.n);
    return { n, effective, value: (failed / n) * 100, low: low * 100, high: high * 100 };
  }
  const whole = mergeHistograms(cells.map(({ histogram }) => ({ histogram, factor: 1 })));
  const estimate = quantileOfHistogram(histogramAtSize(whole, n, effective), shareOf(question));
  const scaled = (value: number | null) => (value === null ? null : value / scaleOf(question));
  return {
    n,
    effective,
    value: scaled(estimate.value),
    low: scaled(estimate.low),
    high: scaled(estimate.high),
  };
}
