import { z } from "zod";
import { project } from "./common.ts";
import { visitOfTrace } from "./visits.ts";

export const spanEvent = z.object({
  timeMs: z.number(),
  name: z.string(),
  attributes: z.record(z.string(), z.string()),
});
export const spanLink = z.object({
  traceId: z.string(),
  spanId: z.string(),
  attributes: z.record(z.string(), z.string()),
});

export const span = z.object({
  spanId: z.string(),
  /** null for a root; a parent that was never received keeps its id and `isOrphan` is true. */
  parentSpanId: z.string().nullable(),
  isOrphan: z.boolean(),
  service: z.string(),
  name: z.string(),
  kind: z.enum(["unspecified", "internal", "server", "client", "producer", "consumer"]),
  status: z.enum(["unset", "ok", "error"]),
  statusMessage: z.string(),
  /** Milliseconds since the trace's first span, with microsecond decimals. */
  startOffsetMs: z.number(),
  durationMs: z.number(),
  /** Time not covered by children. */
  selfMs: z.number(),
  depth: z.number(),
  /** On the longest chain that decides the trace's duration. */
  isCritical: z.boolean(),
  attributes: z.record(z.string(), z.string()),
  resource: z.record(z.string(), z.string()),
  scope: z.string(),
  events: z.array(spanEvent),
  links: z.array(spanLink),
});
export type Span = z.infer<typeof span>;

export const logLine = z.object({
  timeMs: z.number(),
  service: z.string(),
  severity: z.string(),
  body: z.string(),
  traceId: z.string().nullable(),
  spanId: z.string().nullable(),
  attributes: z.record(z.string(), z.string()),
});
export type LogLine = z.infer<typeof logLine>;

/** `GET /api/traces/{traceId}`: spans in display order (depth first, by start). */
export const trace = z.object({
  project,
  traceId: z.string(),
  startMs: z.number(),
  durationMs: z.number(),
  rootName: z.string(),
  rootService: z.string(),
  /** The root span was not received: the tree hangs on the earliest orphans. */
  isRootMissing: z.boolean(),
  services: z.array(z.object({ service: z.string(), spans: z.number(), selfMs: z.number() })),
  errorCount: z.number(),
  spans: z.array(span),
  /** Spans beyond the limit of 5 000 that are stored but not shown. */
  hiddenSpans: z.number(),
  logs: z.array(logLine),
  /** The visit whose page or request it was; null when no browser named the trace. */
  visit: visitOfTrace.nullable(),
});
export type Trace = z.infer<typeof trace>;
