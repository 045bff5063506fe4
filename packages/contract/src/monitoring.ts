import { z } from "zod";
import { bottleneckType } from "./bottlenecks.ts";
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
/** How long they took: two buckets an octave of nanoseconds; a bucket ends where the next one begins. */
export const durationHistogram = z.object({
  buckets: z.array(z.object({ fromMs: z.number(), toMs: z.number(), count: z.number(), errors: z.number() })),
  count: z.number(),
  /** Older ones of the range are not counted, since there are too many; null: all are. */
  countedFromMs: z.number().nullable(),
});
export type DurationHistogram = z.infer<typeof durationHistogram>;

export const monitoringTraces = z.object({
  project,
  range: timeRange,
  traces: z.array(traceRow),
  /** Of the filter without its durations; null unless it was asked for. */
  histogram: durationHistogram.nullable(),
  /** Older spans of the range were not looked through; the next page goes on there. Null: all were. */
  searchedFromMs: z.number().nullable(),
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
  /** A span's name, in full. With it or an attribute any matching span is found, not only those that enter a service. */
  name: z.string().min(1).max(500).optional(),
  /** `key=value` of a span or its resource, both in full. */
  attribute: z
    .string()
    .max(1300)
    .regex(/^[^=]{1,200}=.{1,1000}$/s, { error: "is key=value, as http.request.method=GET" })
    .optional(),
  histogram: z.stringbool().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(500).optional(),
});
export type MonitoringFilter = z.infer<typeof monitoringFilter>;

export const ALERT_TYPES = ["ingest", "quota", "health", "bottleneck", "error", "budget"] as const;
export const alertType = z.enum(ALERT_TYPES);
export type AlertType = z.infer<typeof alertType>;
export const ALERT_SEVERITIES = ["critical", "warning", "info"] as const;
export const alertSeverity = z.enum(ALERT_SEVERITIES);
export type AlertSeverity = z.infer<typeof alertSeverity>;

/** What an alert is about; what it does not concern is null. */
export const alertSubject = z.object({
  service: z.string().nullable(),
  route: z.string().nullable(),
  /** Of a site. */
  page: z.string().nullable(),
  /** One of `BOTTLENECK_TYPES`. */
  bottleneck: bottleneckType.nullable(),
  /** Of an error. */
  fingerprint: z.string().nullable(),
  queryHash: z.string().nullable(),
  instance: z.string().nullable(),
  /** A real one that shows it. */
  traceId: z.string().nullable(),
});
export type AlertSubject = z.infer<typeof alertSubject>;

/** What is wrong now, and since when. `GET /api/monitoring/alerts` */
export const monitoringAlert = z.object({
  /** Stable while the same thing goes on. */
  id: z.string(),
  type: alertType,
  severity: alertSeverity,
  /**
   * `active`: the newest measurement says so. `unconfirmed`: it was so when it was measured last, and nothing was measured
   * since; it is not over, it is not known. What is measured to be over is no alert any more.
   */
  status: z.enum(["active", "unconfirmed"]),
  title: z.string(),
  detail: z.string(),
  /** Null: it is not recorded when it began. */
  sinceMs: z.number().nullable(),
  subject: alertSubject,
  /** Path of the page that shows it. */
  link: z.string(),
});
export type MonitoringAlert = z.infer<typeof monitoringAlert>;

/** Whether a type could be looked for: nothing found must not look like nothing wrong. */
export const alertCheck = z.object({
  type: alertType,
  isChecked: z.boolean(),
  /** What it is, or why it could not be looked for. */
  text: z.string(),
});
export type AlertCheck = z.infer<typeof alertCheck>;

/** Filters of `GET /api/monitoring/alerts`, beside the project. */
export const alertsFilter = z.object({
  type: alertType.optional(),
  severity: alertSeverity.optional(),
  service: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(1000).optional(),
});
export type AlertsFilter = z.infer<typeof alertsFilter>;

export const monitoringAlerts = z.object({
  timestamp: z.string(),
  project,
  /** Worst first, then newest first. */
  alerts: z.array(monitoringAlert),
  /** Of the filter, on all pages; at most some hundreds of a type are told. */
  total: z.number(),
  checks: z.array(alertCheck),
  nextCursor: z.string().nullable(),
});
export type MonitoringAlerts = z.infer<typeof monitoringAlerts>;
