import { z } from "zod";

export const HEALTH_STATUSES = ["HEALTHY", "DEGRADED", "UNHEALTHY", "CRITICAL"] as const;
export const healthStatus = z.enum(HEALTH_STATUSES);
export type HealthStatus = z.infer<typeof healthStatus>;

export const trend = z.enum(["IMPROVING", "STABLE", "DEGRADING", "CRITICAL"]);
export type Trend = z.infer<typeof trend>;

/** One thing that makes up the score. */
export const healthPart = z.object({
  id: z.enum(["reliability", "speed", "headroom"]),
  title: z.string(),
  /** 0..100; null when it is not measured, and then it does not count. */
  score: z.number().nullable(),
  /** Its share of the mean, 0..1; 0 when it does not count. */
  weight: z.number(),
  /** What was measured, or why nothing was. */
  text: z.string(),
});
export type HealthPart = z.infer<typeof healthPart>;

/** How well a project or a service does. The formula is in docs/decisions/0021-health-and-bottlenecks.md. */
export const health = z.object({
  /** 0..100; null when it is not known, then `reason` says why. */
  score: z.number().nullable(),
  status: healthStatus.nullable(),
  /** Against the window of the same length just before; null when either score is not known. */
  trend: trend.nullable(),
  previousScore: z.number().nullable(),
  parts: z.array(healthPart),
  requests: z.number(),
  reason: z.string().nullable(),
});
export type Health = z.infer<typeof health>;
