/** One statement: its course, the endpoints that run it, its releases, and real traces of it. */
import type { QueryPage, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActiveSeconds } from "../activity.ts";
import { percentilesOf, type DurationRow } from "../buckets.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { indexOnGrid, secondsOfPoint, timeGrid, type TimeGrid } from "../timeGrid.ts";
import {
  cellsIn,
  figuresOf,
  NO_EXECUTIONS,
  QUERY_COLUMNS,
  type QueryTotals,
  type Statement,
} from "./queryCells.ts";

const ENDPOINTS_MAX = 50;
const TRACES_MAX = 20;
const IS_HASH = "query_hash = reinterpretAsUInt64(reverse(unhex({hash:String})))";
const IS_THIS = `service IN {services:Array(String)} AND ${IS_HASH}`;

/** @param hash 16 hexadecimal digits. @returns null when no such statement is known */
export async function readQuery(
  reader: ScopedReader,
  range: TimeRange,
  hash: string,
  nowMs: number,
  slowMs = 100,
): Promise<Omit<QueryPage, "project" | "plans"> | null> {
  const grid = timeGrid(range, nowMs);
  const known = await readKnown(reader, hash);
  if (known === null) return null;
  const { services, ...text } = known;
  const about = { reader, grid, hash, services };
  const [totals, allNs, previous, series, endpoints, releases, traces, activeSeconds] = await Promise.all([
    readTotals(about, grid.range.fromMs, grid.range.toMs),
    readAllNs(about),
    readTotals(about, grid.previousFromMs, grid.range.fromMs),
    readSeries(about, nowMs),
    readEndpoints(about),
    readReleases(about),
    readTraceIds(about),
    readActiveSeconds(reader, grid, nowMs),
  ]);
  return {
    range: grid.range,
    query: {
      hash,
      ...text,
      services: [...new Set(endpoints.map(({ service }) => service))],
      ...figuresOf(totals ?? NO_EXECUTIONS, activeSeconds, slowMs),
      timeShare: allNs === 0 ? 0 : (totals?.totalNs ?? 0) / allNs,
    },
    previous:
      previous === null
        ? null
        : {
            executions: previous.executions,
            p50Ms: percentilesOf(previous).p50Ms,
            p95Ms: percentilesOf(previous).p95Ms,
            totalMs: previous.totalNs / 1e6,
          },
    series,
    endpoints,
    releases,
    traces,
  };
}

interface About {
  readonly reader: ScopedReader;
  readonly grid: TimeGrid;
  readonly hash: string;
  /** Those that ever ran it: cells are sorted by service and time, so they alone are read. */
  readonly services: readonly string[];
}

/** From cells of a day, of any day. */
async function readKnown(
  reader: ScopedReader,
  hash: string,
): Promise<(Statement & Pick<About, "services">) | null> {
  const [row] = await reader.query<Statement & Pick<About, "services">>(
    `SELECT any(statement) AS statement, toString(any(db_system)) AS dbSystem, toString(any(db_namespace)) AS dbNamespace,
       groupUniqArray(toString(service)) AS services
     FROM query_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400 AND ${IS_HASH}
     HAVING count() > 0`,
    { hash },
    { name: "query.known" },
  );
  return row ?? null;
}

async function readTotals(
  { reader, grid, hash, services }: About,
  fromMs: number,
  toMs: number,
): Promise<QueryTotals | null> {
  const cells = cellsIn(grid, EVERYTHING, fromMs, toMs);
  const [row] = await reader.query<QueryTotals>(
    `SELECT ${QUERY_COLUMNS} FROM query_rollups WHERE ${cells.sql} AND ${IS_THIS} HAVING executions > 0`,
    { ...cells.params, hash, services: [...services] },
    { name: "query.totals" },
  );
  return row ?? null;
}

async function readAllNs({ reader, grid }: About): Promise<number> {
  const cells = cellsIn(grid, EVERYTHING);
  const [row] = await reader.query<{ ns: number }>(
    `SELECT sum(duration_ns_sum) AS ns FROM query_rollups WHERE ${cells.sql}`,
    cells.params,
    { name: "query.all" },
  );
  return row?.ns ?? 0;
}

async function readSeries(
  { reader, grid, hash, services }: About,
  nowMs: number,
): Promise<QueryPage["series"]> {
  const rows = await reader.query<DurationRow & { timeMs: number; executions: number }>(
    `SELECT toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({step:UInt32}))) * 1000 AS timeMs,
       sum(count) AS executions, sumMap(duration_buckets) AS buckets, max(duration_ns_max) AS maxNs
     FROM query_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32} AND ${IS_THIS}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
     GROUP BY timeMs`,
    { ...grid.params, hash, services: [...services] },
    { name: "query.series" },
  );
  const unknown = () => grid.timesMs.map((): number | null => null);
  const series = {
    timesMs: [...grid.timesMs],
    p50Ms: unknown(),
    p95Ms: unknown(),
    p99Ms: unknown(),
    executionsPerSecond: grid.timesMs.map(() => 0),
  };
  for (const row of rows) {
    const index = indexOnGrid(grid, row.timeMs);
    if (index === null) continue;
    const { p50Ms, p95Ms, p99Ms } = percentilesOf(row);
    series.p50Ms[index] = p50Ms;
    series.p95Ms[index] = p95Ms;
    series.p99Ms[index] = p99Ms;
    series.executionsPerSecond[index] = row.executions / secondsOfPoint(grid, index, nowMs);
  }
  return series;
}

