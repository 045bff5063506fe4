import { z } from "zod";
import { project, requestSeries } from "./common.ts";
import { marker } from "./deployments.ts";
import { trend } from "./healthScore.ts";
import { timeRange } from "./range.ts";
import { traceRow } from "./services.ts";

/** What an endpoint did in one window. Durations in ms, sizes in bytes of the body. */
export const endpointFigures = z.object({
  requests: z.number(),
  /** Neither a server error nor a span with status error. */
  succeeded: z.number(),
  failed: z.number(),
  /** Answered 400 to 499: the caller's mistake, so not counted as failed. */
  clientErrors: z.number(),
  /** 0..1; null without requests. */
  errorRatio: z.number().nullable(),
  avgMs: z.number().nullable(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number().nullable(),
  /** Null when no request said its size. */
  requestBytesAvg: z.number().nullable(),
  responseBytesAvg: z.number().nullable(),
  /** (up to T + half of those up to 4 T) / requests, 0..1, by duration alone: failures have numbers of their own. Null without requests. */
  apdex: z.number().nullable(),
});
export type EndpointFigures = z.infer<typeof endpointFigures>;

export const endpointRow = endpointFigures.extend({
  service: z.string(),
  /** As `http.route` or the span's name says it, with its method where it has one. */
  route: z.string(),
  requestsPerSecond: z.number(),
  /** Share of all request time in the range, 0..1. */
  timeShare: z.number(),
  /** Health of the endpoint against the window before; null when either has too few requests. */
  trend: trend.nullable(),
  /** The window of the same length just before; null without requests there. */
  previous: endpointFigures.nullable(),
  slowestTraceId: z.string().nullable(),
  lastErrorTraceId: z.string().nullable(),
});
export type EndpointRow = z.infer<typeof endpointRow>;

export const ENDPOINT_ORDERS = ["time", "requests", "p95", "errors", "apdex", "size"] as const;
/** Of the health score, and of apdex when nothing else is asked for. */
export const APDEX_T_MS = 500;

export const apdexQuery = z.object({
  /** Apdex' T: up to it a caller is satisfied, up to four times it they tolerate. */
  apdexMs: z.coerce.number().min(1).max(600_000).default(APDEX_T_MS),
});

/** Filters of `GET /api/endpoints`, beside project and range. */
export const endpointsFilter = apdexQuery.extend({
  service: z.string().min(1).max(200).optional(),
  /** Part of the route, in any case. */
  q: z.string().min(1).max(200).optional(),
  sort: z.enum(ENDPOINT_ORDERS).default("time"),
});
export type EndpointsFilter = z.infer<typeof endpointsFilter>;

/** `GET /api/endpoints`: the first 100 endpoints in the order that was asked for. */
export const endpointList = z.object({
  project,
  range: timeRange,
  apdexMs: z.number(),
  endpoints: z.array(endpointRow),
  /** Of the whole range and filter, also of what is not listed. */
  totals: z.object({ endpoints: z.number(), requests: z.number(), failed: z.number(), totalMs: z.number() }),
});
export type EndpointList = z.infer<typeof endpointList>;

/** Filters of `GET /api/endpoints/detail`. An empty route is that of requests that told none. */
export const endpointQuery = apdexQuery.extend({
  service: z.string().min(1).max(200),
  route: z.string().max(1024),
});

const part = z.object({
  value: z.string(),
  requests: z.number(),
  failed: z.number(),
  p95Ms: z.number().nullable(),
});
export type EndpointPart = z.infer<typeof part>;

export const endpointStatement = z.object({
  hash: z.string(),
  statement: z.string(),
  executions: z.number(),
  executionsPerRequest: z.number().nullable(),
  p95Ms: z.number().nullable(),
  totalMs: z.number(),
  /** Query time for each second that the endpoint's requests took; null without requests. */
  shareOfRequestTime: z.number().nullable(),
  repeatedGroups: z.number(),
});
export type EndpointStatement = z.infer<typeof endpointStatement>;

/** `GET /api/endpoints/detail?service=&route=` */
export const endpointPage = z.object({
  project,
  range: timeRange,
  apdexMs: z.number(),
  endpoint: endpointRow,
  series: requestSeries,
  markers: z.array(marker),
  /** Of the whole range, newest first. */
  releases: z.array(part.extend({ firstSeenMs: z.number() })),
  /** From single requests since `fromMs`, because the longer memory does not keep method and status. */
  recent: z.object({
    fromMs: z.number(),
    methods: z.array(part),
    statuses: z.array(part),
    slow: z.array(traceRow),
    failing: z.array(traceRow),
  }),
  statements: z.array(endpointStatement),
});
export type EndpointPage = z.infer<typeof endpointPage>;
