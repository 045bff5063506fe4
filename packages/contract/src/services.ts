import { z } from "zod";
import { errorRow, kpi, project, requestSeries, routeRow, serviceRow } from "./common.ts";
import { marker } from "./deployments.ts";
import { timeRange } from "./range.ts";

/** `GET /api/services` */
export const serviceList = z.object({ project, range: timeRange, services: z.array(serviceRow) });
export type ServiceList = z.infer<typeof serviceList>;

export const metricSummary = z.object({
  metric: z.string(),
  type: z.string(),
  unit: z.string(),
  description: z.string(),
  series: z.number(),
  last: z.number().nullable(),
  sparkline: z.array(z.number().nullable()),
});
export type MetricSummary = z.infer<typeof metricSummary>;

export const traceRow = z.object({
  traceId: z.string(),
  spanId: z.string(),
  service: z.string(),
  name: z.string(),
  route: z.string(),
  timeMs: z.number(),
  durationMs: z.number(),
  status: z.enum(["unset", "ok", "error"]),
  httpStatus: z.number(),
});
export type TraceRow = z.infer<typeof traceRow>;

/** `GET /api/services/{service}` */
export const servicePage = z.object({
  project,
  range: timeRange,
  service: z.string(),
  kpis: z.array(kpi),
  series: requestSeries,
  routes: z.array(routeRow),
  errors: z.array(errorRow),
  slowTraces: z.array(traceRow),
  metrics: z.array(metricSummary),
  /** From when on dependencies and instances are counted: the last hour of the range at most. */
  recentFromMs: z.number(),
  /** Outgoing calls by kind and target: databases, other services. */
  dependencies: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      calls: z.number(),
      p95Ms: z.number().nullable(),
      errorRatio: z.number().nullable(),
    }),
  ),
  instances: z.array(
    z.object({ instance: z.string(), version: z.string(), spans: z.number(), lastSeenMs: z.number() }),
  ),
  logCounts: z.object({
    timesMs: z.array(z.number()),
    bySeverity: z.record(z.string(), z.array(z.number())),
  }),
  /** Deployments and first-seen releases, oldest first. */
  markers: z.array(marker),
  fetchedAtMs: z.number(),
});
export type ServicePage = z.infer<typeof servicePage>;
