import type { EndpointStatement } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { quantileMs, type DurationRow } from "../buckets.ts";
import { cellsIn, HASH_TEXT, readStatements } from "../queries/queryCells.ts";
import type { TimeGrid } from "../timeGrid.ts";
import type { Endpoint, EndpointTotals } from "./endpointCells.ts";

const STATEMENTS_MAX = 20;

/** What an endpoint asks its databases, most time first. */
export async function readEndpointStatements(
  reader: ScopedReader,
  grid: TimeGrid,
  { service, route }: Endpoint,
  { requests, totalNs: requestNs }: Pick<EndpointTotals, "requests" | "totalNs">,
): Promise<EndpointStatement[]> {
  // Statements outside of requests have no route either.
  if (route === "") return [];
  const cells = cellsIn(grid, { service, route });
  const rows = await reader.query<
    DurationRow & { hash: string; executions: number; totalNs: number; repeatedGroups: number }
  >(
    `SELECT ${HASH_TEXT} AS hash, sum(count) AS executions, sum(duration_ns_sum) AS totalNs,
       sum(repeated_groups) AS repeatedGroups, sumMap(duration_buckets) AS buckets, max(duration_ns_max) AS maxNs
     FROM query_rollups WHERE ${cells.sql}
     GROUP BY query_hash ORDER BY totalNs DESC, hash LIMIT ${STATEMENTS_MAX}`,
    cells.params,
    { name: "endpoint.statements" },
  );
  if (rows.length === 0) return [];
  const texts = await readStatements(
    reader,
    rows.map(({ hash }) => hash),
  );
  return rows.map(({ hash, executions, totalNs, repeatedGroups, ...durations }) => ({
    hash,
    statement: texts.get(hash)?.statement ?? "",
    executions,
    executionsPerRequest: requests === 0 ? null : executions / requests,
    p95Ms: quantileMs(0.95, durations),
    totalMs: totalNs / 1e6,
    shareOfRequestTime: requestNs === 0 ? null : totalNs / requestNs,
    repeatedGroups,
  }));
}
