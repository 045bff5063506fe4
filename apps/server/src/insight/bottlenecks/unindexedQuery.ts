import type { Bottleneck, BottleneckSeverity } from "@throughline/contract";
import {
  affected,
  briefly,
  type Definition,
  msText,
  percent,
  type PlanFinding,
  severityOfShare,
} from "./facts.ts";

export const SCANNED_ROWS_MIN = 10_000;

export const unindexedQueryDefinition: Definition = {
  type: "UNINDEXED_QUERY",
  text: `A statement that a service runs, whose plan in a watched database reads a table of ${SCANNED_ROWS_MIN} rows and more from end to end to keep a tenth or less, by comparisons that no index begins with.`,
};

export function unindexedQueries(plans: readonly PlanFinding[]): Bottleneck[] {
  return plans
    .filter(({ tableRows }) => tableRows >= SCANNED_ROWS_MIN)
    .map((each): Bottleneck => ({
      id: `UNINDEXED_QUERY ${each.service} ${each.hash} ${each.table}`,
      type: "UNINDEXED_QUERY",
      severity: severityOf(each),
      service: each.service,
      subject: briefly(each.statement),
      description: `Reads all of ${each.table}${each.plan === null ? "" : ` in ${each.plan.databaseName}`}, about ${each.tableRows} rows, for each of ${each.executions} executions.`,
      impact: impactOf(each),
      recommendation:
        each.indexSql === null
          ? `Look for an index on ${each.table} that its conditions can use.`
          : `Try this index: ${each.indexSql}`,
      shareOfRequestTime: each.shareOfRequestTime,
      requestsAffected: each.requestsAffected,
      affectedEndpoints: affected(each.service, each.routes),
      evidence: { traceId: each.traceId, queryHash: each.hash, instance: null, plan: each.plan },
    }));
}

/** By the share of time, a step more from a second on, as slow statements are. */
function severityOf({ shareOfRequestTime, p95Ms }: PlanFinding): BottleneckSeverity {
  const isSlow = p95Ms !== null && p95Ms >= 1000;
  if (shareOfRequestTime === null) return isSlow ? "HIGH" : "MEDIUM";
  return severityOfShare(isSlow ? shareOfRequestTime * 2.5 : shareOfRequestTime);
}

function impactOf({ shareOfRequestTime, p95Ms, service }: PlanFinding): string {
  if (p95Ms === null) return "Not measured in this range.";
  const share =
    shareOfRequestTime === null ? "" : `, ${percent(shareOfRequestTime)} of the request time of ${service}`;
  return `p95 ${msText(p95Ms)}${share}.`;
}
