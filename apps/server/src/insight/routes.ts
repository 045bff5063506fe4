/** The routes that take most of all request time. */
import type { RouteRow } from "@throughline/contract";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import type { Activity } from "./activity.ts";
import { DURATION_COLUMNS, percentilesOf, type DurationRow } from "./buckets.ts";
import { requestFilter, type RequestFilter } from "./requestFilter.ts";
import { coverOf, requestCells } from "./rollups.ts";
import type { TimeGrid } from "./timeGrid.ts";

interface RouteTime {
  readonly service: string;
  readonly route: string;
  readonly totalNs: number;
  readonly allNs: number;
}

interface RouteDetails extends DurationRow {
  readonly service: string;
  readonly route: string;
  readonly requests: number;
  readonly failed: number;
  readonly responseBytes: number;
  readonly slowestTraceId: string;
  readonly lastErrorTraceId: string;
}

/** @param activity tells for how long there was any data: rates are over that time */
export async function readRoutes(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  activity: Promise<Pick<Activity, "activeSeconds">>,
  limit = 20,
): Promise<RouteRow[]> {
  const times = await readRouteTimes(reader, grid, filter, limit);
  if (times.length === 0) return [];
  const [details, { activeSeconds }] = await Promise.all([
    readRouteDetails(reader, grid, filter, times),
    activity,
  ]);
  return times.flatMap((time) => {
    const row = details.get(routeKey(time));
    return row === undefined ? [] : [toRouteRow(time, row, activeSeconds)];
  });
}

/** Which routes: their times alone are a small part of what the rollups hold. */
async function readRouteTimes(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  limit: number,
): Promise<RouteTime[]> {
  const { where, params } = requestFilter(filter);
  const cover = [coverOf(grid.range.fromMs, grid.range.toMs, grid.rollup)];
  const cells = requestCells(cover, "service, route, duration_ns_sum", where);
  return await reader.query<RouteTime>(
    `SELECT service, route, sum(duration_ns_sum) AS totalNs, sum(totalNs) OVER () AS allNs
     FROM ${cells.sql} GROUP BY service, route ORDER BY totalNs DESC, service, route LIMIT {limit:UInt32}`,
    { ...cells.params, ...params, limit },
    { name: "requests.routeTimes" },
  );
}

async function readRouteDetails(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  times: readonly RouteTime[],
): Promise<ReadonlyMap<string, RouteDetails>> {
  const { where, params } = requestFilter(filter);
  const cover = [coverOf(grid.range.fromMs, grid.range.toMs, grid.rollup)];
  const cells = requestCells(
    cover,
    `service, route, count, errors, duration_ns_max, duration_buckets, response_bytes, slowest_trace, last_error_trace`,
    `${where} AND service IN {services:Array(String)} AND route IN {routes:Array(String)}`,
  );
  const rows = await reader.query<RouteDetails>(
    `SELECT service, route, sum(count) AS requests, sum(errors) AS failed, sum(response_bytes) AS responseBytes,
       lower(hex(argMaxMerge(slowest_trace))) AS slowestTraceId,
       lower(hex(argMaxMerge(last_error_trace))) AS lastErrorTraceId, ${DURATION_COLUMNS}
     FROM ${cells.sql}
     GROUP BY service, route`,
    {
      ...cells.params,
      ...params,
      services: [...new Set(times.map(({ service }) => service))],
      routes: [...new Set(times.map(({ route }) => route))],
    },
    { name: "requests.routes" },
  );
  return new Map(rows.map((row) => [routeKey(row), row]));
}

const routeKey = ({ service, route }: Pick<RouteTime, "service" | "route">): string => `${service}\n${route}`;

function toRouteRow(time: RouteTime, row: RouteDetails, activeSeconds: number): RouteRow {
  return {
    service: row.service,
    route: row.route,
    requests: row.requests,
    requestsPerSecond: row.requests / activeSeconds,
    ...percentilesOf(row),
    maxMs: row.maxNs / 1e6,
    errors: row.failed,
    errorRatio: row.requests === 0 ? null : row.failed / row.requests,
    timeShare: time.allNs === 0 ? 0 : time.totalNs / time.allNs,
    responseBytesAvg: row.responseBytes === 0 ? null : row.responseBytes / row.requests,
    slowestTraceId: traceIdOrNull(row.slowestTraceId),
    lastErrorTraceId: row.failed === 0 ? null : traceIdOrNull(row.lastErrorTraceId),
  };
}

/** A binary id is all zeros where there is none. */
export function traceIdOrNull(hex: string): string | null {
  return /^0*$/.test(hex) ? null : hex;
}
