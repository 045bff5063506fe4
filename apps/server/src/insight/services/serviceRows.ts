import type { ServiceRow } from "@throughline/contract";
import type { Activity } from "../activity.ts";
import { serviceHealth } from "../health/healths.ts";
import type { Headroom } from "../health/readHeadroom.ts";
import type { Requests } from "../requests.ts";

/** The services that sent anything in the range: most requests first, then most spans. */
export function serviceRows(activity: Activity, requestsOf: Requests, headroom: Headroom): ServiceRow[] {
  return activity.services
    .map((each) => {
      const requests = requestsOf.byService.get(each.service);
      const sparkline = requests === undefined ? each.spansBySlot : each.requestsBySlot;
      return {
        service: each.service,
        requests: requests?.requests ?? 0,
        requestsPerSecond: (requests?.requests ?? 0) / activity.activeSeconds,
        p50Ms: requests?.p50Ms ?? null,
        p95Ms: requests?.p95Ms ?? null,
        p99Ms: requests?.p99Ms ?? null,
        errorRatio: requests === undefined ? null : requests.failed / requests.requests,
        spans: each.spans,
        logs: each.logs,
        lastSeenMs: each.lastSeenMs,
        releases: [...each.releases],
        health: serviceHealth(each.service, requestsOf, headroom),
        sparkline: sparkline.map((count) => count / activity.slotSeconds),
      };
    })
    .toSorted((a, b) => b.requests - a.requests || b.spans - a.spans || a.service.localeCompare(b.service));
}
