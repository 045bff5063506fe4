import type { MonitoringFilter, MonitoringMetrics, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActivity } from "../activity.ts";
import { requestKpis, signalKpis } from "../kpis.ts";
import { readRequestSeries } from "../requestSeries.ts";
import { readRequestTotals } from "../requestTotals.ts";
import { timeGrid } from "../timeGrid.ts";

/** Key numbers and their course, of everything or of one service or route. Spans and logs have no route. */
export async function readMetrics(
  reader: ScopedReader,
  range: TimeRange,
  filter: Pick<MonitoringFilter, "service" | "route">,
  nowMs: number,
): Promise<MonitoringMetrics> {
  const grid = timeGrid(range, nowMs);
  const [series, totals, activity] = await Promise.all([
    readRequestSeries(reader, grid, filter, nowMs),
    readRequestTotals(reader, grid, filter),
    readActivity(reader, grid, filter, nowMs),
  ]);
  const facts = { grid, series, activity, current: totals.current, previous: totals.previous };
  return {
    timestamp: new Date(nowMs).toISOString(),
    range: grid.range,
    service: filter.service ?? null,
    kpis: filter.route === undefined ? [...requestKpis(facts), ...signalKpis(facts)] : requestKpis(facts),
    series,
  };
}
