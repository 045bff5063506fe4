/** The endpoints of a project, each beside the window before. */
import type { EndpointList, EndpointRow, EndpointsFilter, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActiveSeconds } from "../activity.ts";
import { timeGrid, type TimeGrid } from "../timeGrid.ts";
import {
  cellsBetween,
  type Endpoint,
  ENDPOINT_COLUMNS,
  type EndpointTotals,
  NO_TOTALS,
  toEndpointRow,
} from "./endpointCells.ts";

const LISTED_MAX = 100;
/** By time; ingest keeps routes bounded, this keeps an answer so. */
const READ_MAX = 2000;

type Row = Endpoint & EndpointTotals;

export async function readEndpoints(
  reader: ScopedReader,
  range: TimeRange,
  filter: EndpointsFilter,
  nowMs: number,
): Promise<Omit<EndpointList, "project">> {
  const grid = timeGrid(range, nowMs);
  const [current, previous, activeSeconds] = await Promise.all([
    readTotals(reader, grid, filter, "current"),
    readTotals(reader, grid, filter, "previous"),
    readActiveSeconds(reader, grid, nowMs),
  ]);
  const before = new Map(previous.map((row) => [keyOf(row), row]));
  const allNs = sumOf(current, ({ totalNs }) => totalNs);
  const about = { apdexMs: filter.apdexMs, activeSeconds, allNs };
  const endpoints = current.map((row) => toEndpointRow(row, row, before.get(keyOf(row)) ?? NO_TOTALS, about));
  return {
    range: grid.range,
    apdexMs: filter.apdexMs,
    endpoints: endpoints.toSorted(inOrder(filter.sort)).slice(0, LISTED_MAX),
    totals: {
      endpoints: current.length,
      requests: sumOf(current, ({ requests }) => requests),
      failed: sumOf(current, ({ failed }) => failed),
      totalMs: allNs / 1e6,
    },
  };
}

/** Most of all request time first. */
export async function readTotals(
  reader: ScopedReader,
  grid: TimeGrid,
  { service, q }: Pick<EndpointsFilter, "service" | "q">,
  window: "current" | "previous",
): Promise<Row[]> {
  const { fromMs, toMs } = grid.range;
  const span =
    window === "current" ? { fromMs, toMs } : { fromMs: grid.previousFromMs, toMs: grid.range.fromMs };
  const cells = cellsBetween(span, grid.cellSeconds, { service });
  const found = q === undefined ? "" : "AND positionCaseInsensitiveUTF8(route, {q:String}) > 0";
  return await reader.query<Row>(
    `SELECT service, route, ${ENDPOINT_COLUMNS} FROM request_rollups WHERE ${cells.sql} ${found}
     GROUP BY service, route HAVING requests > 0 ORDER BY totalNs DESC, service, route LIMIT ${READ_MAX}`,
    { ...cells.params, ...(q === undefined ? {} : { q }) },
    { name: `endpoints.${window}` },
  );
}

function inOrder(sort: EndpointsFilter["sort"]): (a: EndpointRow, b: EndpointRow) => number {
  const values: Readonly<Record<EndpointsFilter["sort"], (row: EndpointRow) => number>> = {
    time: ({ timeShare }) => timeShare,
    requests: ({ requests }) => requests,
    p95: ({ p95Ms }) => p95Ms ?? 0,
    errors: ({ failed }) => failed,
    // The least satisfied callers first.
    apdex: ({ apdex }) => -(apdex ?? 1),
    size: ({ responseBytesAvg }) => responseBytesAvg ?? 0,
  };
  const valueOf = values[sort];
  return (a, b) => valueOf(b) - valueOf(a) || b.timeShare - a.timeShare;
}

const keyOf = ({ service, route }: Endpoint): string => `${service}\n${route}`;

function sumOf(rows: readonly Row[], value: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0);
}