interface EndpointRow extends DurationRow {
  readonly service: string;
  readonly route: string;
  readonly executions: number;
  readonly totalNs: number;
  readonly repeatedGroups: number;
}

async function readEndpoints({
  reader,
  grid,
  hash,
  services: among,
}: About): Promise<QueryPage["endpoints"]> {
  const cells = cellsIn(grid, EVERYTHING);
  const rows = await reader.query<EndpointRow>(
    `SELECT service, route, sum(count) AS executions, sum(duration_ns_sum) AS totalNs,
       sum(repeated_groups) AS repeatedGroups, sumMap(duration_buckets) AS buckets, max(duration_ns_max) AS maxNs
     FROM query_rollups WHERE ${cells.sql} AND ${IS_THIS}
     GROUP BY service, route ORDER BY totalNs DESC LIMIT ${ENDPOINTS_MAX}`,
    { ...cells.params, hash, services: [...among] },
    { name: "query.endpoints" },
  );
  if (rows.length === 0) return [];
  const requests = await reader.query<{ service: string; route: string; n: number; ns: number }>(
    `SELECT service, route, sum(count) AS n, sum(duration_ns_sum) AS ns FROM request_rollups
     WHERE ${cells.sql} AND service IN {services:Array(String)} AND route IN {routes:Array(String)} GROUP BY service, route`,
    {
      ...cells.params,
      services: [...new Set(rows.map(({ service }) => service))],
      routes: [...new Set(rows.map(({ route }) => route))],
    },
    { name: "query.requests" },
  );
  return rows.map((row) => {
    const of = requests.find(({ service, route }) => service === row.service && route === row.route);
    const hasRequests = of !== undefined && row.route !== "" && of.n > 0;
    return {
      service: row.service,
      route: row.route,
      executions: row.executions,
      totalMs: row.totalNs / 1e6,
      p95Ms: percentilesOf(row).p95Ms,
      repeatedGroups: row.repeatedGroups,
      executionsPerRequest: hasRequests ? row.executions / of.n : null,
      shareOfRequestTime: hasRequests && of.ns > 0 ? row.totalNs / of.ns : null,
    };
  });
}

/** Not covered with wide cells: a release is first seen when its first narrow one begins. */
async function readReleases({ reader, grid, hash, services }: About): Promise<QueryPage["releases"]> {
  const rows = await reader.query<
    DurationRow & { release: string; executions: number; firstSeconds: number }
  >(
    `SELECT service_version AS release, sum(count) AS executions, toUnixTimestamp(min(time)) AS firstSeconds,
       sumMap(duration_buckets) AS buckets, max(duration_ns_max) AS maxNs
     FROM query_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32} AND ${IS_THIS}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC') AND service_version != ''
     GROUP BY release ORDER BY firstSeconds DESC, release DESC LIMIT 20`,
    { ...grid.params, hash, services: [...services] },
    { name: "query.releases" },
  );
  return rows.map((row) => {
    const { p50Ms, p95Ms } = percentilesOf(row);
    return {
      release: row.release,
      executions: row.executions,
      p50Ms,
      p95Ms,
      firstSeenMs: row.firstSeconds * 1000,
    };
  });
}

async function readTraceIds({ reader, grid, hash, services }: About): Promise<QueryPage["traces"]> {
  return await reader
    .query<{ traceId: string; maxNs: number | null; timeSeconds: number; isRepeated: 0 | 1 }>(
      `SELECT traceId, maxOrNullIf(ns, repeated = 0) AS maxNs, max(seconds) AS timeSeconds, max(repeated) AS isRepeated FROM (
         SELECT time, max(duration_ns_max) AS ns, toUnixTimestamp(max(newest)) AS seconds,
           lower(hex(argMaxMerge(slowest_trace))) AS slowest, lower(hex(argMaxMerge(repeated_trace))) AS repeatedTrace,
           sum(repeated_groups) > 0 AS hasRepeated,
           arrayJoin(if(hasRepeated, [(slowest, 0), (repeatedTrace, 1)], [(slowest, 0)])) AS each,
           each.1 AS traceId, each.2 AS repeated
         FROM query_rollups
         WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32} AND ${IS_THIS}
           AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
         GROUP BY time
       ) GROUP BY traceId ORDER BY isRepeated DESC, maxNs DESC NULLS LAST, traceId LIMIT ${TRACES_MAX}`,
      { ...grid.params, hash, services: [...services] },
      { name: "query.traces" },
    )
    .then((rows) =>
      rows.map(({ traceId, maxNs, timeSeconds, isRepeated }) => ({
        traceId,
        maxMs: maxNs === null ? null : maxNs / 1e6,
        timeMs: timeSeconds * 1000,
        isRepeated: isRepeated === 1,
      })),
    );
}
