/** What `request_rollups` tells of an endpoint, and the figures that are made of it. */
import type { EndpointFigures, EndpointRow, Health } from "@throughline/contract";
import { DURATION_COLUMNS, percentilesOf, type DurationRow } from "../buckets.ts";
import { apdexOf, healthOf } from "../health/score.ts";
import { requestFilter, type RequestFilter } from "../requestFilter.ts";
import { type Condition, coverOf, inPieces } from "../rollups.ts";
import { traceIdOrNull } from "../routes.ts";

/** Totals, for a SELECT with any GROUP BY. */
export const ENDPOINT_COLUMNS = `sum(count) AS requests, sum(stored) AS storedRequests, sum(errors) AS failed, sum(client_errors) AS clientErrors,
  sum(duration_ns_sum) AS totalNs, sum(request_bytes) AS requestBytes, sum(response_bytes) AS responseBytes,
  lower(hex(argMaxMerge(slowest_trace))) AS slowestTraceId, lower(hex(argMaxMerge(last_error_trace))) AS lastErrorTraceId,
  ${DURATION_COLUMNS}`;

export interface EndpointTotals extends DurationRow {
  readonly requests: number;
  /** So many rows stand for them. */
  readonly storedRequests: number;
  readonly failed: number;
  readonly clientErrors: number;
  readonly totalNs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly slowestTraceId: string;
  readonly lastErrorTraceId: string;
}

export interface Endpoint {
  readonly service: string;
  readonly route: string;
}

export const NO_TOTALS: EndpointTotals = {
  requests: 0,
  storedRequests: 0,
  failed: 0,
  clientErrors: 0,
  totalNs: 0,
  requestBytes: 0,
  responseBytes: 0,
  slowestTraceId: "",
  lastErrorTraceId: "",
  buckets: {},
  maxNs: 0,
};

/** Cells from one time to another; both lie on `cellSeconds`. */
export function cellsBetween(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  cellSeconds: number,
  filter: RequestFilter,
): Condition {
  const { where, params } = requestFilter(filter);
  const inside = inPieces(coverOf(fromMs, toMs, cellSeconds));
  return {
    sql: `tenant_id = {tenant:String} AND project_id = {project:String} ${where} AND ${inside.sql}`,
    params: { ...inside.params, ...params },
  };
}

export function figuresOf(totals: EndpointTotals, apdexMs: number): EndpointFigures {
  const { requests, failed, clientErrors, totalNs, requestBytes, responseBytes, maxNs } = totals;
  const each = (sum: number): number | null => (requests === 0 ? null : sum / requests);
  return {
    requests,
    succeeded: requests - failed,
    failed,
    clientErrors,
    errorRatio: each(failed),
    avgMs: each(totalNs / 1e6),
    ...percentilesOf(totals),
    maxMs: requests === 0 ? null : maxNs / 1e6,
    requestBytesAvg: requestBytes === 0 ? null : each(requestBytes),
    responseBytesAvg: responseBytes === 0 ? null : each(responseBytes),
    apdex: apdexOf(totals, apdexMs),
  };
}

export function toEndpointRow(
  { service, route }: Endpoint,
  current: EndpointTotals,
  previous: EndpointTotals,
  about: { readonly apdexMs: number; readonly activeSeconds: number; readonly allNs: number },
): EndpointRow {
  return {
    service,
    route,
    ...figuresOf(current, about.apdexMs),
    requestsPerSecond: current.requests / about.activeSeconds,
    timeShare: about.allNs === 0 ? 0 : current.totalNs / about.allNs,
    trend: endpointHealth(current, previous).trend,
    previous: previous.requests === 0 ? null : figuresOf(previous, about.apdexMs),
    slowestTraceId: current.requests === 0 ? null : traceIdOrNull(current.slowestTraceId),
    lastErrorTraceId: current.failed === 0 ? null : traceIdOrNull(current.lastErrorTraceId),
  };
}

export function endpointHealth(current: EndpointTotals, previous: EndpointTotals): Health {
  const factsOf = (totals: EndpointTotals) => ({
    ...totals,
    effective: totals.storedRequests,
    durations: totals,
    busiest: null,
  });
  return healthOf(factsOf(current), factsOf(previous));
}
