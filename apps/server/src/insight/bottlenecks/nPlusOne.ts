import type { Bottleneck } from "@throughline/contract";
import {
  affected,
  briefly,
  type Definition,
  percent,
  requestNsOf,
  severityOfShare,
  type WindowFacts,
} from "./facts.ts";

/** A group is at least five executions of one statement below one span (the rollup's own definition). */
export const GROUPS_MIN = 5;
/** Of the requests of the endpoints that run it: rarer repeats are somebody's special case. */
export const REPEATING_SHARE_MIN = 0.1;

export const nPlusOneDefinition: Definition = {
  type: "N_PLUS_ONE_QUERY",
  text: `A statement that ran 5 times and more below one span, at least ${GROUPS_MIN} times and in ${percent(REPEATING_SHARE_MIN)} and more of the requests of its endpoints.`,
};

export function nPlusOneQueries({ statements, endpoints, when }: WindowFacts): Bottleneck[] {
  return statements.flatMap((each): Bottleneck[] => {
    const { service, hash, repeatedGroups, repeatedExecutions, routes } = each;
    const requests = endpoints
      .filter((one) => one.service === service && routes.includes(one.route))
      .reduce((sum, one) => sum + one.requests, 0);
    if (repeatedGroups < GROUPS_MIN || repeatedGroups < REPEATING_SHARE_MIN * requests) return [];
    const requestNs = requestNsOf(service, endpoints);
    const share = requestNs === 0 ? null : Math.min(1, each.totalNs / requestNs);
    const timesEach = Math.round(repeatedExecutions / repeatedGroups);
    return [
      {
        id: `N_PLUS_ONE_QUERY ${service} ${hash}`,
        type: "N_PLUS_ONE_QUERY",
        severity: severityOfShare(share ?? 0),
        service,
        subject: briefly(each.statement),
        description: `Ran about ${timesEach} times below one span, ${repeatedGroups} times ${when}.`,
        impact:
          share === null
            ? `${repeatedExecutions} executions where ${repeatedGroups} would do.`
            : `${repeatedExecutions} executions where ${repeatedGroups} would do; ${percent(share)} of the request time of ${service}.`,
        recommendation:
          'Ask for all of them with one statement, such as a join or "where id = any(…)", or let a data loader collect the ids.',
        shareOfRequestTime: share,
        requestsAffected: requests === 0 ? repeatedGroups : Math.min(repeatedGroups, requests),
        affectedEndpoints: affected(service, routes),
        evidence: { traceId: each.repeatedTraceId, queryHash: hash, instance: null, plan: null },
      },
    ];
  });
}
