/** Errors: exceptions alike by fingerprint, and routes that failed without telling why. */
import type { ErrorRow } from "@throughline/contract";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { requestFilter, type RequestFilter } from "./requestFilter.ts";
import { traceIdOrNull } from "./routes.ts";
import type { TimeGrid } from "./timeGrid.ts";

export interface ErrorQuery extends RequestFilter {
  readonly limit: number;
  /** Only what comes after it in the order: last seen first, then by fingerprint. */
  readonly after?: { readonly lastSeenMs: number; readonly fingerprint: string } | undefined;
}

interface ExceptionRow {
  readonly fingerprint: string;
  readonly type: string;
  readonly message: string;
  readonly service: string;
  readonly route: string;
  readonly count: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly traceId: string;
}

/** By last seen, newest first. The text and trace are those of the newest one. */
export async function readExceptions(
  reader: ScopedReader,
  grid: TimeGrid,
  query: ErrorQuery,
): Promise<ErrorRow[]> {
  const { where, params } = requestFilter(query);
  const { after } = query;
  const scope = `tenant_id = {tenant:String} AND project_id = {project:String} ${where}
         AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`;
  // Two steps, so that the long texts are read for the few errors that are shown only.
  const rows = await reader.query<ExceptionRow>(
    `WITH latest AS (
       SELECT fingerprint, count() AS n, min(time) AS first_seen, max(time) AS last_seen
       FROM exceptions WHERE ${scope}
       GROUP BY fingerprint
       ${after === undefined ? "" : "HAVING (toUnixTimestamp64Milli(last_seen), fingerprint) < ({afterMs:Int64}, {afterFingerprint:UInt64})"}
       ORDER BY toUnixTimestamp64Milli(last_seen) DESC, fingerprint DESC LIMIT {limit:UInt32}
     )
     SELECT toString(e.fingerprint) AS fingerprint, any(l.n) AS count,
       toUnixTimestamp64Milli(any(l.first_seen)) AS firstSeenMs, toUnixTimestamp64Milli(any(l.last_seen)) AS lastSeenMs,
       any(e.type) AS type, any(e.message) AS message, any(e.service) AS service, any(e.route) AS route,
       lower(hex(any(e.trace_id))) AS traceId
     FROM exceptions AS e INNER JOIN latest AS l ON e.fingerprint = l.fingerprint AND e.time = l.last_seen
     WHERE ${scope.replaceAll(/\b(tenant_id|project_id|service|route|time) /g, "e.$1 ")}
     GROUP BY e.fingerprint
     ORDER BY lastSeenMs DESC, e.fingerprint DESC`,
    {
      ...params,
      fromMs: grid.range.fromMs,
      toMs: grid.range.toMs,
      limit: query.limit,
      ...(after === undefined
        ? {}
        : { afterMs: after.lastSeenMs, afterFingerprint: BigInt(after.fingerprint) }),
    },
    { name: "errors.exceptions" },
  );
  return rows.map((row) => ({ ...row, traceId: traceIdOrNull(row.traceId) }));
}

interface RouteErrorRow {
  readonly service: string;
  readonly route: string;
  readonly failed: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly traceId: string;
}

/** Routes with failed requests, latest failure first; times are as exact as the range's rollup. */
export async function readFailingRoutes(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  limit: number,
  nowMs: number,
): Promise<ErrorRow[]> {
  const { where, params } = requestFilter(filter);
  const rows = await reader.query<RouteErrorRow>(
    `SELECT service, route, sum(errors) AS failed,
       toUnixTimestamp(min(time)) * 1000 AS firstSeenMs, toUnixTimestamp(max(time)) * 1000 AS lastSeenMs,
       lower(hex(argMaxMerge(last_error_trace))) AS traceId
     FROM requests_${grid.rollup}
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} ${where}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC') AND errors > 0
     GROUP BY service, route
     ORDER BY lastSeenMs DESC, failed DESC, service, route LIMIT {limit:UInt32}`,
    { ...grid.params, ...params, limit },
    { name: "errors.routes" },
  );
  return rows.map(({ service, route, failed, firstSeenMs, lastSeenMs, traceId }) => ({
    fingerprint: `route ${service} ${route}`,
    type: "Failed requests",
    message: `${failed} ${failed === 1 ? "request" : "requests"} failed without an exception recorded on the span`,
    service,
    route,
    count: failed,
    firstSeenMs,
    lastSeenMs: Math.max(lastSeenMs, Math.min(nowMs, lastSeenMs + grid.stepMs - 1)),
    traceId: traceIdOrNull(traceId),
  }));
}

/** Both, newest first; a route whose exceptions are listed is not listed again. */
export async function readLatestErrors(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  nowMs: number,
  limit = 20,
): Promise<ErrorRow[]> {
  const [exceptions, routes] = await Promise.all([
    readExceptions(reader, grid, { ...filter, limit }),
    readFailingRoutes(reader, grid, filter, limit, nowMs),
  ]);
  const explained = new Set(exceptions.map(({ service, route }) => `${service}\n${route}`));
  const unexplained = routes.filter(({ service, route }) => !explained.has(`${service}\n${route}`));
  return [...exceptions, ...unexplained].toSorted((a, b) => b.lastSeenMs - a.lastSeenMs).slice(0, limit);
}
