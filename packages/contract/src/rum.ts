/**
 * What browsers send (real-user monitoring). Two addresses, both write-only with a browser key, both taking the content
 * types that `navigator.sendBeacon` can send (text/plain, application/json):
 *
 * - `POST /api/web-vitals`: an array of web vitals. The same metric is sent again when its value changes: the last value
 *   of an `id` counts.
 * - `POST /api/events`: everything else that one page view did, with its context once.
 *
 * Times are milliseconds since the epoch by the visitor's clock, durations milliseconds.
 */
import { z } from "zod";
import { CONNECTION_TYPES, DEVICE_TYPES, VITAL_NAMES, VITAL_RATINGS } from "./vitalConstants.ts";

/** Anything beyond is refused: no page takes an hour to paint, and CLS of a hundred screens is no shift. */
const DURATION_MS_MAX = 3_600_000;
const CLS_MAX = 100;

const durationMs = z.number().min(0).max(DURATION_MS_MAX);
const timeMs = z.number().int().min(0);
const url = z.string().min(1).max(2048);
const shortText = z.string().max(256);
/** Made at random by the SDK: letters, digits and hyphens. */
const visitorId = z.string().regex(/^[\w-]{8,64}$/);
const traceId = z.string().regex(/^[0-9a-f]{32}$/);
const spanId = z.string().regex(/^[0-9a-f]{16}$/);

export const vitalName = z.enum(VITAL_NAMES);

export const vitalRating = z.enum(VITAL_RATINGS);

/** As web-vitals 6 names them. */
export const navigationType = z.enum([
  "navigate",
  "reload",
  "back-forward",
  "back-forward-cache",
  "prerender",
  "restore",
  "soft-navigation",
]);
export type NavigationType = z.infer<typeof navigationType>;

export const deviceType = z.enum(DEVICE_TYPES);
export type DeviceType = z.infer<typeof deviceType>;

export const connectionType = z.enum(CONNECTION_TYPES);
export type ConnectionType = z.infer<typeof connectionType>;

/** Whose page view it was. All of it is optional, so that a hand-written sender can do without the SDK. */
const visitFields = {
  /** Until the tab is closed or half an hour passes without anything; kept in sessionStorage, never in a cookie. */
  sessionId: visitorId.optional(),
  /** A load or a soft navigation. */
  pageViewId: visitorId.optional(),
  deviceType: deviceType.optional(),
  connectionType: connectionType.optional(),
  /** `service.version` of the site. */
  release: shortText.optional(),
  environment: shortText.optional(),
  /** Trace of the request that loaded the page, from its server-timing or `<meta name="traceparent">`. */
  traceId: traceId.optional(),
};

/**
 * What the value is made of, picked from web-vitals' attribution under its own names: `target`, `url`,
 * `resourceLoadDelay`, `inputDelay`, `longestScriptUrl`, `largestShiftTarget`, …
 */
export const vitalAttribution = z.record(
  z.string().regex(/^[A-Za-z]{1,40}$/),
  z.union([z.string().max(2048), z.number()]),
);
export type VitalAttribution = z.infer<typeof vitalAttribution>;

/** One item of `POST /api/web-vitals`. */
export const webVital = z
  .object({
    name: vitalName,
    /** Milliseconds; CLS has no unit. */
    value: z.number().min(0).max(DURATION_MS_MAX),
    /** Recomputed by the server: a sender's own rating is not believed. */
    rating: vitalRating.optional(),
    delta: z.number().optional(),
    /** Of the metric within its page view, the same for each of its values. */
    id: z.string().regex(/^[\w.-]{1,100}$/),
    navigationType: navigationType.default("navigate"),
    /** Address or path; its query and fragment are dropped. */
    pageUrl: url,
    timestamp: timeMs.optional(),
    ...visitFields,
    attribution: vitalAttribution.optional(),
  })
  .refine(({ name, value }) => name !== "CLS" || value <= CLS_MAX, {
    error: `a CLS is not above ${CLS_MAX}`,
    path: ["value"],
  });
export type WebVital = z.infer<typeof webVital>;

/** Body of `POST /api/web-vitals`. */
export const webVitals = z.array(webVital).min(1).max(100);

const pageView = z.object({
  type: z.literal("page_view"),
  timeMs,
  navigationType,
  title: shortText.optional(),
  /** Where the visitor came from: origin and path. */
  referrer: url.optional(),
  /** From the navigation's start to the end of its load event; none for soft navigations. */
  loadDurationMs: durationMs.optional(),
});

