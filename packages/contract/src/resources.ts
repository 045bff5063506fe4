import { z } from "zod";
import { project } from "./common.ts";
import { marker } from "./deployments.ts";
import { timeRange } from "./range.ts";

/** Filters of `GET /api/resources`, beside project and range. */
export const resourcesFilter = z.object({
  service: z.string().min(1).max(200).optional(),
  instance: z.string().min(1).max(300).optional(),
});
export type ResourcesFilter = z.infer<typeof resourcesFilter>;

/** `ratio` is 0..1 and shown in percent. */
export const resourceUnit = z.enum(["ratio", "B", "B/s", "ms", "count"]);
export type ResourceUnit = z.infer<typeof resourceUnit>;

export const resourceChart = z.object({
  id: z.string(),
  group: z.enum(["process", "host", "database"]),
  title: z.string(),
  unit: resourceUnit,
  /** One value a point of the range's grid; null where nothing was sent. */
  lines: z.array(z.object({ label: z.string(), values: z.array(z.number().nullable()) })),
  /** Lines beyond those shown. */
  hiddenLines: z.number(),
  /** Whose numbers they are, or null. */
  note: z.string().nullable(),
  /** What to do when nothing was sent; null when there are lines. */
  missing: z.string().nullable(),
});
export type ResourceChart = z.infer<typeof resourceChart>;

/** A process that sent metrics, with its newest values. */
export const resourceInstance = z.object({
  service: z.string(),
  instance: z.string(),
  lastSeenMs: z.number(),
  cpuRatio: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  heapBytes: z.number().nullable(),
  eventLoopDelayP99Ms: z.number().nullable(),
  eventLoopUtilization: z.number().nullable(),
});
export type ResourceInstance = z.infer<typeof resourceInstance>;

/** `GET /api/resources` */
export const resourcePage = z.object({
  project,
  range: timeRange,
  filter: resourcesFilter,
  timesMs: z.array(z.number()),
  /** All of the project, whatever the filter: to choose from. Newest first, at most 200. */
  instances: z.array(resourceInstance),
  charts: z.array(resourceChart),
  /** Deployments and first-seen releases, of the service where one is chosen; oldest first. */
  markers: z.array(marker),
});
export type ResourcePage = z.infer<typeof resourcePage>;
