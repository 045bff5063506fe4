import { z } from "zod";
import { project } from "./common.ts";
import { timeRange } from "./range.ts";

export const BOTTLENECK_TYPES = [
  "SLOW_QUERY",
  "HIGH_CPU",
  "MEMORY_LEAK",
  "CONNECTION_POOL_EXHAUSTION",
  "N_PLUS_ONE_QUERY",
  "UNINDEXED_QUERY",
  "LARGE_PAYLOAD",
] as const;
export const bottleneckType = z.enum(BOTTLENECK_TYPES);
export type BottleneckType = z.infer<typeof bottleneckType>;

export const BOTTLENECK_SEVERITIES = ["CRITICAL", "HIGH", "MEDIUM", "LOW"] as const;
export const bottleneckSeverity = z.enum(BOTTLENECK_SEVERITIES);
export type BottleneckSeverity = z.infer<typeof bottleneckSeverity>;

/** Something that costs requests time, with what was measured and where to look. */
export const bottleneck = z.object({
  /** Stable while the same thing goes on: type, service and what it is about. */
  id: z.string(),
  type: bottleneckType,
  severity: bottleneckSeverity,
  service: z.string(),
  /** The statement, the endpoint or the instance. */
  subject: z.string(),
  /** What was measured, in a sentence. */
  description: z.string(),
  /** What it costs, in a sentence. */
  impact: z.string(),
  recommendation: z.string(),
  /** Share of the service's request time in the range that it takes, 0..1; null where it can't be told. */
  shareOfRequestTime: z.number().nullable(),
  /** In the range; null where it can't be told. */
  requestsAffected: z.number().nullable(),
  affectedEndpoints: z.array(z.object({ service: z.string(), route: z.string() })),
  evidence: z.object({
    /** A real trace that shows it. */
    traceId: z.string().nullable(),
    /** Of the statement's page. */
    queryHash: z.string().nullable(),
    /** Of the chart on the resources page. */
    instance: z.string().nullable(),
    /** Of the plan on the page of its watched database. */
    plan: z.object({ databaseId: z.string(), databaseName: z.string(), statementId: z.string() }).nullable(),
  }),
});
export type Bottleneck = z.infer<typeof bottleneck>;

/** Whether a type could be looked for at all. */
export const bottleneckCheck = z.object({
  type: bottleneckType,
  isChecked: z.boolean(),
  /** The definition it was checked against, or what is missing to check it. */
  text: z.string(),
});

/** `GET /api/bottlenecks`: worst first, at most 50. */
export const bottleneckList = z.object({
  project,
  range: timeRange,
  /** Instances are looked at from here on: the last hour of the range at most. */
  resourcesFromMs: z.number(),
  bottlenecks: z.array(bottleneck),
  checks: z.array(bottleneckCheck),
});
export type BottleneckList = z.infer<typeof bottleneckList>;
