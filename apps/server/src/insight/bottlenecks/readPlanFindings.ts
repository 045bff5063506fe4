/**
 * Indexes that plans of watched databases lack, for the statements that services ran: both sides were normalised by ingest's
 * normaliser, so that a statement and its plan have one hash.
 */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { quantileMs } from "../buckets.ts";
import { readQueryHashes } from "../databaseSeries.ts";
import type { TimeGrid } from "../timeGrid.ts";
import {
  type EndpointFacts,
  type MissingIndex,
  type PlanFinding,
  requestNsOf,
  type StatementFacts,
} from "./facts.ts";
import { readStatementFacts } from "./readStatementFacts.ts";

/** Those that no service ran in the range are told on the page of the database alone: nobody is hurt. */
export async function readPlanFindings(
  reader: ScopedReader,
  grid: TimeGrid,
  missing: readonly MissingIndex[],
  endpoints: readonly EndpointFacts[],
): Promise<PlanFinding[]> {
  const hashes = await readQueryHashes(
    reader,
    missing.map(({ statement }) => statement),
  );
  if (hashes.size === 0) return [];
  const ran = await readStatementFacts(reader, grid, grid.range, [...hashes.values()]);
  return missing.flatMap((index) =>
    ran
      .filter(({ hash }) => hash === hashes.get(index.statement))
      .map((facts) => findingOf(index, facts, endpoints)),
  );
}

function findingOf(
  { databaseId, databaseName, statementId, table, tableRows, indexSql }: MissingIndex,
  { service, hash, statement, executions, totalNs, durations, routes, slowestTraceId }: StatementFacts,
  endpoints: readonly EndpointFacts[],
): PlanFinding {
  const requestNs = requestNsOf(service, endpoints);
  const requests = endpoints
    .filter((each) => each.service === service && routes.includes(each.route))
    .reduce((sum, each) => sum + each.requests, 0);
  return {
    plan: { databaseId, databaseName, statementId },
    service,
    hash,
    statement,
    table,
    tableRows,
    indexSql,
    p95Ms: quantileMs(0.95, durations),
    executions,
    shareOfRequestTime: requestNs === 0 ? null : Math.min(1, totalNs / requestNs),
    requestsAffected: requests === 0 ? null : Math.min(executions, requests),
    routes,
    traceId: slowestTraceId,
  };
}
