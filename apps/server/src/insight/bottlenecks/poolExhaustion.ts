import type { Bottleneck } from "@throughline/contract";
import { shortPool } from "../resources/chartOf.ts";
import type { MetricSeries } from "../resources/readSeries.ts";
import { added } from "../resources/added.ts";
import { meanOf } from "./byInstance.ts";
import { affected, busiestEndpoints, type Definition, msText, percent, type ResourceFacts } from "./facts.ts";

export const WAITING_MIN = 1;
export const USED_RATIO_MIN = 0.9;
export const EXHAUSTED_MINUTES = 2;
/** That these minutes lie in. */
export const WITHIN_MINUTES = 5;

export const poolExhaustionDefinition: Definition = {
  type: "CONNECTION_POOL_EXHAUSTION",
  text: `A connection pool with ${percent(USED_RATIO_MIN)} and more of its connections in use while ${WAITING_MIN} caller and more waited on average (db.client.connection.*), in ${EXHAUSTED_MINUTES} of ${WITHIN_MINUTES} minutes.`,
};

interface Pool {
  readonly service: string;
  readonly instance: string;
  readonly name: string;
  readonly series: readonly MetricSeries[];
}

export function exhaustedPools({ series, endpoints, poolWaits }: ResourceFacts): Bottleneck[] {
  return poolsOf(series).flatMap((pool): Bottleneck[] => {
    const { service, instance, name } = pool;
    const minutes = exhaustedMinutes(pool);
    if (minutes === null) return [];
    const waits = poolWaits.filter((wait) => wait.service === service);
    const routes = [...new Set(waits.map(({ route }) => route))].filter((route) => route !== "");
    const [longest] = waits.toSorted((a, b) => b.waitMs - a.waitMs);
    return [
      {
        id: `CONNECTION_POOL_EXHAUSTION ${service} ${instance} ${name}`,
        type: "CONNECTION_POOL_EXHAUSTION",
        severity: minutes.waiting >= minutes.max ? "CRITICAL" : "HIGH",
        service,
        subject: shortPool(name),
        description: `All ${minutes.max} connections in use and ${minutes.waiting.toFixed(1)} callers waiting on average in ${minutes.count} minutes of the last hour.`,
        impact:
          longest === undefined
            ? "Requests wait for a connection before their first query."
            : `Requests wait for a connection before their first query, up to ${msText(longest.waitMs)}.`,
        recommendation:
          "Look in the trace what a connection is held for: give it back before waiting for anything else, such as another service. A larger pool only helps when the database has room.",
        shareOfRequestTime: null,
        requestsAffected: null,
        affectedEndpoints:
          routes.length > 0 ? affected(service, routes) : busiestEndpoints(service, endpoints),
        evidence: { traceId: longest?.traceId ?? null, queryHash: null, instance, plan: null },
      },
    ];
  });
}

function poolsOf(series: readonly MetricSeries[]): Pool[] {
  const ofPools = series.filter(({ metric }) => metric.startsWith("db.client.connection."));
  const nameOf = ({ attributes }: MetricSeries): string => attributes["db.client.connection.pool.name"] ?? "";
  const groups = Map.groupBy(ofPools, (each) => `${each.service}\n${each.instance}\n${nameOf(each)}`);
  return [...groups.values()].flatMap((of): Pool[] => {
    const [first] = of;
    if (first === undefined) return [];
    return [{ service: first.service, instance: first.instance, name: nameOf(first), series: of }];
  });
}

/** How many minutes, with the mean of callers that waited in them; null when they are too few or too far apart. */
function exhaustedMinutes({ series }: Pool): { count: number; waiting: number; max: number } | null {
  const of = (metric: string, state?: string) =>
    added(
      series.filter(
        (each) =>
          each.metric === metric &&
          (state === undefined || each.attributes["db.client.connection.state"] === state),
      ),
    );
  const used = of("db.client.connection.count", "used");
  const max = of("db.client.connection.max");
  const waiting = of("db.client.connection.pending_requests");
  const exhausted = waiting.flatMap((callers, index) => {
    const [most, inUse] = [max[index] ?? null, used[index] ?? null];
    if (callers === null || callers < WAITING_MIN) return [];
    // Who does not say how large the pool is may still have callers that wait.
    if (most !== null && most > 0 && (inUse ?? 0) < USED_RATIO_MIN * most) return [];
    return [{ index, callers, most: most ?? inUse ?? 0 }];
  });
  const isDense = exhausted.some(
    ({ index }, at) => (exhausted[at + EXHAUSTED_MINUTES - 1]?.index ?? Infinity) - index < WITHIN_MINUTES,
  );
  if (!isDense) return null;
  return {
    count: exhausted.length,
    waiting: meanOf(exhausted.map(({ callers }) => callers)),
    max: Math.max(...exhausted.map(({ most }) => Math.round(most))),
  };
}
