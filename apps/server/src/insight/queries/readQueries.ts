/** The statements of a project, ranked. */
import type { QueriesFilter, QueryList, QueryRow, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActiveSeconds } from "../activity.ts";
import { timeGrid, type TimeGrid } from "../timeGrid.ts";
import {
  cellsIn,
  figuresOf,
  HASH_TEXT,
  QUERY_COLUMNS,
  readStatements,
  type QueryTotals,
} from "./queryCells.ts";

const QUERIES_MAX = 100;
/** What `sort` orders by; the rank is a cheap pass, details follow for those that are shown. */
const ORDERS: Readonly<Record<QueriesFilter["sort"], string>> = {
  total: "sum(duration_ns_sum)",
  p95: "max(duration_ns_max)",
  executions: "sum(count)",
  slow: "max(duration_ns_max)",
  repeated: "sum(repeated_count)",
};

interface Ranked {
  readonly hash: string;
  readonly service: string;
  readonly allNs: number;
  readonly allExecutions: number;
  readonly statements: number;
}

interface Details extends QueryTotals {
  readonly hash: string;
  readonly service: string;
}

export async function readQueries(
  reader: ScopedReader,
  range: TimeRange,
  filter: QueriesFilter,
  nowMs: number,
): Promise<Omit<QueryList, "project">> {
  const grid = timeGrid(range, nowMs);
  const [ranked, activeSeconds, requestNs] = await Promise.all([
    rank(reader, grid, filter),
    readActiveSeconds(reader, grid, nowMs),
    readRequestNs(reader, grid, filter),
  ]);
  const shown = { range: grid.range, slowMs: filter.slowMs };
  const [first] = ranked;
  if (first === undefined) {
    const totals = { statements: 0, executions: 0, totalMs: 0, shareOfRequestTime: null };
    return { ...shown, queries: [], totals };
  }
  const hashes = [...new Set(ranked.map(({ hash }) => hash))];
  const [details, statements] = await Promise.all([
    readDetails(reader, grid, filter, hashes),
    readStatements(reader, hashes),
  ]);
  const queries = ranked.flatMap(({ hash, service, allNs }): QueryRow[] => {
    const totals = details.get(`${hash} ${service}`);
    const text = statements.get(hash);
    if (totals === undefined || text === undefined) return [];
    const figures = figuresOf(totals, activeSeconds, filter.slowMs);
    return [{ hash, service, ...text, ...figures, timeShare: allNs === 0 ? 0 : totals.totalNs / allNs }];
  });
  return {
    ...shown,
    queries: inOrder(queries, filter.sort),
    totals: {
      statements: first.statements,
      executions: first.allExecutions,
      totalMs: first.allNs / 1e6,
      shareOfRequestTime: requestNs === 0 ? null : first.allNs / requestNs,
    },
  };
}

function inOrder(queries: readonly QueryRow[], sort: QueriesFilter["sort"]): QueryRow[] {
  const by: Readonly<Record<QueriesFilter["sort"], (row: QueryRow) => number>> = {
    total: ({ totalMs }) => totalMs,
    p95: ({ p95Ms }) => p95Ms ?? 0,
    executions: ({ executions }) => executions,
    slow: ({ slowExecutions }) => slowExecutions,
    repeated: ({ repeatedExecutions }) => repeatedExecutions,
  };
  return queries.toSorted((a, b) => by[sort](b) - by[sort](a));
}

async function rank(reader: ScopedReader, grid: TimeGrid, filter: QueriesFilter): Promise<Ranked[]> {
  const cells = cellsIn(grid, filter);
  const found = searched(filter);
  return await reader.query<Ranked>(
    `SELECT ${HASH_TEXT} AS hash, service, sum(sum(duration_ns_sum)) OVER () AS allNs,
       sum(sum(count)) OVER () AS allExecutions, count() OVER () AS statements
     FROM query_rollups WHERE ${cells.sql} ${found}
     GROUP BY query_hash, service ORDER BY ${ORDERS[filter.sort]} DESC, hash LIMIT ${QUERIES_MAX}`,
    { ...cells.params, ...grid.params, ...(filter.q === undefined ? {} : { q: filter.q }) },
    { name: "queries.rank" },
  );
}

function searched({ q }: QueriesFilter): string {
  if (q === undefined) return "";
  return `AND query_hash IN (SELECT query_hash FROM query_rollups
    WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400
      AND time >= toStartOfDay(toDateTime({from:UInt32}, 'UTC')) AND time < toDateTime({to:UInt32}, 'UTC')
      AND positionCaseInsensitiveUTF8(statement, {q:String}) > 0)`;
}

async function readDetails(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: QueriesFilter,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, Details>> {
  const cells = cellsIn(grid, filter);
  const rows = await reader.query<Details>(
    `SELECT ${HASH_TEXT} AS hash, service, ${QUERY_COLUMNS}
     FROM query_rollups
     WHERE ${cells.sql} AND query_hash IN (SELECT reinterpretAsUInt64(reverse(unhex(arrayJoin({hashes:Array(String)})))))
     GROUP BY query_hash, service`,
    { ...cells.params, hashes: [...hashes] },
    { name: "queries.details" },
  );
  return new Map(rows.map((row) => [`${row.hash} ${row.service}`, row]));
}

/** What all requests of the filter took together. */
async function readRequestNs(reader: ScopedReader, grid: TimeGrid, filter: QueriesFilter): Promise<number> {
  const cells = cellsIn(grid, filter);
  const [row] = await reader.query<{ ns: number }>(
    `SELECT sum(duration_ns_sum) AS ns FROM request_rollups WHERE ${cells.sql}`,
    cells.params,
    { name: "queries.requests" },
  );
  return row?.ns ?? 0;
}
