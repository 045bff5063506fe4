import type { MonitoringFilter, MonitoringMetrics, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActivity } from "../activity.ts";
import { requestKpis, signalKpis } from "../kpis.ts";
import { readRequests } from "../requests.ts";
import { timeGrid } from "../timeGrid.ts";

/** Key numbers and their course, of everything or of one service or route. Spans and logs have no route. */
export async function readMetrics(
  reader: ScopedReader,
  range: TimeRange,
  filter: Pick<MonitoringFilter, "service" | "route">,
  nowMs: number,
): Promise<MonitoringMetrics> {
  const grid = timeGrid(range, nowMs);
  const [requests, activity] = await Promise.all([
    readRequests(reader, grid, filter, nowMs),
    readActivity(reader, grid, filter, nowMs),
  ]);
  const facts = { grid, activity, ...requests };
  return {
    timestamp: new Date(nowMs).toISOString(),
    range: grid.range,
    service: filter.service ?? null,
    kpis: filter.route === undefined ? [...requestKpis(facts), ...signalKpis(facts)] : requestKpis(facts),
    series: requests.series,
  };
}
