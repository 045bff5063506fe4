import { z } from "zod";
import { vitalReading } from "./vitals.ts";

/** One of the product's own numbers; null with the reason when it can't be told. */
export const ownMetric = z.object({
  /** `dashboard.data_age_ms` */
  id: z.string(),
  title: z.string(),
  value: z.number().nullable(),
  unit: z.enum(["ms", "count", "/min", "%"]),
  /** How it came about, in a sentence: over what, and which part of it. */
  detail: z.string(),
  sampleCount: z.number().int(),
  reason: z.string().nullable(),
});
export type OwnMetric = z.infer<typeof ownMetric>;

/** `GET /api/system/performance`: how fast the product's own pages are, over 24 hours. */
export const ownPerformance = z.object({
  fetchedAtMs: z.number(),
  /** Off: THROUGHLINE_SELF_TELEMETRY=off, nothing is measured. */
  isMeasured: z.boolean(),
  /** With the product's own targets, which are stricter than the published thresholds. */
  vitals: z.array(z.object({ reading: vitalReading, ownTarget: z.number() })),
  metrics: z.array(ownMetric),
});
export type OwnPerformance = z.infer<typeof ownPerformance>;
