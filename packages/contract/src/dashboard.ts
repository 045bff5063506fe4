import { z } from "zod";
import { errorRow, kpi, project } from "./common.ts";
import { deployment } from "./deployments.ts";
import { detailedHealth } from "./health.ts";
import { monitoringAlert } from "./monitoring.ts";

/** The sources of the dashboard, as `_meta` names them. */
export const DASHBOARD_SOURCES = ["health", "metrics", "errors", "deployments"] as const;
export const dashboardSource = z.enum(DASHBOARD_SOURCES);
export type DashboardSource = z.infer<typeof dashboardSource>;

/** `GET /api/admin/dashboard/aggregate`: a source that could not be asked is null, and `_meta.failed` says why. */
export const dashboardAggregate = z.object({
  project,
  health: detailedHealth.nullable(),
  /** Of the last hour. */
  metrics: z.object({ kpis: z.array(kpi) }).nullable(),
  /** `recent`: of the last hour, last seen first. */
  errors: z.object({ recent: z.array(errorRow), alerts: z.array(monitoringAlert) }).nullable(),
  /** Newest first. */
  deployments: z.object({ recent: z.array(deployment) }).nullable(),
  _meta: z.object({
    /** Milliseconds since the epoch. */
    fetchedAt: z.number(),
    /** Sources whose answer was there already. */
    cacheHits: z.array(dashboardSource),
    fetchDurationMs: z.number(),
    /** Sources whose answer is older than it should be: asked again meanwhile, or failing. */
    stale: z.array(dashboardSource),
    /** A sentence a source. */
    failed: z.partialRecord(dashboardSource, z.string()),
    /** When each was really asked. */
    fetchedAtBySource: z.partialRecord(dashboardSource, z.number()),
  }),
});
export type DashboardAggregate = z.infer<typeof dashboardAggregate>;
