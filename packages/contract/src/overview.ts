import { z } from "zod";
import { bottleneck } from "./bottlenecks.ts";
import { errorRow, kpi, project, requestSeries, routeRow, serviceRow } from "./common.ts";
import { marker } from "./deployments.ts";
import { health } from "./healthScore.ts";
import { queryRow } from "./queries.ts";
import { resourceChart } from "./resources.ts";
import { serviceMap } from "./serviceMap.ts";
import { timeRange } from "./range.ts";

/** What changes slower than the first screen, and costs more to ask. */
export const overviewBeneath = z.object({
  /** The five worst. */
  bottlenecks: z.array(bottleneck),
  /** Processor, memory and event-loop delay of processes. */
  resources: z.object({ timesMs: z.array(z.number()), charts: z.array(resourceChart) }),
  /** The five with most executions of more than 100 ms. */
  slowQueries: z.array(queryRow),
  serviceMap,
});
export type OverviewBeneath = z.infer<typeof overviewBeneath>;

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
  ...overviewBeneath.shape,
  /** Deployments and first-seen releases, oldest first. */
  markers: z.array(marker),
  newestDataMs: z.number().nullable(),
  fetchedAtMs: z.number(),
});
export type Overview = z.infer<typeof overview>;
