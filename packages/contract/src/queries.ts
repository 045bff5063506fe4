import { z } from "zod";
import { project } from "./common.ts";
import { statementPlan } from "./databases.ts";
import { timeRange } from "./range.ts";

/** A statement as it is stored: without its literals. `hash` is 16 hexadecimal digits, equal for equal statements. */
export const queryRow = z.object({
  hash: z.string(),
  statement: z.string(),
  service: z.string(),
  dbSystem: z.string(),
  dbNamespace: z.string(),
  executions: z.number(),
  executionsPerSecond: z.number(),
  errors: z.number(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number(),
  /** All executions together. */
  totalMs: z.number(),
  /** Share of all query time of the project in the range, 0..1. */
  timeShare: z.number(),
  /** Executions that took longer than the answer's `slowMs`, to the width of a histogram bucket (9 %). */
  slowExecutions: z.number(),
  /** Null when the driver does not say how many rows came back. */
  rowsAvg: z.number().nullable(),
  /** Groups of at least 5 executions below one span, and the executions in them: N+1 candidates. */
  repeatedGroups: z.number(),
  repeatedExecutions: z.number(),
  repeatedMax: z.number(),
  /** In the range; null without executions there. */
  lastSeenMs: z.number().nullable(),
  slowestTraceId: z.string().nullable(),
  repeatedTraceId: z.string().nullable(),
});
export type QueryRow = z.infer<typeof queryRow>;

export const QUERY_ORDERS = ["total", "p95", "executions", "slow", "repeated"] as const;

/** Filters of `GET /api/queries`, beside project and range. */
export const queriesFilter = z.object({
  service: z.string().min(1).max(200).optional(),
  route: z.string().min(1).max(1024).optional(),
  /** Part of the statement, in any case. */
  q: z.string().min(1).max(200).optional(),
  sort: z.enum(QUERY_ORDERS).default("total"),
  slowMs: z.coerce.number().min(1).max(600_000).default(100),
});
export type QueriesFilter = z.infer<typeof queriesFilter>;

/** `GET /api/queries`: the first 100 statements in the order that was asked for. */
export const queryList = z.object({
  project,
  range: timeRange,
  slowMs: z.number(),
  queries: z.array(queryRow),
  /** Of the whole range and filter, also of what is not listed. */
  totals: z.object({
    statements: z.number(),
    executions: z.number(),
    totalMs: z.number(),
    /** Query time for each second that requests took, 0..1 and more where they run at once; null without requests. */
    shareOfRequestTime: z.number().nullable(),
  }),
});
export type QueryList = z.infer<typeof queryList>;

export const queryEndpoint = z.object({
  service: z.string(),
  /** Empty for executions outside of a request, or whose request was stored by another load. */
  route: z.string(),
  executions: z.number(),
  totalMs: z.number(),
  p95Ms: z.number().nullable(),
  repeatedGroups: z.number(),
  /** Executions for each request of the route; null when the route had none. */
  executionsPerRequest: z.number().nullable(),
  /** Share of the route's own request time, 0..1; null when the route had no requests. */
  shareOfRequestTime: z.number().nullable(),
});

/** `GET /api/queries/:hash` */
export const queryPage = z.object({
  project,
  range: timeRange,
  query: queryRow.omit({ service: true }).extend({ services: z.array(z.string()) }),
  /** The same figures of the window of the same length just before; null without executions there. */
  previous: z
    .object({
      executions: z.number(),
      p50Ms: z.number().nullable(),
      p95Ms: z.number().nullable(),
      totalMs: z.number(),
    })
    .nullable(),
  series: z.object({
    timesMs: z.array(z.number()),
    p50Ms: z.array(z.number().nullable()),
    p95Ms: z.array(z.number().nullable()),
    p99Ms: z.array(z.number().nullable()),
    executionsPerSecond: z.array(z.number()),
  }),
  endpoints: z.array(queryEndpoint),
  releases: z.array(
    z.object({
      release: z.string(),
      executions: z.number(),
      p50Ms: z.number().nullable(),
      p95Ms: z.number().nullable(),
      firstSeenMs: z.number(),
    }),
  ),
  /** Of each step of time that had any: the trace with the slowest execution, and one that repeated it. Longest first. */
  traces: z.array(
    z.object({
      traceId: z.string(),
      /** Its slowest execution; null where it is known only that it repeated the statement. */
      maxMs: z.number().nullable(),
      /** Newest execution of the step of time that it is of. */
      timeMs: z.number(),
      isRepeated: z.boolean(),
    }),
  ),
  /** Of watched databases in which the same statement was slow. */
  plans: z.array(statementPlan),
});
export type QueryPage = z.infer<typeof queryPage>;
