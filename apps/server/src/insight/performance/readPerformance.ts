/** Requests, statements and processes of a project in a few numbers: what `performanceOverview` of the GraphQL API says. */
import type { TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActiveSeconds } from "../activity.ts";
import { percentilesOf, DURATION_COLUMNS, type DurationRow } from "../buckets.ts";
import { cellsIn, figuresOf, NO_EXECUTIONS, QUERY_COLUMNS, type QueryTotals } from "../queries/queryCells.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { timeGrid, type TimeGrid } from "../timeGrid.ts";
import { readResources, type ResourcePoint } from "./readResources.ts";

/** From here on a statement counts as slow. */
const SLOW_MS = 1000;

/** Null: not known, since nothing of it was sent in the range. */
export interface Performance {
  readonly avgResponseTimeMs: number | null;
  readonly p95ResponseTimeMs: number | null;
  readonly p99ResponseTimeMs: number | null;
  readonly requestsPerSecond: number;
  /** In percent; null without requests. */
  readonly errorRate: number | null;
  readonly avgQueryTimeMs: number | null;
  readonly slowQueryCount: number;
  /** Percent of the largest pool, on average. */
  readonly connectionPoolUtilization: number | null;
  readonly avgCpuUsagePercent: number | null;
  readonly avgMemoryUsageMB: number | null;
  readonly maxMemoryUsageMB: number | null;
}

export async function readPerformance(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
): Promise<Performance> {
  const grid = timeGrid(range, nowMs);
  const [activeSeconds, requests, queries, resources] = await Promise.all([
    readActiveSeconds(reader, grid, nowMs),
    readRequestTotals(reader, grid),
    readQueryTotals(reader, grid),
    readResources(reader, range, nowMs),
  ]);
  const { p95Ms, p99Ms } = percentilesOf(requests);
  const { executions, totalMs, slowExecutions } = figuresOf(queries, activeSeconds, SLOW_MS);
  return {
    avgResponseTimeMs: requests.requests === 0 ? null : requests.totalNs / requests.requests / 1e6,
    p95ResponseTimeMs: p95Ms,
    p99ResponseTimeMs: p99Ms,
    requestsPerSecond: requests.requests / activeSeconds,
    errorRate: requests.requests === 0 ? null : (requests.failed / requests.requests) * 100,
    avgQueryTimeMs: executions === 0 ? null : totalMs / executions,
    slowQueryCount: slowExecutions,
    connectionPoolUtilization: meanOf(resources, poolUtilization),
    avgCpuUsagePercent: meanOf(resources, ({ cpuUsagePercent }) => cpuUsagePercent),
    avgMemoryUsageMB: meanOf(resources, ({ memoryUsedMB }) => memoryUsedMB),
    maxMemoryUsageMB: maxOf(resources.map(({ memoryMaxMB }) => memoryMaxMB)),
  };
}

/** Percent of the connections that the pools may have; null where no pool said how many. */
export function poolUtilization({ usedConnections, maxConnections }: ResourcePoint): number | null {
  return usedConnections === null || maxConnections === null || maxConnections === 0
    ? null
    : (usedConnections / maxConnections) * 100;
}

export function meanOf<Item>(items: readonly Item[], value: (item: Item) => number | null): number | null {
  const known = items.map(value).filter((each) => each !== null);
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0) / known.length;
}

function maxOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((each) => each !== null);
  return known.length === 0 ? null : Math.max(...known);
}

interface RequestTotals extends DurationRow {
  readonly requests: number;
  readonly failed: number;
  readonly totalNs: number;
}

async function readRequestTotals(reader: ScopedReader, grid: TimeGrid): Promise<RequestTotals> {
  const [row] = await reader.query<RequestTotals>(
    `SELECT sum(count) AS requests, sum(errors) AS failed, sum(duration_ns_sum) AS totalNs, ${DURATION_COLUMNS}
     FROM span_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32}
       AND kind = 'server'
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')`,
    grid.params,
    { name: "performance.requests" },
  );
  return row ?? { requests: 0, failed: 0, totalNs: 0, buckets: {}, maxNs: 0 };
}

/** Of all statements together. */
export async function readQueryTotals(reader: ScopedReader, grid: TimeGrid): Promise<QueryTotals> {
  const cells = cellsIn(grid, EVERYTHING);
  const [row] = await reader.query<QueryTotals>(
    `SELECT ${QUERY_COLUMNS} FROM query_rollups WHERE ${cells.sql} HAVING executions > 0`,
    cells.params,
    { name: "performance.queries" },
  );
  return row ?? NO_EXECUTIONS;
}
