import { z } from "zod";
import { bottleneck } from "./bottlenecks.ts";
import { errorRow, kpi, project, requestSeries, routeRow, serviceRow } from "./common.ts";
import { marker } from "./deployments.ts";
import { health } from "./healthScore.ts";
import { timeRange } from "./range.ts";

/** `GET /api/overview?project=&range=`: everything the first screen shows, in one answer. */
export const overview = z.object({
  project,
  range: timeRange,
  health,
  kpis: z.array(kpi),
  series: requestSeries,
  services: z.array(serviceRow),
  routes: z.array(routeRow),
  errors: z.array(errorRow),
  /** The five worst. */
  bottlenecks: z.array(bottleneck),
  /** Deployments and first-seen releases, oldest first. */
  markers: z.array(marker),
  newestDataMs: z.number().nullable(),
  fetchedAtMs: z.number(),
});
export type Overview = z.infer<typeof overview>;
