import { z } from "zod";
import { health } from "./healthScore.ts";
import { errorRow, kpi, routeRow, serviceRow } from "./common.ts";
import { budgetEvent } from "./budgets.ts";
import { overviewBeneath } from "./overview.ts";
import { tailItem } from "./tail.ts";
import { vitalsPage } from "./vitals.ts";

/**
 * The live stream, `GET /api/admin/dashboard/stream?project=&topics=overview,tail&range=1h&service=`:
 * one Server-Sent Events connection a page. Event names are the types below; `id:` is the hub's sequence number.
 * - `connected` first, with the organisation's `tenantId`: a page of another one is out of date
 * - a comment line every 15 s as heartbeat
 * - `reconnect` before the connection's planned end: reconnect at once with the last id, no backoff
 * - `resync` when the wanted id is older than the 60 s that are kept: refetch, then go on
 */
export const LIVE_TOPICS = [
  "overview",
  "service",
  "vitals",
  "errors",
  "changes",
  "business",
  "deployments",
  "tail",
  "system",
] as const;
export type LiveTopic = (typeof LIVE_TOPICS)[number];
export const LIVE_HEARTBEAT_MS = 15_000;
export const LIVE_REPLAY_MS = 60_000;

/** The newest points of the charts: the page replaces points with the same time and appends the rest. */
export const seriesTail = z.object({
  timesMs: z.array(z.number()),
  p50Ms: z.array(z.number().nullable()),
  p95Ms: z.array(z.number().nullable()),
  p99Ms: z.array(z.number().nullable()),
  requestsPerSecond: z.array(z.number()),
  errorsPerSecond: z.array(z.number()),
});

export const liveOverview = z.object({
  health,
  kpis: z.array(kpi),
  seriesTail,
  services: z.array(serviceRow),
  routes: z.array(routeRow),
  errors: z.array(errorRow),
  newestDataMs: z.number().nullable(),
  /** At most every ten seconds; null in between. */
  beneath: overviewBeneath.nullable(),
  /** When the oldest event in this update reached the server: the page shows how far it is behind. */
  oldestReceivedAtMs: z.number(),
  atMs: z.number(),
});
export type LiveOverview = z.infer<typeof liveOverview>;
export const liveService = liveOverview
  .omit({ health: true, services: true, beneath: true })
  .extend({ service: z.string() });
export type LiveService = z.infer<typeof liveService>;

/** Lines in the order of their arrival; `dropped` matched as well but were too many to send. */
/** `dropped`: lines that came too fast to be sent; with a filter also some that it does not want. */
export const liveTail = z.object({ items: z.array(tailItem), dropped: z.number() });
export type LiveTail = z.infer<typeof liveTail>;

/**
 * Of `errors`, `changes`, `business` and `deployments`: what such a page shows may be another now (rows came, somebody
 * decided about an error, a deployment was told). It asks for its own filter anew.
 */
export const liveNews = z.object({ oldestReceivedAtMs: z.number(), atMs: z.number() });
export type LiveNews = z.infer<typeof liveNews>;

/** The answer of `GET /api/web-vitals` anew, with the newest events of its budgets. */
export const liveVitals = vitalsPage.omit({ project: true, isVerified: true }).extend({
  events: z.array(budgetEvent),
  oldestReceivedAtMs: z.number(),
  atMs: z.number(),
});
export type LiveVitals = z.infer<typeof liveVitals>;
