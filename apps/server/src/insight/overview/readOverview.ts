import type { Overview, OverviewBeneath, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActivity } from "../activity.ts";
import { readLatestErrors } from "../errors.ts";
import { projectHealth } from "../health/healths.ts";
import { readHeadroom } from "../health/readHeadroom.ts";
import { requestKpis, signalKpis } from "../kpis.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { readRequests } from "../requests.ts";
import { readRoutes } from "../routes.ts";
import { serviceRows } from "../services/serviceRows.ts";
import { timeGrid } from "../timeGrid.ts";

/** Everything the first screen shows. `range` in the answer has the step that was really used. */
export async function readOverview(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
): Promise<Omit<Overview, "project" | "markers" | "fetchedAtMs" | keyof OverviewBeneath>> {
  const grid = timeGrid(range, nowMs);
  const askedActivity = readActivity(reader, grid, EVERYTHING, nowMs);
  const askedRoutes = readRoutes(reader, grid, EVERYTHING, askedActivity);
  const [requests, activity, routes, errors, headroom] = await Promise.all([
    readRequests(reader, grid, EVERYTHING, nowMs),
    askedActivity,
    askedRoutes,
    readLatestErrors(reader, grid, EVERYTHING, askedRoutes),
    readHeadroom(reader, grid, nowMs),
  ]);
  const facts = { grid, activity, ...requests };
  return {
    range: grid.range,
    health: projectHealth(requests, headroom),
    kpis: [...requestKpis(facts), ...signalKpis(facts)],
    series: requests.series,
    services: serviceRows(activity, requests, headroom),
    routes: [...routes.slowest],
    errors,
    newestDataMs: activity.newestMs,
  };
}