const resource = z.object({
  url,
  /** `PerformanceResourceTiming.initiatorType` */
  initiatorType: shortText,
  /** After the page view's start. */
  startMs: durationMs,
  durationMs,
  /** Null where another origin does not tell (no Timing-Allow-Origin). */
  transferSizeBytes: z.number().int().min(0).nullable(),
  isRenderBlocking: z.boolean().optional(),
});

/** Resources of a page view: sums by origin of all of them, and the longest ones themselves. */
const resources = z.object({
  type: z.literal("resources"),
  timeMs,
  origins: z
    .array(
      z.object({
        origin: url,
        /** Another site than the page's. */
        isThirdParty: z.boolean(),
        count: z.number().int().min(1),
        transferSizeBytes: z.number().int().min(0),
        durationMs: z.number().min(0),
        scriptCount: z.number().int().min(0),
      }),
    )
    .max(50),
  longest: z.array(resource).max(20),
});

const browserError = z.object({
  type: z.literal("error"),
  timeMs,
  name: shortText,
  message: z.string().max(2048),
  stack: z.string().max(16_384).optional(),
  isHandled: z.boolean(),
});

/** A fetch or XMLHttpRequest; `traceId` and `spanId` are those it sent as `traceparent`, where it was allowed to. */
const requestSpan = z.object({
  type: z.literal("request"),
  timeMs,
  durationMs,
  traceId: traceId.optional(),
  spanId: spanId.optional(),
  method: z.string().regex(/^[A-Z]{1,16}$/),
  url,
  /** 0: no answer. */
  statusCode: z.number().int().min(0).max(599),
});

/** A long animation frame with the scripts that took most of it. */
const longFrame = z.object({
  type: z.literal("long_animation_frame"),
  timeMs,
  durationMs,
  blockingDurationMs: durationMs,
  scripts: z
    .array(
      z.object({
        sourceUrl: z.string().max(2048),
        functionName: shortText,
        /** Character in the file, for its source map; -1 is unknown. */
        charPosition: z.number().int().min(-1),
        invoker: shortText,
        invokerType: shortText,
        durationMs,
        forcedStyleAndLayoutDurationMs: durationMs,
      }),
    )
    .max(5),
});

/** What a visitor did, in the site's own words: `product_view`, `search`, `add_to_cart`, `order`, … */
const customEvent = z.object({
  type: z.literal("event"),
  timeMs,
  name: z.string().regex(/^[a-z][a-z0-9_.]{0,63}$/, {
    error: "must be lower-case letters, digits, dots and underscores, at most 64",
  }),
  attributes: z
    .record(z.string().min(1).max(64), z.union([z.string().max(1024), z.number(), z.boolean()]))
    .refine((attributes) => Object.keys(attributes).length <= 32, { error: "at most 32 attributes" })
    .default({}),
});

export const browserItem = z.discriminatedUnion("type", [
  pageView,
  resources,
  browserError,
  requestSpan,
  longFrame,
  customEvent,
]);
export type BrowserItem = z.infer<typeof browserItem>;

/** The page view of `POST /api/events`, without its items: they are checked one by one. */
export const browserVisit = z.object({
  ...visitFields,
  /** Address or path; its query and fragment are dropped. */
  pageUrl: url,
});
export type BrowserVisit = z.infer<typeof browserVisit>;

/** Body of `POST /api/events`. */
export const browserEvents = browserVisit.extend({
  items: z.array(browserItem).min(1).max(200),
});
export type BrowserEvents = z.infer<typeof browserEvents>;

export const vitalAlert = z.object({
  metric: vitalName,
  value: z.number(),
  severity: z.enum(["low", "medium", "high", "critical"]),
  action: z.string(),
});
export type VitalAlert = z.infer<typeof vitalAlert>;

/** An item that was not taken, while the others were. */
export const refusedItem = z.object({
  /** Its place in the body, from 0. */
  index: z.number().int(),
  reason: z.enum(["invalid", "future_time", "expired_time"]),
  detail: z.string(),
});
export type RefusedItem = z.infer<typeof refusedItem>;

/** Answer of `POST /api/web-vitals`. */
export const webVitalsAnswer = z.object({
  ok: z.literal(true),
  received: z.number().int(),
  alerts: z.array(vitalAlert),
  /** Only there when something was refused. */
  refused: z.array(refusedItem).optional(),
});
export type WebVitalsAnswer = z.infer<typeof webVitalsAnswer>;

/** Answer of `POST /api/events`. */
export const browserEventsAnswer = webVitalsAnswer.omit({ alerts: true });
export type BrowserEventsAnswer = z.infer<typeof browserEventsAnswer>;
