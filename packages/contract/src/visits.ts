/** Visits of browsers: the list behind a number, and one visit from its first page to its last. */
import { z } from "zod";
import { project } from "./common.ts";
import { timeRange } from "./range.ts";
import { connectionType, deviceType, navigationType, vitalName, vitalRating } from "./rum.ts";
import { vitalsFilter } from "./vitals.ts";

/**
 * `GET /api/visits`. With `metric`, a visit is listed when a page view of it reported that vital, with `rating` when one was
 * rated so; `page` then is that page view's. `sort=slowest` orders by the worst value of `metric`, LCP unless another is named.
 */
export const visitsFilter = vitalsFilter.omit({ verify: true }).extend({
  metric: vitalName.optional(),
  rating: vitalRating.optional(),
  /** Only visits in which an error was reported. */
  errors: z.literal("true").optional(),
  sort: z.enum(["newest", "slowest"]).default("newest"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
export type VisitsFilter = z.infer<typeof visitsFilter>;

const rated = z.object({ name: vitalName, value: z.number(), rating: vitalRating });
export type RatedVital = z.infer<typeof rated>;

/** What senders leave out is an empty text. */
const visitorFields = {
  sessionId: z.string(),
  startMs: z.number(),
  /** To the last thing that was reported. */
  durationMs: z.number(),
  deviceType: z.union([deviceType, z.literal("")]),
  connectionType: z.union([connectionType, z.literal("")]),
  /** Two letters, told by a trusted proxy. */
  country: z.string(),
  release: z.string(),
};

export const visitRow = z.object({
  ...visitorFields,
  entryPath: z.string(),
  pageViews: z.number().int(),
  /** By how far beyond its thresholds it is; null when no vital was reported. */
  worstVital: rated.nullable(),
  errors: z.number().int(),
  requests: z.number().int(),
});
export type VisitRow = z.infer<typeof visitRow>;

export const visitsPage = z.object({
  project,
  range: timeRange,
  visits: z.array(visitRow),
  nextCursor: z.string().nullable(),
});
export type VisitsPage = z.infer<typeof visitsPage>;

/** A place in code. `original` is what the release's source map says of it. */
export const codePlace = z.object({
  functionName: z.string(),
  url: z.string(),
  /** From 1; null when only a position in the file is known. */
  line: z.number().int().nullable(),
  /** From 1. */
  column: z.number().int().nullable(),
  original: z
    .object({
      source: z.string(),
      line: z.number().int(),
      column: z.number().int(),
      name: z.string().nullable(),
    })
    .nullable(),
});
export type CodePlace = z.infer<typeof codePlace>;

/** Milliseconds after its page view began; the clocks of beacons may put something a little before it. */
const offsetMs = z.number();

const traceLink = {
  traceId: z.string().nullable(),
  /** Whether spans of it are stored in this project. */
  isTraceStored: z.boolean(),
};

export const visitVital = rated.extend({
  /** When it happened: the paint, the interaction, the largest shift. Null when the browser did not say. */
  offsetMs: offsetMs.nullable(),
  /** Element that the browser named. */
  target: z.string(),
  /** What this one value is made of and what to do, as the diagnosis of many. */
  diagnosis: z.string().nullable(),
  suggestedFix: z.string().nullable(),
  /** Of INP: the script that took longest. */
  script: codePlace.nullable(),
});
export type VisitVital = z.infer<typeof visitVital>;

export const visitItem = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("request"),
    offsetMs,
    durationMs: z.number(),
    method: z.string(),
    url: z.string(),
    /** 0: no answer. */
    statusCode: z.number().int(),
    ...traceLink,
  }),
  z.object({
    type: z.literal("resource"),
    offsetMs,
    durationMs: z.number(),
    url: z.string(),
    initiatorType: z.string(),
    /** Null where the other origin does not tell. */
    transferSizeBytes: z.number().nullable(),
    isRenderBlocking: z.boolean(),
  }),
  z.object({
    type: z.literal("long_frame"),
    offsetMs,
    durationMs: z.number(),
    blockingDurationMs: z.number(),
    /** Longest first. */
    scripts: z.array(codePlace.extend({ invoker: z.string(), durationMs: z.number() })),
  }),
  z.object({
    type: z.literal("error"),
    offsetMs,
    name: z.string(),
    message: z.string(),
    isHandled: z.boolean(),
    /** Of the errors that are alike: `GET /api/errors/{fingerprint}`. */
    fingerprint: z.string(),
    /** As the browser wrote it. */
    stack: z.string(),
    frames: z.array(codePlace),
  }),
  z.object({
    type: z.literal("event"),
    offsetMs,
    name: z.string(),
    attributes: z.record(z.string(), z.string()),
  }),
]);
export type VisitItem = z.infer<typeof visitItem>;

export const visitPageView = z.object({
  pageViewId: z.string(),
  startMs: z.number(),
  /** To the last thing that was reported of it. */
  durationMs: z.number(),
  navigationType: z.union([navigationType, z.literal("")]),
  title: z.string(),
  /** Origin and path. */
  url: z.string(),
  /** The path with ids folded. */
  page: z.string(),
  referrer: z.string(),
  /** To the end of the load event; null for soft navigations, and when the visitor left before. */
  loadDurationMs: z.number().nullable(),
  ...traceLink,
  /** What the time to the first byte is made of, in order; empty when the browser did not say. */
  ttfbPhases: z.array(z.object({ name: z.string(), durationMs: z.number() })),
  vitals: z.array(visitVital),
  /** Weight by origin, heaviest first. */
  origins: z.array(
    z.object({
      origin: z.string(),
      isThirdParty: z.boolean(),
      resources: z.number().int(),
      scripts: z.number().int(),
      transferSizeBytes: z.number(),
    }),
  ),
  /** In the order they began. */
  items: z.array(visitItem),
});
export type VisitPageView = z.infer<typeof visitPageView>;

/** Answer of `GET /api/visits/{sessionId}`. */
export const visit = z.object({
  project,
  ...visitorFields,
  environment: z.string(),
  pageViews: z.array(visitPageView),
  /** Page views and items beyond the limits, which are stored but not shown. */
  hiddenItems: z.number().int(),
});
export type Visit = z.infer<typeof visit>;

/** The visit whose request a trace was. */
export const visitOfTrace = z.object({ sessionId: z.string(), path: z.string() });
export type VisitOfTrace = z.infer<typeof visitOfTrace>;
