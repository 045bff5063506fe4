import {
  bottleneckList,
  businessPage,
  changesPage,
  detailedHealth,
  endpointList,
  endpointPage,
  monitoringAlerts,
  monitoringErrors,
  monitoringMetrics,
  monitoringTraces,
  overview,
  projectList,
  queryList,
  queryPage,
  resourcePage,
  serviceList,
  servicePage,
  tailPage,
  trace,
} from "@throughline/contract";
import { z } from "zod";
import type { RouteDocs } from "../routeDoc.ts";

const tag = "monitoring";
const query = { project: "default", range: "24h" };
const graphql = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.looseObject({
        message: z.string(),
        extensions: z.looseObject({ code: z.string() }),
      }),
    )
    .optional(),
});
const overviewOf = (kind: string): string =>
  `${kind} { performanceOverview(facilityId: "default", timeRange: LAST_HOUR) { p95ResponseTimeMs errorRate } }`;
const state = z.object({ status: z.enum(["ok", "degraded", "down"]) });

export const MONITORING: RouteDocs = {
  "GET /api/projects": {
    tag,
    summary: "The projects that the caller may see, and whether they have data",
    answer: projectList,
  },
  "GET /api/overview": {
    tag,
    summary: "The first screen: key numbers, charts, services, routes, errors",
    answer: overview,
    example: { query },
  },
  "GET /api/services": {
    tag,
    summary: "Services with rate, response times and error ratio",
    answer: serviceList,
    example: { query },
  },
  "GET /api/services/:service": {
    tag,
    summary: "One service: its course, routes, errors, dependencies and metrics",
    answer: servicePage,
    example: { params: { service: "web" }, query },
  },
  "GET /api/traces/:traceId": {
    tag,
    summary: "One trace with all its spans and logs",
    answer: trace,
    problems: ["invalid_trace_id", "unknown_trace"],
    example: { params: { traceId: "0af7651916cd43dd8448eb211c80319c" } },
  },
  "GET /api/queries": {
    tag,
    summary: "What services ask their databases, ranked",
    answer: queryList,
    example: { query: { ...query, sort: "total", slowMs: "100" } },
  },
  "GET /api/queries/:hash": {
    tag,
    summary: "One statement: its course, the endpoints that run it, its traces",
    answer: queryPage,
    problems: ["unknown_query"],
    example: { params: { hash: "b57e164c91d9c378" }, query },
  },
  "GET /api/business": {
    tag,
    summary: "Orders, conversion, revenue, and what else the business events tell",
    answer: businessPage,
    example: { query },
  },
  "GET /api/what-changed": {
    tag,
    summary: "What happened around a change of a vital, a response time or an error rate",
    answer: changesPage,
    example: { query: { ...query, metric: "p95" } },
  },
  "GET /api/tail": {
    tag,
    summary: "The newest spans or logs",
    answer: tailPage,
    example: { query: { project: "default", kind: "log" } },
  },
  "GET /api/monitoring/metrics": {
    tag,
    summary: "Key numbers and their course, of everything or of one service or route",
    answer: monitoringMetrics,
    example: { query: { ...query, service: "web" } },
  },
  "GET /api/monitoring/errors": {
    tag,
    summary: "Recorded exceptions by fingerprint, last seen first",
    answer: monitoringErrors,
    problems: ["invalid_cursor"],
    example: { query: { ...query, limit: "20" } },
  },
  "GET /api/monitoring/traces": {
    tag,
    summary: "Traces, newest first, by the spans with which they enter a service",
    answer: monitoringTraces,
    problems: ["invalid_cursor"],
    example: { query: { ...query, status: "error", minDurationMs: "100" } },
  },
  "GET /api/endpoints": {
    tag,
    summary: "Endpoints with rate, response times, errors and apdex, beside the range before",
    answer: endpointList,
    example: { query: { ...query, sort: "time" } },
  },
  "GET /api/endpoints/detail": {
    tag,
    summary: "One endpoint: its course, releases, methods, statuses, statements and traces",
    answer: endpointPage,
    example: { query: { ...query, service: "web", route: "/shop" } },
  },
  "GET /api/resources": {
    tag,
    summary: "Processors, memory, event loop, collections and pools of processes and hosts",
    answer: resourcePage,
    example: { query },
  },
  "GET /api/bottlenecks": {
    tag,
    summary: "What slows services down, with its evidence, and what could not be looked for",
    answer: bottleneckList,
    example: { query },
  },
  "GET /api/monitoring/alerts": {
    tag,
    summary:
      "What is wrong now: ingestion, quotas, health of services, bottlenecks, new errors and those that came back, budgets",
    answer: monitoringAlerts,
    problems: ["invalid_cursor"],
    example: { query: { project: "default", severity: "critical", limit: "20" } },
  },
  "POST /graphql": {
    tag,
    summary: "Questions in GraphQL; signed-in people may ask for the schema",
    answer: graphql,
    statuses: [200, 400],
    example: { body: { query: overviewOf("query") } },
  },
  "GET /graphql": {
    tag,
    summary: "A GraphQL document that was sent before, by its hash",
    answer: graphql,
    statuses: [200, 400],
    example: {
      query: { extensions: `{"persistedQuery":{"version":1,"sha256Hash":"${"0".repeat(64)}"}}` },
    },
  },
  "POST /graphql/stream": {
    tag,
    summary: "GraphQL subscriptions as server-sent events",
    answer: "text/event-stream",
    problems: ["too_many_connections"],
    example: { body: { query: overviewOf("subscription") } },
  },
  "GET /graphql/stream": {
    tag,
    summary: "GraphQL subscriptions as server-sent events, for EventSource",
    answer: "text/event-stream",
    problems: ["too_many_connections"],
    example: { query: { query: overviewOf("subscription") } },
  },
  "GET /api/monitoring/health": {
    tag,
    summary: "Whether the product's stores and its ingestion work, with every check",
    answer: detailedHealth,
  },
  "GET /api/health": {
    tag,
    summary: "Whether the product works; every check with detailed=true",
    answer: z.union([detailedHealth, state]),
    statuses: [200, 503],
    example: { query: { detailed: "true" } },
  },
  "GET /livez": { tag, summary: "The process answers", answer: state },
  "GET /startupz": { tag, summary: "The start is over", answer: state },
  "GET /readyz": {
    tag,
    summary: "Requests can be served now",
    answer: state.extend({ reasons: z.array(z.string()) }),
    statuses: [200, 503],
  },
};
