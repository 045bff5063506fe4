/** One group of errors: its course, releases, routes and newest occurrences with their stacks. */
import type { CodePlace, ErrorOccurrence, ErrorPage, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { traceIdOrNull } from "../routes.ts";
import { indexOnGrid, timeGrid, type TimeGrid } from "../timeGrid.ts";
import { stackFrames } from "../visits/stackFrames.ts";
import type { Symbolicate } from "../visits/symbolicate.ts";
import { DAYS, errorCells, GROUP_COLUMNS, knownCount, SCOPED, type GroupTotals } from "./errorCells.ts";
import { readNames } from "./readNames.ts";

const RELEASES_MAX = 50;
const ROUTES_MAX = 20;
const OCCURRENCES_MAX = 10;
const IS_THIS = "fingerprint = {fingerprint:UInt64}";

interface About {
  readonly reader: ScopedReader;
  readonly grid: TimeGrid;
  readonly fingerprint: bigint;
}

export interface ErrorGroup extends Pick<
  ErrorPage,
  "range" | "series" | "releases" | "routes" | "occurrences"
> {
  readonly error: Omit<ErrorPage["error"], "state">;
}

/** @param fingerprint a decimal number. @returns null where no such error is known */
export async function readErrorGroup(
  reader: ScopedReader,
  range: TimeRange,
  fingerprint: string,
  symbolicate: Symbolicate,
  nowMs: number,
): Promise<ErrorGroup | null> {
  const grid = timeGrid(range, nowMs);
  const names = await readNames(reader, [fingerprint]);
  const name = names.get(fingerprint);
  if (name === undefined) return null;
  const about = { reader, grid, fingerprint: BigInt(fingerprint) };
  const [totals, series, releases, routes, occurrences] = await Promise.all([
    readTotals(about),
    readSeries(about),
    readReleases(about),
    readRoutes(about),
    readOccurrences(about, name.service, symbolicate),
  ]);
  return {
    range: grid.range,
    error: {
      ...name,
      source: totals?.origin === "browser" || name.service === "browser" ? "browser" : "server",
      count: totals?.n ?? 0,
      unhandled: totals?.unhandled ?? 0,
      users: knownCount(totals?.userCount ?? 0),
      sessions: knownCount(totals?.sessionCount ?? 0),
      traceId: totals === null ? null : traceIdOrNull(totals.traceId),
    },
    series,
    releases,
    routes,
    occurrences,
  };
}

/** Null without any in the range. */
async function readTotals({
  reader,
  grid,
  fingerprint,
}: About): Promise<(GroupTotals & { unhandled: number }) | null> {
  const cells = errorCells(grid);
  const [row] = await reader.query<GroupTotals & { unhandled: number }>(
    `SELECT ${GROUP_COLUMNS}, sum(escaped) AS unhandled FROM error_rollups WHERE ${cells.sql} AND ${IS_THIS}`,
    { ...cells.params, fingerprint },
    { name: "error.totals" },
  );
  return row === undefined || row.n === 0 ? null : row;
}

async function readSeries({ reader, grid, fingerprint }: About): Promise<ErrorPage["series"]> {
  const rows = await reader.query<{ atMs: number; n: number }>(
    `SELECT toInt64(intDiv(toUnixTimestamp(time), {step:UInt32})) * {step:UInt32} * 1000 AS atMs, sum(e.count) AS n
     FROM error_rollups AS e
     WHERE ${SCOPED} AND step_seconds = {cell:UInt32}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC') AND ${IS_THIS}
     GROUP BY atMs`,
    { ...grid.params, fingerprint },
    { name: "error.series" },
  );
  const counts = grid.timesMs.map(() => 0);
  for (const { atMs, n } of rows) {
    const index = indexOnGrid(grid, atMs);
    if (index !== null) counts[index] = n;
  }
  return { timesMs: [...grid.timesMs], counts };
}

async function readReleases({ reader, fingerprint }: About): Promise<ErrorPage["releases"]> {
  return await reader.query<ErrorPage["releases"][number]>(
    `SELECT toString(service_version) AS release, sum(e.count) AS count,
       toUnixTimestamp64Milli(min(first_at)) AS firstSeenMs, toUnixTimestamp64Milli(max(last_at)) AS lastSeenMs
     FROM error_rollups AS e WHERE ${DAYS} AND ${IS_THIS}
     GROUP BY service_version ORDER BY lastSeenMs DESC, release LIMIT ${RELEASES_MAX}`,
    { fingerprint },
    { name: "error.releases" },
  );
}

async function readRoutes({ reader, grid, fingerprint }: About): Promise<ErrorPage["routes"]> {
  return await reader.query<ErrorPage["routes"][number]>(
    `SELECT pair.1 AS route, pair.2 AS count
     FROM (
       SELECT arrayJoin(CAST(sumMap(routes), 'Array(Tuple(String, UInt64))')) AS pair
       FROM error_rollups
       WHERE ${DAYS} AND time >= toStartOfDay(toDateTime({from:UInt32}, 'UTC')) AND time < toDateTime({to:UInt32}, 'UTC')
         AND ${IS_THIS}
     )
     ORDER BY count DESC, route LIMIT ${ROUTES_MAX}`,
    { ...grid.params, fingerprint },
    { name: "error.routes" },
  );
}

interface Row extends Omit<ErrorOccurrence, "frames" | "isHandled" | "sessionId"> {
  readonly origin: string;
  readonly escaped: number;
  readonly traceId: string;
  readonly spanId: string;
}

/** The raw table is sorted by service and fingerprint, so that this reads a few granules. */
async function readOccurrences(
  { reader, grid, fingerprint }: About,
  service: string,
  symbolicate: Symbolicate,
): Promise<ErrorOccurrence[]> {
  const rows = await reader.query<Row>(
    `SELECT toUnixTimestamp64Milli(e.time) AS timeMs, toString(e.service) AS service,
       toString(e.service_version) AS release, toString(e.environment) AS environment, toString(e.route) AS route,
       e.message AS message, e.stacktrace AS stack, e.escaped AS escaped, toString(e.source) AS origin,
       lower(hex(e.trace_id)) AS traceId, lower(hex(e.span_id)) AS spanId, e.attributes AS attributes
     FROM exceptions AS e
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND e.service = {service:String}
       AND e.${IS_THIS}
       AND e.time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND e.time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
     ORDER BY e.time DESC LIMIT ${OCCURRENCES_MAX}`,
    { service, fingerprint, fromMs: grid.range.fromMs, toMs: grid.range.toMs },
    { name: "error.occurrences" },
  );
  return await Promise.all(
    rows.map(async ({ origin, escaped, ...row }): Promise<ErrorOccurrence> => ({
      ...row,
      frames: origin === "browser" ? await placesOf(row, symbolicate) : [],
      isHandled: escaped === 0,
      traceId: traceIdOrNull(row.traceId),
      spanId: traceIdOrNull(row.spanId),
      sessionId: row.attributes["session.id"] || null,
    })),
  );
}

async function placesOf(
  { stack, release }: Pick<Row, "stack" | "release">,
  symbolicate: Symbolicate,
): Promise<CodePlace[]> {
  return await Promise.all(
    stackFrames(stack).map(async (frame) => {
      const { url, line, column } = frame;
      return { ...frame, original: await symbolicate(release, url, { line, column }) };
    }),
  );
}
