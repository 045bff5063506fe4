import { z } from "zod";
import { errorRow, kpi, project, requestSeries } from "./common.ts";
import { timeRange } from "./range.ts";
import { traceRow } from "./services.ts";

/** `GET /api/monitoring/metrics` */
export const monitoringMetrics = z.object({
  timestamp: z.string(),
  range: timeRange,
  service: z.string().nullable(),
  kpis: z.array(kpi),
  series: requestSeries,
});
/** `GET /api/monitoring/errors` and `/traces` page by cursor: pass `nextCursor` back as `cursor`. */
export const monitoringErrors = z.object({
  project,
  range: timeRange,
  errors: z.array(errorRow),
  nextCursor: z.string().nullable(),
});
export const monitoringTraces = z.object({
  project,
  range: timeRange,
  traces: z.array(traceRow),
  nextCursor: z.string().nullable(),
});
export type MonitoringMetrics = z.infer<typeof monitoringMetrics>;
export type MonitoringErrors = z.infer<typeof monitoringErrors>;
export type MonitoringTraces = z.infer<typeof monitoringTraces>;

/** No span is longer; in nanoseconds it is still a whole number to JavaScript. */
const DURATION_MS_MAX = 30 * 86_400_000;
const duration = z.coerce.number().min(0).max(DURATION_MS_MAX);

/** Filters shared by the monitoring reads; durations in milliseconds. */
export const monitoringFilter = z.object({
  project: z.string().max(100).optional(),
  service: z.string().max(200).optional(),
  route: z.string().max(500).optional(),
  minDurationMs: duration.optional(),
  maxDurationMs: duration.optional(),
  status: z.enum(["ok", "error"]).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(500).optional(),
});
export type MonitoringFilter = z.infer<typeof monitoringFilter>;
