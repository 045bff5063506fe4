/** Releases of services, and what one has that another has not. */
import { z } from "zod";
import { project } from "./common.ts";

export const releaseRow = z.object({
  service: z.string(),
  release: z.string(),
  firstSeenMs: z.number(),
  lastSeenMs: z.number(),
  spans: z.number(),
  requests: z.number(),
  /** Of the requests. */
  failed: z.number(),
  /** So many spans stand for the requests: fewer where they were sampled. */
  storedRequests: z.number(),
  /** First seen just before it in the same service; null for the first one. */
  previous: z.string().nullable(),
});
export type ReleaseRow = z.infer<typeof releaseRow>;

/** `GET /api/releases`: newest first, at most two hundred. */
export const releaseList = z.object({ project, releases: z.array(releaseRow) });
export type ReleaseList = z.infer<typeof releaseList>;

/** Something that B has and A has not. */
const novelty = z.object({
  name: z.string(),
  /** What it is beside the name: the message of an error, the database of a statement. */
  detail: z.string(),
  count: z.number(),
  /** A real one of B; null where none was named. */
  traceId: z.string().nullable(),
  /** Fingerprint or hash; empty where it has no page of its own. */
  id: z.string(),
});
export type ReleaseNovelty = z.infer<typeof novelty>;

/** At most fifty are listed, most often first. */
const novelties = z.object({ added: z.array(novelty), addedCount: z.number(), removedCount: z.number() });
export type ReleaseNovelties = z.infer<typeof novelties>;

export const releaseRoute = z.object({
  route: z.string(),
  nA: z.number(),
  nB: z.number(),
  p75MsA: z.number().nullable(),
  p75MsB: z.number().nullable(),
  verdict: z.enum(["slower", "faster", "same", "not-enough-data"]),
  responseBytesAvgA: z.number().nullable(),
  responseBytesAvgB: z.number().nullable(),
  /** Means, from 200 requests on each side: by a fifth and a kilobyte. */
  payload: z.enum(["bigger", "smaller", "same", "not-enough-data"]),
  /** The slowest of B. */
  traceId: z.string().nullable(),
});
export type ReleaseRoute = z.infer<typeof releaseRoute>;

export const releaseDiffQuery = z.object({
  service: z.string().min(1).max(200),
  a: z.string().min(1).max(200),
  b: z.string().min(1).max(200),
});

const side = z.object({
  release: z.string(),
  firstSeenMs: z.number(),
  lastSeenMs: z.number(),
  spans: z.number(),
  requests: z.number(),
  failed: z.number(),
  storedRequests: z.number(),
  /** Older spans of it were not looked through for names; null: all were. */
  namesFromMs: z.number().nullable(),
});

/** `GET /api/releases/diff`: all of B against all of A, as long as counts are kept. */
export const releaseDiff = z.object({
  project,
  service: z.string(),
  a: side,
  b: side,
  /** Why what is new may only not have happened before; null with enough requests on both sides. */
  caution: z.string().nullable(),
  errors: novelties,
  spanNames: novelties,
  queries: novelties,
  repeatedQueries: novelties,
  /** Of both releases; what differs first. At most a hundred. */
  routes: z.array(releaseRoute),
  routeCount: z.number(),
  /** Routes of B alone. */
  newRoutes: z.array(z.string()),
});
export type ReleaseDiff = z.infer<typeof releaseDiff>;
