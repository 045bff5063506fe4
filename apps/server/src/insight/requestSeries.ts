/** Requests over time: the chart behind overview, service page and monitoring. */
import type { RequestSeries } from "@throughline/contract";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { DURATION_COLUMNS, percentilesOf, type DurationRow } from "./buckets.ts";
import { requestFilter, type RequestFilter } from "./requestFilter.ts";
import { indexOnGrid, secondsOfPoint, type TimeGrid } from "./timeGrid.ts";

interface Row extends DurationRow {
  readonly timeMs: number;
  readonly requests: number;
  readonly failed: number;
}

export async function readRequestSeries(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  nowMs: number,
): Promise<RequestSeries> {
  const { where, params } = requestFilter(filter);
  const rows = await reader.query<Row>(
    `SELECT toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({step:UInt32}))) * 1000 AS timeMs,
       sum(count) AS requests, sum(errors) AS failed, ${DURATION_COLUMNS}
     FROM requests_${grid.rollup}
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} ${where}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
     GROUP BY timeMs`,
    { ...grid.params, ...params },
    { name: "requests.series" },
  );
  const series = emptySeries(grid);
  for (const row of rows) {
    const index = indexOnGrid(grid, row.timeMs);
    if (index === null) continue;
    const seconds = secondsOfPoint(grid, index, nowMs);
    const { p50Ms, p95Ms, p99Ms } = percentilesOf(row);
    series.p50Ms[index] = p50Ms;
    series.p95Ms[index] = p95Ms;
    series.p99Ms[index] = p99Ms;
    series.requestsPerSecond[index] = row.requests / seconds;
    series.errorsPerSecond[index] = row.failed / seconds;
  }
  return series;
}

function emptySeries(grid: TimeGrid): RequestSeries {
  return {
    timesMs: [...grid.timesMs],
    p50Ms: grid.timesMs.map(() => null),
    p95Ms: grid.timesMs.map(() => null),
    p99Ms: grid.timesMs.map(() => null),
    requestsPerSecond: grid.timesMs.map(() => 0),
    errorsPerSecond: grid.timesMs.map(() => 0),
  };
}
