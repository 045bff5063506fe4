import { z } from "zod";
import { health } from "./healthScore.ts";

export const project = z.object({
  id: z.string(),
  name: z.string(),
  hasData: z.boolean(),
  lastSeenMs: z.number().nullable(),
});
export type Project = z.infer<typeof project>;

/** `GET /api/projects` */
export const projectList = z.object({ projects: z.array(project) });
export type ProjectList = z.infer<typeof projectList>;

/** A number that may not be known yet: then `value` is null and `reason` says why and when it will be. */
export const kpi = z.object({
  id: z.string(),
  title: z.string(),
  value: z.number().nullable(),
  unit: z.enum(["ms", "/s", "%", "B", "count", "s"]),
  previous: z.number().nullable(),
  /** Relative change to the previous window of the same length; null when either side is unknown. */
  changeRatio: z.number().nullable(),
  /** Which way is better, so that the page can colour the change. */
  better: z.enum(["lower", "higher", "neither"]),
  sampleCount: z.number(),
  sparkline: z.array(z.number().nullable()),
  reason: z.string().nullable(),
});
export type Kpi = z.infer<typeof kpi>;

export const requestSeries = z.object({
  timesMs: z.array(z.number()),
  p50Ms: z.array(z.number().nullable()),
  p95Ms: z.array(z.number().nullable()),
  p99Ms: z.array(z.number().nullable()),
  requestsPerSecond: z.array(z.number()),
  errorsPerSecond: z.array(z.number()),
});
export type RequestSeries = z.infer<typeof requestSeries>;

export const serviceRow = z.object({
  service: z.string(),
  requestsPerSecond: z.number(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  /** 0..1; null without requests. */
  errorRatio: z.number().nullable(),
  requests: z.number(),
  spans: z.number(),
  logs: z.number(),
  lastSeenMs: z.number(),
  releases: z.array(z.string()),
  health,
  sparkline: z.array(z.number().nullable()),
});
export type ServiceRow = z.infer<typeof serviceRow>;

export const routeRow = z.object({
  service: z.string(),
  route: z.string(),
  requests: z.number(),
  requestsPerSecond: z.number(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number(),
  errors: z.number(),
  errorRatio: z.number().nullable(),
  /** Share of all request time in the range, 0..1. */
  timeShare: z.number(),
  responseBytesAvg: z.number().nullable(),
  slowestTraceId: z.string().nullable(),
  lastErrorTraceId: z.string().nullable(),
});
export type RouteRow = z.infer<typeof routeRow>;

export const errorRow = z.object({
  fingerprint: z.string(),
  type: z.string(),
  message: z.string(),
  service: z.string(),
  route: z.string(),
  count: z.number(),
  firstSeenMs: z.number(),
  lastSeenMs: z.number(),
  traceId: z.string().nullable(),
});
export type ErrorRow = z.infer<typeof errorRow>;
