/** What insight says, in the shapes of the schema. */
import type { Bottleneck } from "@throughline/contract";
import type { EndpointMetrics, ResourcePoint, SlowQuery } from "../../insight/performance/index.ts";
import { poolUtilization } from "../../insight/performance/index.ts";
import type { QueryFigures } from "./questions.ts";

const PREVIEW_CHARACTERS = 200;
const METHODS = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|QUERY) /;

export function slowQueryAnswer(row: SlowQuery) {
  return {
    id: `${row.service}:${row.hash}`,
    queryHash: row.hash,
    queryPreview: row.statement.slice(0, PREVIEW_CHARACTERS),
    executionTimeMs: Math.round(row.maxMs),
    rowsReturned: rounded(row.rowsAvg),
    endpoint: row.endpoint,
    timestamp: new Date(row.lastSeenMs ?? 0),
    occurrenceCount: row.executions,
  };
}

export function bottleneckAnswer({
  type,
  severity,
  description,
  impact,
  recommendation,
  affectedEndpoints,
}: Bottleneck) {
  return {
    type,
    severity,
    description,
    impact,
    recommendation,
    affectedEndpoints: affectedEndpoints.map(({ route }) => route),
  };
}

export function endpointAnswer(row: EndpointMetrics) {
  return {
    endpoint: row.route,
    method: METHODS.exec(row.route)?.[1] ?? null,
    totalRequests: row.requests,
    successfulRequests: row.requests - row.failed,
    failedRequests: row.failed,
    avgResponseTimeMs: row.avgMs,
    p50ResponseTimeMs: row.p50Ms,
    p95ResponseTimeMs: row.p95Ms,
    p99ResponseTimeMs: row.p99Ms,
    maxResponseTimeMs: row.maxMs,
    avgRequestSizeBytes: rounded(row.requestBytesAvg),
    avgResponseSizeBytes: rounded(row.responseBytesAvg),
  };
}

export function resourceAnswer(point: ResourcePoint) {
  return {
    timestamp: new Date(point.timeMs),
    cpuUsagePercent: point.cpuUsagePercent,
    memoryUsedMB: rounded(point.memoryUsedMB),
    memoryTotalMB: rounded(point.memoryTotalMB),
    eventLoopLagMs: point.eventLoopLagMs,
    activeConnections: rounded(point.usedConnections),
    heapUsedMB: rounded(point.heapUsedMB),
    heapTotalMB: rounded(point.heapTotalMB),
  };
}

/** @param points oldest first */
export function poolAnswer(points: readonly ResourcePoint[], queries: QueryFigures) {
  const last = points.findLast(({ usedConnections }) => usedConnections !== null);
  const current = last === undefined ? null : (last.usedConnections ?? 0) + (last.idleConnections ?? 0);
  return {
    currentConnections: rounded(current),
    idleConnections: rounded(last?.idleConnections ?? null),
    waitingRequests: rounded(last?.waitingRequests ?? null),
    ...queries,
    utilizationPercent: last === undefined ? null : poolUtilization(last),
    utilizationHistory: points.flatMap((point) => {
      const utilizationPercent = poolUtilization(point);
      return utilizationPercent === null
        ? []
        : [
            {
              timestamp: new Date(point.timeMs),
              utilizationPercent,
              activeConnections: Math.round(point.usedConnections ?? 0),
              queuedRequests: Math.round(point.waitingRequests ?? 0),
            },
          ];
    }),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
