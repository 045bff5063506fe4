/** The routes that take most of all request time, and those that failed last. */
import type { ErrorRow, RouteRow } from "@throughline/contract";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import type { Activity } from "./activity.ts";
import { DURATION_COLUMNS, percentilesOf, type DurationRow } from "./buckets.ts";
import { requestFilter, type RequestFilter } from "./requestFilter.ts";
import { type Condition, coverOf, inPieces } from "./rollups.ts";
import type { TimeGrid } from "./timeGrid.ts";

/** Of each list. */
const ROUTES_MAX = 20;

export interface Routes {
  /** Most of all request time first. */
  readonly slowest: readonly RouteRow[];
  /** Those with failed requests, latest failure first. */
  readonly failing: readonly ErrorRow[];
}

interface Ranked {
  readonly service: string;
  readonly route: string;
  readonly totalNs: number;
  readonly allNs: number;
  /** From 1. */
  readonly timeRank: number;
  readonly errorRank: number;
}

interface Details extends DurationRow {
  readonly service: string;
  readonly route: string;
  readonly requests: number;
  readonly failed: number;
  readonly responseBytes: number;
  readonly firstErrorMs: number;
  readonly lastErrorMs: number;
  readonly slowestTraceId: string;
  readonly lastErrorTraceId: string;
}

interface Route extends Ranked, Details {}

/** @param activity tells for how long there was any data: rates are over that time */
export async function readRoutes(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  activity: Promise<Pick<Activity, "activeSeconds">>,
): Promise<Routes> {
  const ranked = await rank(reader, grid, filter);
  if (ranked.length === 0) return { slowest: [], failing: [] };
  const [details, { activeSeconds }] = await Promise.all([
    readDetails(reader, grid, filter, ranked),
    activity,
  ]);
  const routes = ranked.flatMap((each): Route[] => {
    const found = details.get(keyOf(each));
    return found === undefined ? [] : [{ ...each, ...found }];
  });
  return {
    slowest: routes
      .filter(({ timeRank }) => timeRank <= ROUTES_MAX)
      .toSorted((a, b) => a.timeRank - b.timeRank)
      .map((route) => toRouteRow(route, activeSeconds)),
    failing: routes
      .filter(({ failed, errorRank }) => failed > 0 && errorRank <= ROUTES_MAX)
      .toSorted((a, b) => a.errorRank - b.errorRank)
      .map(toErrorRow),
  };
}

/** Which routes: their times alone are a small part of what the rollups hold. */
async function rank(reader: ScopedReader, grid: TimeGrid, filter: RequestFilter): Promise<Ranked[]> {
  const cells = cellsOf(grid, filter);
  return await reader.query<Ranked>(
    `SELECT service, route, sum(duration_ns_sum) AS totalNs, sum(totalNs) OVER () AS allNs,
       row_number() OVER (ORDER BY totalNs DESC, service, route) AS timeRank,
       row_number() OVER (ORDER BY max(last_error_at) DESC NULLS LAST, service, route) AS errorRank
     FROM request_rollups WHERE ${cells.sql}
     GROUP BY service, route
     QUALIFY timeRank <= {limit:UInt32} OR errorRank <= {limit:UInt32}`,
    { ...cells.params, limit: ROUTES_MAX },
    { name: "routes.ranks" },
  );
}

async function readDetails(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  ranked: readonly Ranked[],
): Promise<ReadonlyMap<string, Details>> {
  const cells = cellsOf(grid, filter);
  const rows = await reader.query<Details>(
    `SELECT service, route, sum(count) AS requests, sum(errors) AS failed, sum(response_bytes) AS responseBytes,
       toUnixTimestamp64Milli(ifNull(min(first_error_at), toDateTime64(0, 3, 'UTC'))) AS firstErrorMs,
       toUnixTimestamp64Milli(ifNull(max(last_error_at), toDateTime64(0, 3, 'UTC'))) AS lastErrorMs,
       lower(hex(argMaxMerge(slowest_trace))) AS slowestTraceId,
       lower(hex(argMaxMerge(last_error_trace))) AS lastErrorTraceId, ${DURATION_COLUMNS}
     FROM request_rollups
     WHERE ${cells.sql} AND service IN {services:Array(String)} AND route IN {routes:Array(String)}
     GROUP BY service, route`,
    {
      ...cells.params,
      services: [...new Set(ranked.map(({ service }) => service))],
      routes: [...new Set(ranked.map(({ route }) => route))],
    },
    { name: "routes.details" },
  );
  return new Map(rows.map((row) => [keyOf(row), row]));
}

function cellsOf(grid: TimeGrid, filter: RequestFilter): Condition {
  const { where, params } = requestFilter(filter);
  const inside = inPieces(coverOf(grid.range.fromMs, grid.range.toMs, grid.cellSeconds));
  return {
    sql: `tenant_id = {tenant:String} AND project_id = {project:String} ${where} AND ${inside.sql}`,
    params: { ...inside.params, ...params },
  };
}

const keyOf = ({ service, route }: Pick<Ranked, "service" | "route">): string => `${service}\n${route}`;

function toRouteRow(route: Route, activeSeconds: number): RouteRow {
  return {
    service: route.service,
    route: route.route,
    requests: route.requests,
    requestsPerSecond: route.requests / activeSeconds,
    ...percentilesOf(route),
    maxMs: route.maxNs / 1e6,
    errors: route.failed,
    errorRatio: route.requests === 0 ? null : route.failed / route.requests,
    timeShare: route.allNs === 0 ? 0 : route.totalNs / route.allNs,
    responseBytesAvg: route.responseBytes === 0 ? null : route.responseBytes / route.requests,
    slowestTraceId: traceIdOrNull(route.slowestTraceId),
    lastErrorTraceId: route.failed === 0 ? null : traceIdOrNull(route.lastErrorTraceId),
  };
}

function toErrorRow({
  service,
  route,
  failed,
  firstErrorMs,
  lastErrorMs,
  lastErrorTraceId,
}: Route): ErrorRow {
  return {
    fingerprint: `route ${service} ${route}`,
    type: "Failed requests",
    message: `${failed} ${failed === 1 ? "request" : "requests"} failed without an exception recorded on the span`,
    service,
    route,
    count: failed,
    firstSeenMs: firstErrorMs,
    lastSeenMs: lastErrorMs,
    traceId: traceIdOrNull(lastErrorTraceId),
  };
}

/** A binary id is all zeros where there is none. */
export function traceIdOrNull(hex: string): string | null {
  return /^0*$/.test(hex) ? null : hex;
}
