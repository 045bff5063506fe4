/** Web vitals as they are read: published thresholds, and the answer of `GET /api/web-vitals`. */
import { z } from "zod";
import {
  connectionType,
  deviceType,
  vitalName,
  vitalRating,
  type VitalName,
  type VitalRating,
} from "./rum.ts";
import { project } from "./common.ts";
import { timeRange } from "./range.ts";

export interface VitalThreshold {
  /** Up to and with it: good. */
  readonly good: number;
  /** Above it: poor. */
  readonly poor: number;
}

/** As in the source of web-vitals 6.2.3; milliseconds, CLS without a unit. */
export const VITAL_THRESHOLDS: Readonly<Record<VitalName, VitalThreshold>> = {
  LCP: { good: 2500, poor: 4000 },
  INP: { good: 200, poor: 500 },
  CLS: { good: 0.1, poor: 0.25 },
  FCP: { good: 1800, poor: 3000 },
  TTFB: { good: 800, poor: 1800 },
};

export function rateVital(name: VitalName, value: number): VitalRating {
  const { good, poor } = VITAL_THRESHOLDS[name];
  if (value <= good) return "good";
  return value > poor ? "poor" : "needs-improvement";
}

/** Which vitals are asked for; without any, those of all visits of the project in the range. */
export const vitalsFilter = z.object({
  /**
   * A page as it is grouped (`/products/:id`), or an address or path of it, which is grouped the same way.
   */
  page: z.string().min(1).max(2048).optional(),
  device: deviceType.optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: "must be two capital letters, as DE" })
    .optional(),
  connection: connectionType.optional(),
  release: z.string().min(1).max(256).optional(),
  /** The answer waits until everything that was acknowledged before the request is counted. */
  verify: z.enum(["true", "false"]).optional(),
});
export type VitalsFilter = z.infer<typeof vitalsFilter>;

export const vitalReading = z.object({
  name: vitalName,
  /** 75th percentile of the page views in the range. */
  value: z.number(),
  rating: vitalRating,
  /** The published threshold of "good". */
  target: z.number(),
  unit: z.enum(["ms", ""]),
  /** Value minus that of the period of the same length before; null when one of them has too few page views. */
  trend: z.number().nullable(),
  /** The address that is most frequent among the slowest quarter. */
  pageUrl: z.string(),
  /** Composed from what browsers reported about the slowest quarter; null when they reported nothing: see `reason`. */
  diagnosis: z.string().nullable(),
  suggestedFix: z.string().nullable(),
  /** Stable name of the cause found: `lcp.resource_load_duration`. */
  causeId: z.string().nullable(),
  /** Why there is no diagnosis. */
  reason: z.string().nullable(),
  /** Page views that reported this vital. */
  sampleCount: z.number().int(),
  previousSampleCount: z.number().int(),
  /** Page views by rating. */
  distribution: z.object({ good: z.number(), needsImprovement: z.number(), poor: z.number() }),
  /** 95 % order-statistic interval of the value; null under 20 page views. */
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
  /** Slow visits to open: traces of the backend that the page's request went to. */
  traceIds: z.array(z.string()),
});
export type VitalReading = z.infer<typeof vitalReading>;

/** Answer of `GET /api/web-vitals`. */
export const vitalsPage = z.object({
  project,
  range: timeRange,
  vitals: z.array(vitalReading),
  /** 0 to 100; null without any vital. How it is computed: insight/vitals/score.ts. */
  overallScore: z.number().nullable(),
  /** Vitals whose value is rated poor. */
  criticalIssues: z.number().int(),
  /** When this answer was made, ISO 8601. */
  lastChecked: z.string(),
  /** The address a fix is verified with: everything acknowledged before the question is counted. */
  isVerified: z.boolean(),
});
export type VitalsPage = z.infer<typeof vitalsPage>;
