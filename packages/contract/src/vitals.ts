/** Web vitals as they are read: published thresholds, and the answer of `GET /api/web-vitals`. */
import { z } from "zod";
import { connectionType, deviceType, vitalName, vitalRating } from "./rum.ts";
import { project } from "./common.ts";
import { timeRange } from "./range.ts";

/** Which vitals are asked for; without any, those of all visits of the project in the range. */
export const vitalsFilter = z.object({
  /**
   * A page as it is grouped (`/products/:id`), or an address or path of it, which is grouped the same way; or a pattern
   * with `*` for any text (`/products/*`), of which all pages count together.
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

export const budgetState = z.object({
  /** `over`: the whole 95 % interval of p75 is above the target. `unknown`: not enough data yet. */
  state: z.enum(["in", "over", "unknown"]),
  target: z.number(),
  /** Whose target it is; null: the published threshold. */
  budgetId: z.string().nullable(),
  /** 0..1, page views above the target; in budget is at most a quarter. Null without views. */
  overShare: z.number().nullable(),
  /** `fewViews`: under 200. `close`: p75 is so near the target that its interval straddles it. */
  unknownBecause: z.enum(["fewViews", "close"]).nullable(),
  /** About how many more page views a verdict takes; 0 with one, null where no reasonable number is enough. */
  viewsNeeded: z.number().nullable(),
  /** When that is, at the rate of the range; null where it can't be said. */
  knownInMs: z.number().nullable(),
});
export type BudgetState = z.infer<typeof budgetState>;

export const vitalSince = z.object({
  /** First day of the new level, UTC: `2026-11-12`. */
  day: z.string(),
  atMs: z.number(),
  /** Mean of the daily p75 at a fixed mix of devices, before and since. */
  before: z.number(),
  after: z.number(),
  relativeEffect: z.number().nullable(),
  pValue: z.number(),
  viewsBefore: z.number(),
  viewsAfter: z.number(),
  /** The release first seen nearest to it, at most two days away. */
  nearestRelease: z.object({ release: z.string(), firstSeenMs: z.number() }).nullable(),
});
export type VitalSince = z.infer<typeof vitalSince>;

export const releaseVerdict = z.object({
  verdict: z.enum(["regressed", "improved", "noChange", "notEnoughData"]),
  release: z.string(),
  previousRelease: z.string(),
  /** p75 of each, over all devices, and page views that it rests on. */
  p75: z.number().nullable(),
  previousP75: z.number().nullable(),
  n: z.number(),
  previousN: z.number(),
  /** 0..1, views above the p75 of the release before; a quarter when nothing changed. Valid at every look. */
  exceedShare: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
  /** 1/E of the sequential test in the direction that the views lean to. */
  pValue: z.number(),
  viewsNeeded: z.number().nullable(),
});
export type ReleaseVerdict = z.infer<typeof releaseVerdict>;

/** What moved p75 since the period before: the page itself, or another mix of visitors. */
export const vitalMixShift = z.object({
  cause: z.enum(["page", "traffic", "both", "none", "unknown"]),
  /** The page's part, at the mix of before, with its 95 % interval; and the traffic's part. */
  within: z.number(),
  withinLow: z.number(),
  withinHigh: z.number(),
  mix: z.number(),
  strata: z.array(z.object({ name: z.string(), shareBefore: z.number(), shareAfter: z.number() })),
});
export type VitalMixShift = z.infer<typeof vitalMixShift>;

export const vitalReading = z.object({
  name: vitalName,
  /** 75th percentile of the page views in the range. */
  value: z.number(),
  rating: vitalRating,
  /** Of the budget that holds; without one the published threshold of "good". */
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
  /** 95 % order-statistic interval of the value; null under 13 page views. */
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
  /** Slow visits to open: traces of the backend that the page's request went to. */
  traceIds: z.array(z.string()),
  budget: budgetState,
  /** p75 over the range, at the times of the answer's `timesMs`; null where fewer than 20 views were. */
  sparkline: z.array(z.number().nullable()),
  /** Since when it is as it is; null when it did not change within 30 days, or too little is known: `sinceReason`. */
  since: vitalSince.nullable(),
  sinceReason: z.string().nullable(),
  /** p75 a day, of whole days, at a fixed mix of devices: 30 days at most. */
  history: z.array(z.object({ day: z.string(), p75: z.number(), n: z.number() })),
  /** The newest release against the one before; null with a reason. */
  release: releaseVerdict.nullable(),
  releaseReason: z.string().nullable(),
  /** Null with fewer than 200 views on either side. */
  mixShift: vitalMixShift.nullable(),
});
export type VitalReading = z.infer<typeof vitalReading>;

/** Parts of the overall score: the weighted mean of the vitals' own scores. Formula: insight/statistics/score.ts. */
export const vitalScore = z.object({
  score: z.number().nullable(),
  vitals: z.array(
    z.object({
      name: vitalName,
      /** 0..100: 90 at the "good" threshold, 50 at the "poor" one; null with fewer than 200 page views. */
      score: z.number().nullable(),
      /** 0..1; the weight of what is not known is shared by what is. */
      weight: z.number(),
    }),
  ),
});

/** Answer of `GET /api/web-vitals`. */
export const vitalsPage = z.object({
  project,
  range: timeRange,
  vitals: z.array(vitalReading),
  /** Of the sparklines. */
  timesMs: z.array(z.number()),
  /** 0 to 100; null until vitals of half of the weight have 200 page views each: `score` has its parts. */
  overallScore: z.number().nullable(),
  score: vitalScore,
  /** Vitals whose value is rated poor. */
  criticalIssues: z.number().int(),
  /** When this answer was made, ISO 8601. */
  lastChecked: z.string(),
  /** The address a fix is verified with: everything acknowledged before the question is counted. */
  isVerified: z.boolean(),
});
export type VitalsPage = z.infer<typeof vitalsPage>;

/** A vital in a table. */
export const vitalCell = z.object({
  name: vitalName,
  value: z.number(),
  rating: vitalRating,
  sampleCount: z.number(),
  poorCount: z.number(),
});
export type VitalCell = z.infer<typeof vitalCell>;

export const vitalPageRow = z.object({
  page: z.string(),
  /** Largest number of page views that a vital of it has. */
  viewCount: z.number(),
  /** Readings that were not good, of all vitals: what the table is ordered by. */
  notGoodCount: z.number(),
  /** Null with too few views. */
  score: z.number().nullable(),
  vitals: z.array(vitalCell),
});
export type VitalPageRow = z.infer<typeof vitalPageRow>;

/** Answer of `GET /api/web-vitals/pages`: the pages that gain most by being made faster, at most 50. */
export const vitalPages = z.object({ project, range: timeRange, pages: z.array(vitalPageRow) });
export type VitalPages = z.infer<typeof vitalPages>;

export const VITAL_DIMENSIONS = ["device", "country", "connection", "release"] as const;
export type VitalDimension = (typeof VITAL_DIMENSIONS)[number];

/** Answer of `GET /api/web-vitals/breakdown`: the same page views by each dimension, at most 20 values of each. */
export const vitalBreakdown = z.object({
  project,
  range: timeRange,
  dimensions: z.array(
    z.object({
      dimension: z.enum(VITAL_DIMENSIONS),
      values: z.array(z.object({ value: z.string(), vitals: z.array(vitalCell) })),
    }),
  ),
});
export type VitalBreakdown = z.infer<typeof vitalBreakdown>;
