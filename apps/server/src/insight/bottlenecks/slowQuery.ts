import type { Bottleneck, BottleneckSeverity } from "@throughline/contract";
import { quantileMs } from "../buckets.ts";
import {
  affected,
  briefly,
  type Definition,
  msText,
  percent,
  requestNsOf,
  severityOfShare,
  type WindowFacts,
} from "./facts.ts";

export const SLOW_P95_MS = 250;
export const SLOW_EXECUTIONS_MIN = 20;
/** Of the service's request time: less is not where the time goes. */
export const SLOW_SHARE_MIN = 0.05;

export const slowQueryDefinition: Definition = {
  type: "SLOW_QUERY",
  text: `A statement with at least ${SLOW_EXECUTIONS_MIN} executions, p95 of ${SLOW_P95_MS} ms and more, and ${percent(SLOW_SHARE_MIN)} and more of its service's request time.`,
};

export function slowQueries({ statements, endpoints, when }: WindowFacts): Bottleneck[] {
  return statements.flatMap((each): Bottleneck[] => {
    const { service, hash, executions, totalNs, routes } = each;
    const p95Ms = quantileMs(0.95, each.durations);
    const requestNs = requestNsOf(service, endpoints);
    const share = requestNs === 0 ? 0 : totalNs / requestNs;
    if (p95Ms === null || p95Ms < SLOW_P95_MS) return [];
    if (executions < SLOW_EXECUTIONS_MIN || share < SLOW_SHARE_MIN) return [];
    const requests = endpoints
      .filter((one) => one.service === service && routes.includes(one.route))
      .reduce((sum, one) => sum + one.requests, 0);
    return [
      {
        id: `SLOW_QUERY ${service} ${hash}`,
        type: "SLOW_QUERY",
        severity: severityOf(share, p95Ms),
        service,
        subject: briefly(each.statement),
        description: `p95 ${msText(p95Ms)}, p50 ${msText(quantileMs(0.5, each.durations) ?? 0)} over ${executions} executions ${when}.`,
        impact: `Takes ${percent(Math.min(1, share))} of the request time of ${service}.`,
        recommendation:
          "Look at its plan with EXPLAIN: a sequential scan over many rows wants an index; a fine plan that waits wants less work at the same time.",
        shareOfRequestTime: Math.min(1, share),
        requestsAffected: Math.min(executions, requests),
        affectedEndpoints: affected(service, routes),
        evidence: { traceId: each.slowestTraceId, queryHash: hash, instance: null, plan: null },
      },
    ];
  });
}

/** By the share of time; a step more from a second on, since somebody waits for each. */
function severityOf(share: number, p95Ms: number): BottleneckSeverity {
  return severityOfShare(p95Ms >= 1000 ? share * 2.5 : share);
}
