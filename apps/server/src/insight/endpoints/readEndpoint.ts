/** One endpoint: figures, course, releases, methods, statuses, statements, and real traces. */
import type { EndpointPage, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActiveSeconds } from "../activity.ts";
import { percentilesOf, type DurationRow } from "../buckets.ts";
import { entrySpans } from "../entrySpans.ts";
import { EVERYTHING, requestFilter } from "../requestFilter.ts";
import { readRequests } from "../requests.ts";
import { newestSlice } from "../services/recentSpans.ts";
import { timeGrid, type TimeGrid } from "../timeGrid.ts";
import {
  cellsBetween,
  type Endpoint,
  ENDPOINT_COLUMNS,
  type EndpointTotals,
  NO_TOTALS,
  toEndpointRow,
} from "./endpointCells.ts";
import { readEndpointStatements } from "./readEndpointStatements.ts";
import { readRecentParts } from "./readRecentParts.ts";

const TRACES_MAX = 10;
const RELEASES_MAX = 20;

/** All figures are zero or null for an endpoint without requests in the range. */
export async function readEndpoint(
  reader: ScopedReader,
  range: TimeRange,
  endpoint: Endpoint,
  apdexMs: number,
  nowMs: number,
): Promise<Omit<EndpointPage, "project" | "markers">> {
  const grid = timeGrid(range, nowMs);
  const [current, previous, allNs, requests, releases, recent, activeSeconds] = await Promise.all([
    readTotals(reader, grid, endpoint, grid.range),
    readTotals(reader, grid, endpoint, { fromMs: grid.previousFromMs, toMs: grid.range.fromMs }),
    readAllNs(reader, grid),
    readRequests(reader, grid, endpoint, nowMs),
    readReleases(reader, grid, endpoint),
    readRecent(reader, grid, endpoint),
    readActiveSeconds(reader, grid, nowMs),
  ]);
  const statements = await readEndpointStatements(reader, grid, endpoint, current);
  return {
    range: grid.range,
    apdexMs,
    endpoint: toEndpointRow(endpoint, current, previous, { apdexMs, activeSeconds, allNs }),
    series: requests.series,
    releases,
    recent,
    statements,
  };
}

async function readTotals(
  reader: ScopedReader,
  grid: TimeGrid,
  endpoint: Endpoint,
  span: { readonly fromMs: number; readonly toMs: number },
): Promise<EndpointTotals> {
  const cells = cellsBetween(span, grid.cellSeconds, endpoint);
  const [row] = await reader.query<EndpointTotals>(
    `SELECT ${ENDPOINT_COLUMNS} FROM request_rollups WHERE ${cells.sql} HAVING requests > 0`,
    cells.params,
    { name: "endpoint.totals" },
  );
  return row ?? NO_TOTALS;
}

async function readAllNs(reader: ScopedReader, grid: TimeGrid): Promise<number> {
  const cells = cellsBetween(grid.range, grid.cellSeconds, EVERYTHING);
  const [row] = await reader.query<{ ns: number }>(
    `SELECT sum(duration_ns_sum) AS ns FROM request_rollups WHERE ${cells.sql}`,
    cells.params,
    { name: "endpoint.all" },
  );
  return row?.ns ?? 0;
}

async function readReleases(
  reader: ScopedReader,
  grid: TimeGrid,
  endpoint: Endpoint,
): Promise<EndpointPage["releases"]> {
  // Not covered with wide cells: a release is first seen when its first narrow one begins.
  const { where, params } = requestFilter(endpoint);
  const rows = await reader.query<
    DurationRow & { value: string; requests: number; failed: number; firstSeconds: number }
  >(
    `SELECT toString(service_version) AS value, sum(count) AS requests, sum(errors) AS failed,
       toUnixTimestamp(min(time)) AS firstSeconds, sumMap(duration_buckets) AS buckets, max(duration_ns_max) AS maxNs
     FROM request_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32} ${where}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC') AND service_version != ''
     GROUP BY value ORDER BY firstSeconds DESC, value DESC LIMIT ${RELEASES_MAX}`,
    { ...grid.params, ...params },
    { name: "endpoint.releases" },
  );
  return rows.map(({ value, requests, failed, firstSeconds, ...durations }) => ({
    value,
    requests,
    failed,
    p95Ms: percentilesOf(durations).p95Ms,
    firstSeenMs: firstSeconds * 1000,
  }));
}

/** The longer memory keeps neither method nor status: these come from the newest single requests. */
async function readRecent(
  reader: ScopedReader,
  grid: TimeGrid,
  endpoint: Endpoint,
): Promise<EndpointPage["recent"]> {
  const slice = await newestSlice(reader, grid, endpoint.service);
  const query = { ...endpoint, limit: TRACES_MAX };
  const [parts, slow, failing] = await Promise.all([
    readRecentParts(reader, slice, endpoint),
    entrySpans(reader, slice, query, "slowest", TRACES_MAX),
    entrySpans(reader, slice, { ...query, status: "error" }, "newest", TRACES_MAX),
  ]);
  return {
    fromMs: slice.fromMs,
    ...parts,
    slow: slow.map(({ row }) => row),
    failing: failing.map(({ row }) => row),
  };
}
