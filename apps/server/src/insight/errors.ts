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

interface RankedRow {
  readonly fingerprint: string;
  readonly count: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Nanoseconds since 1970, which a number does not hold. */
  readonly lastSeenNs: string;
}

interface NewestRow {
  readonly fingerprint: string;
  readonly type: string;
  readonly message: string;
  readonly service: string;
  readonly route: string;
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
  // Columns, not the aggregates that the second statement names after them.
  const scope = `e.tenant_id = {tenant:String} AND e.project_id = {project:String} ${where.replaceAll(/\b(service|route) =/g, "e.$1 =")}`;
  const ranked = await reader.query<RankedRow>(
    `SELECT toString(fingerprint) AS fingerprint, sum(weight) AS count,
       toUnixTimestamp64Milli(min(time)) AS firstSeenMs, toUnixTimestamp64Milli(max(time)) AS lastSeenMs,
       toString(toUnixTimestamp64Nano(max(time))) AS lastSeenNs
     FROM exceptions AS e
     WHERE ${scope}
       AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
     GROUP BY e.fingerprint
     ${after === undefined ? "" : "HAVING (lastSeenMs, e.fingerprint) < ({afterMs:Int64}, {afterFingerprint:UInt64})"}
     ORDER BY lastSeenMs DESC, e.fingerprint DESC LIMIT {limit:UInt32}`,
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
  if (ranked.length === 0) return [];
  // A statement of its own: with the times given, the engine opens the few days and granules that have them, and the
  // long texts are read for the errors that are shown only.
  const newest = await reader.query<NewestRow>(
    `SELECT toString(fingerprint) AS fingerprint, any(e.type) AS type, any(e.message) AS message,
       any(e.service) AS service, any(e.route) AS route, lower(hex(any(e.trace_id))) AS traceId
     FROM exceptions AS e
     WHERE ${scope} AND e.fingerprint IN {fingerprints:Array(UInt64)}
       AND e.time IN arrayMap(ns -> fromUnixTimestamp64Nano(ns, 'UTC'), {newestNs:Array(Int64)})
       AND (e.fingerprint, e.time) IN arrayZip({fingerprints:Array(UInt64)}, arrayMap(ns -> fromUnixTimestamp64Nano(ns, 'UTC'), {newestNs:Array(Int64)}))
     GROUP BY e.fingerprint`,
    {
      ...params,
      fingerprints: ranked.map(({ fingerprint }) => BigInt(fingerprint)),
      newestNs: ranked.map(({ lastSeenNs }) => BigInt(lastSeenNs)),
    },
    { name: "errors.newest" },
  );
  const texts = new Map(newest.map((row) => [row.fingerprint, row]));
  return ranked.flatMap(({ fingerprint, count, firstSeenMs, lastSeenMs }) => {
    const text = texts.get(fingerprint);
    // Retention may have taken it between the two statements.
    if (text === undefined) return [];
    return [{ ...text, count, firstSeenMs, lastSeenMs, traceId: traceIdOrNull(text.traceId) }];
  });
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
