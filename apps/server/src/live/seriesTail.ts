import type { RequestSeries } from "@throughline/contract";

/** Rows may come late, and a page may have missed some answers: these points are sent again each time. */
const POINTS = 10;

/** The newest points of a chart. */
export function seriesTail(series: RequestSeries): RequestSeries {
  return {
    timesMs: series.timesMs.slice(-POINTS),
    p50Ms: series.p50Ms.slice(-POINTS),
    p95Ms: series.p95Ms.slice(-POINTS),
    p99Ms: series.p99Ms.slice(-POINTS),
    requestsPerSecond: series.requestsPerSecond.slice(-POINTS),
    errorsPerSecond: series.errorsPerSecond.slice(-POINTS),
  };
}
