/** Which cells of `query_rollups` a question is about, and what every answer about statements takes from them. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { DURATION_COLUMNS, percentilesOf, type DurationRow } from "../buckets.ts";
import { requestFilter, type RequestFilter } from "../requestFilter.ts";
import { type Condition, coverOf, inPieces } from "../rollups.ts";
import type { TimeGrid } from "../timeGrid.ts";

/** hex() leaves leading zeros out. */
export const HASH_TEXT = "leftPad(lower(hex(query_hash)), 16, '0')";

/** Totals of one statement, for a SELECT with any GROUP BY. */
export const QUERY_COLUMNS = `sum(count) AS executions, sum(errors) AS failed, sum(duration_ns_sum) AS totalNs,
  sum(returned_rows) AS returnedRows, sum(repeated_groups) AS repeatedGroups,
  sum(repeated_count) AS repeatedExecutions, max(repeated_max) AS repeatedMax, toUnixTimestamp(max(newest)) AS newestSeconds,
  lower(hex(argMaxMerge(slowest_trace))) AS slowestTraceId, lower(hex(argMaxMerge(repeated_trace))) AS repeatedTraceId,
  ${DURATION_COLUMNS}`;

export interface QueryTotals extends DurationRow {
  readonly executions: number;
  readonly failed: number;
  readonly totalNs: number;
  readonly returnedRows: number;
  readonly repeatedGroups: number;
  readonly repeatedExecutions: number;
  readonly repeatedMax: number;
  readonly newestSeconds: number;
  readonly slowestTraceId: string;
  readonly repeatedTraceId: string;
}

export const NO_EXECUTIONS: QueryTotals = {
  executions: 0,
  failed: 0,
  totalNs: 0,
  returnedRows: 0,
  repeatedGroups: 0,
  repeatedExecutions: 0,
  repeatedMax: 0,
  newestSeconds: 0,
  slowestTraceId: "",
  repeatedTraceId: "",
  buckets: {},
  maxNs: 0,
};

/** The figures of `queryRow` that totals give. */
export function figuresOf(totals: QueryTotals, activeSeconds: number, slowMs: number) {
  const { executions, totalNs, returnedRows, repeatedGroups, repeatedExecutions, repeatedMax } = totals;
  return {
    executions,
    executionsPerSecond: executions / Math.max(1, activeSeconds),
    errors: totals.failed,
    ...percentilesOf(totals),
    maxMs: totals.maxNs / 1e6,
    totalMs: totalNs / 1e6,
    slowExecutions: countAbove(totals, slowMs),
    rowsAvg: returnedRows === 0 ? null : returnedRows / executions,
    repeatedGroups,
    repeatedExecutions,
    repeatedMax,
    lastSeenMs: executions === 0 ? null : totals.newestSeconds * 1000,
    slowestTraceId: executions === 0 ? null : totals.slowestTraceId,
    repeatedTraceId: repeatedGroups === 0 ? null : totals.repeatedTraceId,
  };
}

/** Executions in buckets that lie above the limit as a whole. */
function countAbove({ buckets }: DurationRow, limitMs: number): number {
  const first = Math.ceil(8 * Math.log2(Math.max(1, limitMs * 1e6)));
  let count = 0;
  for (const [bucket, n] of Object.entries(buckets)) if (Number(bucket) >= first) count += n;
  return count;
}

export function cellsIn(
  grid: TimeGrid,
  filter: RequestFilter,
  fromMs = grid.range.fromMs,
  toMs = grid.range.toMs,
): Condition {
  const { where, params } = requestFilter(filter);
  const inside = inPieces(coverOf(fromMs, toMs, grid.cellSeconds));
  return {
    sql: `tenant_id = {tenant:String} AND project_id = {project:String} ${where} AND ${inside.sql}`,
    params: { ...inside.params, ...params },
  };
}

/** Statements by hash. They stand in cells of a day, so any day that is kept tells them. */
export async function readStatements(
  reader: ScopedReader,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, Statement>> {
  const rows = await reader.query<Statement & { readonly hash: string }>(
    `SELECT ${HASH_TEXT} AS hash, any(statement) AS statement, any(db_system) AS dbSystem,
       any(db_namespace) AS dbNamespace
     FROM query_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400
       AND query_hash IN (SELECT reinterpretAsUInt64(reverse(unhex(arrayJoin({hashes:Array(String)})))))
     GROUP BY query_hash`,
    { hashes: [...hashes] },
    { name: "queries.statements" },
  );
  return new Map(rows.map(({ hash, ...of }) => [hash, of]));
}

export interface Statement {
  readonly statement: string;
  readonly dbSystem: string;
  readonly dbNamespace: string;
}
