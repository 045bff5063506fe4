import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { DurationRow } from "../buckets.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { cellsIn, HASH_TEXT, readStatements } from "../queries/queryCells.ts";
import { traceIdOrNull } from "../routes.ts";
import { mergeHistograms } from "../statistics/index.ts";
import type { TimeGrid } from "../timeGrid.ts";
import type { StatementFacts } from "./facts.ts";

/** By time, and as many by repeats: a finding takes a share of the time, or repeats. */
const STATEMENTS_MAX = 200;

interface Row extends DurationRow {
  readonly hash: string;
  readonly service: string;
  readonly route: string;
  readonly executions: number;
  readonly totalNs: number;
  readonly repeatedGroups: number;
  readonly repeatedExecutions: number;
  readonly repeatedMax: number;
  readonly slowestTraceId: string;
  readonly repeatedTraceId: string;
}

/** @param hashes those statements alone; without it those that take most time or repeat most */
export async function readStatementFacts(
  reader: ScopedReader,
  grid: TimeGrid,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  hashes: readonly string[] | null = null,
): Promise<StatementFacts[]> {
  const cells = cellsIn(grid, EVERYTHING, fromMs, toMs);
  const ofThese =
    hashes === null
      ? ""
      : "AND query_hash IN (SELECT reinterpretAsUInt64(reverse(unhex(arrayJoin({hashes:Array(String)})))))";
  const rows = await reader.query<Row>(
    `SELECT ${HASH_TEXT} AS hash, service, route, sum(count) AS executions, sum(duration_ns_sum) AS totalNs,
       sum(repeated_groups) AS repeatedGroups, sum(repeated_count) AS repeatedExecutions,
       max(repeated_max) AS repeatedMax, lower(hex(argMaxMerge(slowest_trace))) AS slowestTraceId,
       lower(hex(argMaxMerge(repeated_trace))) AS repeatedTraceId, sumMap(duration_buckets) AS buckets,
       max(duration_ns_max) AS maxNs
     FROM query_rollups WHERE ${cells.sql} ${ofThese}
     GROUP BY query_hash, service, route
     QUALIFY row_number() OVER (ORDER BY totalNs DESC, hash, service, route) <= ${STATEMENTS_MAX}
       OR (repeatedGroups > 0 AND row_number() OVER (ORDER BY repeatedExecutions DESC, hash, service, route) <= ${STATEMENTS_MAX})`,
    { ...cells.params, ...(hashes === null ? {} : { hashes: [...hashes] }) },
    { name: "bottlenecks.statements" },
  );
  if (rows.length === 0) return [];
  const texts = await readStatements(reader, [...new Set(rows.map(({ hash }) => hash))]);
  const groups = Map.groupBy(rows, ({ hash, service }) => `${hash} ${service}`);
  return [...groups.values()].flatMap((of): StatementFacts[] => {
    const [first] = of.toSorted((a, b) => b.totalNs - a.totalNs);
    const text = texts.get(first?.hash ?? "");
    return first === undefined || text === undefined ? [] : [factsOf(first, text.statement, of)];
  });
}

function factsOf(first: Row, statement: string, rows: readonly Row[]): StatementFacts {
  const sumOf = (value: (row: Row) => number): number => rows.reduce((sum, row) => sum + value(row), 0);
  const most = (value: (row: Row) => number): Row =>
    rows.reduce((best, row) => (value(row) > value(best) ? row : best), first);
  const { counts, max } = mergeHistograms(
    rows.map(({ buckets, maxNs }) => ({ histogram: { counts: buckets, max: maxNs }, factor: 1 })),
  );
  const repeatedGroups = sumOf((row) => row.repeatedGroups);
  return {
    service: first.service,
    hash: first.hash,
    statement,
    executions: sumOf((row) => row.executions),
    totalNs: sumOf((row) => row.totalNs),
    durations: { buckets: counts, maxNs: max },
    repeatedGroups,
    repeatedExecutions: sumOf((row) => row.repeatedExecutions),
    slowestTraceId: traceIdOrNull(most((row) => row.maxNs).slowestTraceId),
    repeatedTraceId:
      repeatedGroups === 0 ? null : traceIdOrNull(most((row) => row.repeatedMax).repeatedTraceId),
    routes: rows
      .toSorted((a, b) => b.totalNs - a.totalNs)
      .map(({ route }) => route)
      .filter((route) => route !== ""),
  };
}
