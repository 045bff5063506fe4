/** Requests over time, of the whole range, of the window before it and by service: one statement, since each costs a plan. */
import type { RequestSeries } from "@throughline/contract";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { cellsWithTotalsBefore } from "./activity.ts";
import { DURATION_COLUMNS, percentilesOf, type DurationRow, type Percentiles } from "./buckets.ts";
import { effectiveSize } from "./statistics/index.ts";
import { requestSource, type RequestFilter } from "./requestFilter.ts";
import { indexOnGrid, secondsOfPoint, type TimeGrid } from "./timeGrid.ts";

export interface RequestTotals extends Percentiles {
  readonly requests: number;
  /** Observations that they rest on: fewer where spans were sampled, by service. */
  readonly effective: number;
  readonly failed: number;
  readonly durations: DurationRow;
}

export interface Requests {
  readonly series: RequestSeries;
  readonly current: RequestTotals;
  readonly previous: RequestTotals;
  /** Of the range itself. */
  readonly byService: ReadonlyMap<string, RequestTotals>;
  /** Of the window of the same length just before. */
  readonly previousByService: ReadonlyMap<string, RequestTotals>;
}

export const NO_REQUESTS: RequestTotals = {
  requests: 0,
  effective: 0,
  failed: 0,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  durations: { buckets: {}, maxNs: 0 },
};

type GroupedBy = "point" | "service" | "window";

interface Row extends DurationRow {
  readonly groupedBy: GroupedBy;
  readonly isPrevious: 0 | 1;
  readonly timeMs: number;
  readonly service: string;
  readonly requests: number;
  readonly stored: number;
  readonly failed: number;
}

export async function readRequests(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  nowMs: number,
): Promise<Requests> {
  const { table, where, params } = requestSource(filter);
  const cells = cellsWithTotalsBefore(grid);
  const rows = await reader.query<Row>(
    `SELECT multiIf(grouping(timeMs) = 0, 'point', grouping(service) = 0, 'service', 'window') AS groupedBy,
       time < toDateTime({from:UInt32}, 'UTC') AS isPrevious, service,
       toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({step:UInt32}))) * 1000 AS timeMs,
       sum(count) AS requests, sum(r.stored) AS stored, sum(errors) AS failed, ${DURATION_COLUMNS}
     FROM ${table} AS r
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} ${where} AND ${cells.sql}
     GROUP BY GROUPING SETS ((isPrevious, timeMs), (isPrevious, service), (isPrevious))
     HAVING isPrevious = 0 OR groupedBy != 'point'`,
    { ...grid.params, ...cells.params, ...params },
    { name: "requests" },
  );
  const groups = Map.groupBy(rows, ({ groupedBy }) => groupedBy);
  const windowOf = (wanted: 0 | 1) => {
    const row = groups.get("window")?.find(({ isPrevious }) => isPrevious === wanted);
    if (row === undefined) return NO_REQUESTS;
    const services = (groups.get("service") ?? []).filter(({ isPrevious }) => isPrevious === wanted);
    return totalsOf(row, services);
  };
  const servicesOf = (wanted: 0 | 1) =>
    new Map(
      (groups.get("service") ?? [])
        .filter(({ isPrevious }) => isPrevious === wanted)
        .map((row) => [row.service, totalsOf(row, [row])]),
    );
  return {
    series: seriesOf(groups.get("point") ?? [], grid, nowMs),
    current: windowOf(0),
    previous: windowOf(1),
    byService: servicesOf(0),
    previousByService: servicesOf(1),
  };
}

/** @param parts of it, in each of which spans were sampled alike */
function totalsOf({ requests, failed, buckets, maxNs }: Row, parts: readonly Row[]): RequestTotals {
  const durations = { buckets, maxNs };
  const effective = effectiveSize(parts.map(({ requests: n, stored }) => ({ n, stored })));
  return { requests, effective, failed, ...percentilesOf(durations), durations };
}

function seriesOf(rows: readonly Row[], grid: TimeGrid, nowMs: number): RequestSeries {
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
