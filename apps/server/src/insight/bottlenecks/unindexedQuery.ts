import type { Bottleneck } from "@throughline/contract";
import { affected, briefly, type Definition, msText, type PlanFinding } from "./facts.ts";

export const SCANNED_ROWS_MIN = 10_000;

export const unindexedQueryDefinition: Definition = {
  type: "UNINDEXED_QUERY",
  text: `A statement whose stored plan reads a table of ${SCANNED_ROWS_MIN} rows and more from end to end.`,
};

/** @param plans null when no database is registered whose plans could be read */
export function unindexedQueries(plans: readonly PlanFinding[] | null): Bottleneck[] {
  return (plans ?? [])
    .filter(({ tableRows }) => tableRows >= SCANNED_ROWS_MIN)
    .map((plan): Bottleneck => ({
      id: `UNINDEXED_QUERY ${plan.service} ${plan.hash} ${plan.table}`,
      type: "UNINDEXED_QUERY",
      severity: plan.p95Ms !== null && plan.p95Ms >= 1000 ? "HIGH" : "MEDIUM",
      service: plan.service,
      subject: briefly(plan.statement),
      description: `Reads all of ${plan.table}, about ${plan.tableRows} rows, for each of ${plan.executions} executions.`,
      impact: plan.p95Ms === null ? "Not measured in this range." : `p95 ${msText(plan.p95Ms)}.`,
      recommendation:
        plan.indexSql === null
          ? `Look for an index on ${plan.table} that its conditions can use.`
          : `Try this index: ${plan.indexSql}`,
      shareOfRequestTime: null,
      requestsAffected: null,
      affectedEndpoints: affected(plan.service, plan.routes),
      evidence: { traceId: plan.traceId, queryHash: plan.hash, instance: null },
    }));
}
