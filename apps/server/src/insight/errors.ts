/** Errors: exceptions alike by fingerprint, and routes that failed without telling why. */
import type { ErrorRow } from "@throughline/contract";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { requestFilter, type RequestFilter } from "./requestFilter.ts";
import { type Routes, traceIdOrNull } from "./routes.ts";
import type { TimeGrid } from "./timeGrid.ts";

const ERRORS_MAX = 20;

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
       SELECT fingerprint, sum(weight) AS n, min(time) AS first_seen, max(time) AS last_seen
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

/**
 * Exceptions and routes that failed, newest first; a route whose exceptions are listed is not listed again.
 * @param asked the routes of the same range
 */
export async function readLatestErrors(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
  asked: Promise<Pick<Routes, "failing">>,
): Promise<ErrorRow[]> {
  const [exceptions, { failing }] = await Promise.all([
    readExceptions(reader, grid, { ...filter, limit: ERRORS_MAX }),
    asked,
  ]);
  const explained = new Set(exceptions.map(({ service, route }) => `${service}\n${route}`));
  const unexplained = failing.filter(({ service, route }) => !explained.has(`${service}\n${route}`));
  return [...exceptions, ...unexplained].toSorted((a, b) => b.lastSeenMs - a.lastSeenMs).slice(0, ERRORS_MAX);
}
