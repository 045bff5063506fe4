/** The health of the project and of each service, from what the overview reads anyway. */
import type { Health } from "@throughline/contract";
import { NO_REQUESTS, type Requests, type RequestTotals } from "../requests.ts";
import { worstOf, type Headroom } from "./readHeadroom.ts";
import { healthOf, type Busiest } from "./score.ts";

export function projectHealth({ current, previous }: Requests, headroom: Headroom): Health {
  return healthOf(
    factsOf(current, worstOf(headroom.current.values())),
    factsOf(previous, worstOf(headroom.previous.values())),
  );
}

export function serviceHealth(
  service: string,
  { byService, previousByService }: Pick<Requests, "byService" | "previousByService">,
  headroom: Headroom,
): Health {
  return healthOf(
    factsOf(byService.get(service), headroom.current.get(service) ?? null),
    factsOf(previousByService.get(service), headroom.previous.get(service) ?? null),
  );
}

function factsOf(
  { requests, effective, failed, durations }: RequestTotals = NO_REQUESTS,
  busiest: Busiest | null,
) {
  return { requests, effective, failed, durations, busiest };
}
