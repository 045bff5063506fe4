/** Statements that took longer than a threshold, slowest first: what `slowQueries` of the GraphQL API says. */
import type { QueryRow, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { cellsIn, HASH_TEXT } from "../queries/queryCells.ts";
import { readQueries } from "../queries/readQueries.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { timeGrid } from "../timeGrid.ts";

export interface SlowQuery extends QueryRow {
  /** The route that ran it longest; empty when it runs outside of requests. */
  readonly endpoint: string;
}

/** @param thresholdMs at least 1 */
export async function readSlowQueries(
  reader: ScopedReader,
  range: TimeRange,
  { thresholdMs, limit }: { readonly thresholdMs: number; readonly limit: number },
  nowMs: number,
): Promise<SlowQuery[]> {
  const { queries } = await readQueries(reader, range, { sort: "slow", slowMs: thresholdMs }, nowMs);
  const slow = queries
    .filter(({ maxMs }) => maxMs >= thresholdMs)
    .toSorted((a, b) => b.maxMs - a.maxMs)
    .slice(0, limit);
  if (slow.length === 0) return [];
  const cells = cellsIn(timeGrid(range, nowMs), EVERYTHING);
  const rows = await reader.query<{ hash: string; service: string; endpoint: string }>(
    `SELECT hash, service, argMax(route, ns) AS endpoint FROM (
       SELECT ${HASH_TEXT} AS hash, service, route, sum(duration_ns_sum) AS ns
       FROM query_rollups
       WHERE ${cells.sql} AND query_hash IN (SELECT reinterpretAsUInt64(reverse(unhex(arrayJoin({hashes:Array(String)})))))
       GROUP BY query_hash, service, route
     ) GROUP BY hash, service`,
    { ...cells.params, hashes: [...new Set(slow.map(({ hash }) => hash))] },
    { name: "performance.slowQueryEndpoints" },
  );
  const endpoints = new Map(rows.map(({ hash, service, endpoint }) => [`${hash} ${service}`, endpoint]));
  return slow.map((row) => ({ ...row, endpoint: endpoints.get(`${row.hash} ${row.service}`) ?? "" }));
}
