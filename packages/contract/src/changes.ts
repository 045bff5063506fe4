/** What changed around a moment: `GET /api/what-changed`. */
import { z } from "zod";
import { project } from "./common.ts";
import { marker } from "./deployments.ts";
import { timeRange } from "./range.ts";
import { deviceType, vitalName } from "./rum.ts";

/** A vital's p75, or of requests the p95 of response times and the share that failed. */
export const changeMetric = z.union([vitalName, z.enum(["p95", "errors"])]);
export type ChangeMetric = z.infer<typeof changeMetric>;

export const changesFilter = z.object({
  /** Without: p95 where the project has requests, else LCP. */
  metric: changeMetric.optional(),
  /** Of vitals: as it is grouped, or an address of it. */
  page: z.string().min(1).max(2048).optional(),
  device: deviceType.optional(),
  /** Of requests. */
  service: z.string().min(1).max(200).optional(),
  route: z.string().min(1).max(500).optional(),
  /** The moment to explain, ISO 8601 or milliseconds; without it the greatest proved change point of the range is taken. */
  at: z.string().max(40).optional(),
});
export type ChangesFilter = z.infer<typeof changesFilter>;

export const CHANGE_KINDS = [
  "deployment",
  "release",
  "configuration",
  "traffic",
  "third-party",
  "page-weight",
  "error",
  "route",
] as const;
export const changeKind = z.enum(CHANGE_KINDS);
export type ChangeKind = z.infer<typeof changeKind>;

/** A number on both sides of the moment, and how many observations it rests on. */
export const sideBySide = z.object({
  before: z.number().nullable(),
  after: z.number().nullable(),
  nBefore: z.number(),
  nAfter: z.number(),
  unit: z.enum(["ms", "", "%", "B", "/s", "count"]),
});
export type SideBySide = z.infer<typeof sideBySide>;

export const changeCandidate = z.object({
  id: z.string(),
  kind: changeKind,
  title: z.string(),
  /** What is known of it, in a sentence or two. */
  evidence: z.string(),
  numbers: sideBySide.nullable(),
  /** When it happened or was first seen; null for what compares both sides as a whole. */
  atMs: z.number().nullable(),
  /** Milliseconds from the moment, negative before it. */
  distanceMs: z.number().nullable(),
  /** 0..1, proximity × strength × direction: docs/decisions/0018-what-changed.md. */
  score: z.number(),
  proximity: z.number(),
  strength: z.number(),
  /** What the page links to. */
  target: z.object({
    kind: z.enum(["deployments", "service", "audit", "page", "route", "errors", "none"]),
    id: z.string(),
  }),
});
export type ChangeCandidate = z.infer<typeof changeCandidate>;

export const changesPage = z.object({
  project,
  range: timeRange,
  metric: changeMetric,
  unit: z.enum(["ms", "", "%"]),
  filter: z.object({
    page: z.string().nullable(),
    device: z.string().nullable(),
    service: z.string().nullable(),
    route: z.string().nullable(),
  }),
  series: z.object({
    timesMs: z.array(z.number()),
    values: z.array(z.number().nullable()),
    /** Page views or requests. */
    counts: z.array(z.number()),
  }),
  /** The moment that is explained; null when none was asked for and none is proved. */
  moment: z
    .object({
      atMs: z.number(),
      isAsked: z.boolean(),
      before: z.number().nullable(),
      after: z.number().nullable(),
      beforeInterval: z.object({ low: z.number(), high: z.number() }).nullable(),
      afterInterval: z.object({ low: z.number(), high: z.number() }).nullable(),
      nBefore: z.number(),
      nAfter: z.number(),
      /** after / before − 1 */
      changeRatio: z.number().nullable(),
      /** By days: what `after` would be with the visitors of before (kinds of device and navigation). */
      afterAtSameMix: z.number().nullable(),
      /** worse and better: the intervals do not overlap and the change matters; by days, the page's own part does. */
      verdict: z.enum(["worse", "better", "no-change", "not-enough-data"]),
      reason: z.string(),
    })
    .nullable(),
  /** Other change points that the series shows, oldest first. */
  otherMomentsMs: z.array(z.number()),
  /** Why there is no moment; null when there is one. */
  reason: z.string().nullable(),
  /** Vitals over 14 days and more: change points of the daily p75 at one mix of visitors (decision 0018). */
  isByDays: z.boolean(),
  /** Highest score first; without a moment, what happened in the range, newest first, unranked. */
  candidates: z.array(changeCandidate),
  /** Kinds that were not looked at, and why. */
  notLookedAt: z.array(z.object({ kind: changeKind, reason: z.string() })),
  markers: z.array(marker),
  /** For choosing: those of the range with most requests or page views. */
  services: z.array(z.string()),
  pages: z.array(z.string()),
  fetchedAtMs: z.number(),
});
export type ChangesPage = z.infer<typeof changesPage>;
