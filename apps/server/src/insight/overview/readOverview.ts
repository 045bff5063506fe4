import type { Overview, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActivity } from "../activity.ts";
import { readLatestErrors } from "../errors.ts";
import { requestKpis, signalKpis } from "../kpis.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { readRequestSeries } from "../requestSeries.ts";
import { readRequestTotals } from "../requestTotals.ts";
import { readRoutes } from "../routes.ts";
import { serviceRows } from "../services/serviceRows.ts";
import { timeGrid } from "../timeGrid.ts";

/** Everything the first screen shows. `range` in the answer has the step that was really used. */
export async function readOverview(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
): Promise<Omit<Overview, "project" | "fetchedAtMs">> {
  const grid = timeGrid(range, nowMs);
  const asked = readActivity(reader, grid, EVERYTHING, nowMs);
  const [series, totals, activity, routes, errors] = await Promise.all([
    readRequestSeries(reader, grid, EVERYTHING, nowMs),
    readRequestTotals(reader, grid, EVERYTHING),
    asked,
    readRoutes(reader, grid, EVERYTHING, asked),
    readLatestErrors(reader, grid, EVERYTHING, nowMs),
  ]);
  const facts = { grid, series, activity, current: totals.current, previous: totals.previous };
  return {
    range: grid.range,
    kpis: [...requestKpis(facts), ...signalKpis(facts)],
    series,
    services: serviceRows(activity, totals),
    routes,
    errors,
    newestDataMs: activity.newestMs,
  };
}
