/** What detectors look at: plain numbers of one window, read once for all of them. */
import type { Bottleneck, BottleneckSeverity, BottleneckType } from "@throughline/contract";
import type { DurationRow } from "../buckets.ts";
import type { Endpoint, EndpointTotals } from "../endpoints/endpointCells.ts";
import type { MetricSeries } from "../resources/readSeries.ts";

export type EndpointFacts = Endpoint & EndpointTotals;

/** One statement of one service over all endpoints that run it. */
export interface StatementFacts {
  readonly service: string;
  /** 16 hexadecimal digits. */
  readonly hash: string;
  readonly statement: string;
  readonly executions: number;
  readonly totalNs: number;
  readonly durations: DurationRow;
  /** Groups of at least 5 executions below one span, and the executions in them. */
  readonly repeatedGroups: number;
  readonly repeatedExecutions: number;
  readonly slowestTraceId: string | null;
  readonly repeatedTraceId: string | null;
  /** Most time first; without those outside of requests. */
  readonly routes: readonly string[];
}

/** What the newest plan of a statement of a watched database lacks. Told by whoever keeps plans (databases/). */
export interface MissingIndex {
  readonly databaseId: string;
  readonly databaseName: string;
  /** Of the plan, on the page of the database. */
  readonly statementId: string;
  /** As ingest stores statements of spans, so that both have the same hash. */
  readonly statement: string;
  readonly table: string;
  readonly tableRows: number;
  readonly indexSql: string;
}

export interface StoredPlans {
  readonly missing: readonly MissingIndex[];
  /** Why no plan is known; null where plans are kept. */
  readonly unknown: string | null;
}

/** A statement of a service whose stored plan reads a large table from end to end. */
export interface PlanFinding {
  /** Where the plan is kept; null where it is not linked. */
  readonly plan: Bottleneck["evidence"]["plan"];
  readonly service: string;
  readonly hash: string;
  readonly statement: string;
  readonly table: string;
  readonly tableRows: number;
  /** An index that the planner would use; null when none is known. */
  readonly indexSql: string | null;
  readonly p95Ms: number | null;
  readonly executions: number;
  /** Of the service's request time, 0..1; null where it had none. */
  readonly shareOfRequestTime: number | null;
  readonly requestsAffected: number | null;
  readonly routes: readonly string[];
  readonly traceId: string | null;
}

export interface WindowFacts {
  /** "in this range", "in the last 3 minutes": ends sentences. */
  readonly when: string;
  readonly endpoints: readonly EndpointFacts[];
  readonly statements: readonly StatementFacts[];
}

export interface ResourceFacts {
  /** By minute, oldest first; the newest minute is not over yet. */
  readonly series: readonly MetricSeries[];
  readonly endpoints: readonly EndpointFacts[];
  readonly poolWaits: readonly PoolWait[];
}

/** A request that waited long for a connection. */
export interface PoolWait {
  readonly service: string;
  readonly route: string;
  readonly traceId: string;
  readonly waitMs: number;
}

/** What a type means, in one sentence for people; detectors keep their thresholds beside it. */
export interface Definition {
  readonly type: BottleneckType;
  readonly text: string;
}

const ENDPOINTS_MAX = 5;

/** By the share of the service's request time that it takes. */
export function severityOfShare(share: number): BottleneckSeverity {
  if (share >= 0.5) return "CRITICAL";
  if (share >= 0.25) return "HIGH";
  return share >= 0.1 ? "MEDIUM" : "LOW";
}

/** Nanoseconds that requests of a service took. */
export function requestNsOf(service: string, endpoints: readonly EndpointFacts[]): number {
  return endpoints.reduce((sum, each) => (each.service === service ? sum + each.totalNs : sum), 0);
}

/** The endpoints of a service that take most time: what an instance in trouble hurts. */
export function busiestEndpoints(
  service: string,
  endpoints: readonly EndpointFacts[],
): Bottleneck["affectedEndpoints"] {
  return endpoints
    .filter((each) => each.service === service)
    .toSorted((a, b) => b.totalNs - a.totalNs)
    .slice(0, ENDPOINTS_MAX)
    .map(({ route }) => ({ service, route }));
}

export function affected(service: string, routes: readonly string[]): Bottleneck["affectedEndpoints"] {
  return routes.slice(0, ENDPOINTS_MAX).map((route) => ({ service, route }));
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
export const msText = (ms: number): string =>
  ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`;
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
/** A statement where space is short. */
export const briefly = (statement: string): string => {
  const line = statement.replaceAll(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
};
