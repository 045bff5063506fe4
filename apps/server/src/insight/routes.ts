/** The routes that take most of all request time. */
import type { RouteRow } from "@throughline/contract";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import type { Activity } from "./activity.ts";
import { bucketQuantilesSql } from "./buckets.ts";
import { requestFilter, type RequestFilter } from "./requestFilter.ts";
import { coverOf, requestCells } from "./rollups.ts";
import type { TimeGrid } from "./timeGrid.ts";

interface Row {
  readonly service: string;
  readonly route: string;
  readonly requests: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number;
  readonly failed: number;
  readonly totalNs: number;
  readonly allNs: number;
  readonly responseBytes: number;
  readonly slowestTraceId: string;
  readonly lastErrorTraceId: string;
}

export async function readRoutes(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  activity: Promise<Pick<Activity, "activeSeconds">>,
  limit = 20,
): Promise<RouteRow[]> {
  const { where, params } = requestFilter(filter);
  const cover = [coverOf(grid.range.fromMs, grid.range.toMs, grid.rollup)];
  const times = requestCells(cover, "service, route, duration_ns_sum", where);
  const cells = requestCells(
    cover,
    `service, route, count, errors, duration_ns_sum, duration_ns_max, duration_buckets, response_bytes,
       slowest_trace, last_error_trace`,
    where,
  );
  const asked = reader.query<Row>(
    `WITH slowest AS (
       SELECT service, route, sum(duration_ns_sum) AS total, sum(total) OVER () AS all_total
       FROM ${times.sql} GROUP BY service, route ORDER BY total DESC, service, route LIMIT {limit:UInt32}
     )
     SELECT service, route, sum(count) AS requests, sum(errors) AS failed, sum(duration_ns_sum) AS totalNs,
       (SELECT any(all_total) FROM slowest) AS allNs, max(duration_ns_max) / 1e6 AS maxMs,
       sum(response_bytes) AS responseBytes, lower(hex(argMaxMerge(slowest_trace))) AS slowestTraceId,
       lower(hex(argMaxMerge(last_error_trace))) AS lastErrorTraceId,
       sumMap(duration_buckets) AS buckets,
       ${bucketQuantilesSql("buckets", "max(duration_ns_max)")}
     FROM ${cells.sql}
     WHERE (service, route) IN (SELECT service, route FROM slowest)
     GROUP BY service, route
     ORDER BY totalNs DESC, service, route`,
    { ...cells.params, ...params, limit },
    { name: "requests.routes" },
  );
  const [rows, { activeSeconds }] = await Promise.all([asked, activity]);
  return rows.map((row) => ({
    service: row.service,
    route: row.route,
    requests: row.requests,
    requestsPerSecond: row.requests / activeSeconds,
    p50Ms: row.p50Ms,
    p95Ms: row.p95Ms,
    p99Ms: row.p99Ms,
    maxMs: row.maxMs,
    errors: row.failed,
    errorRatio: row.requests === 0 ? null : row.failed / row.requests,
    timeShare: row.allNs === 0 ? 0 : row.totalNs / row.allNs,
    responseBytesAvg: row.responseBytes === 0 ? null : row.responseBytes / row.requests,
    slowestTraceId: traceIdOrNull(row.slowestTraceId),
    lastErrorTraceId: row.failed === 0 ? null : traceIdOrNull(row.lastErrorTraceId),
  }));
}

/** A binary id is all zeros where there is none. */
export function traceIdOrNull(hex: string): string | null {
  return /^0*$/.test(hex) ? null : hex;
}
