/** How endpoints do against the window of the same length just before. */
import type { TimeRange, Trend } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { endpointHealth, NO_TOTALS } from "../endpoints/endpointCells.ts";
import { readTotals } from "../endpoints/readEndpoints.ts";
import { timeGrid } from "../timeGrid.ts";

/** @returns a trend by service and route; null where either window has too few requests for a score */
export async function readEndpointTrends(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
): Promise<(service: string, route: string) => Trend | null> {
  const grid = timeGrid(range, nowMs);
  const [current, previous] = await Promise.all([
    readTotals(reader, grid, {}, "current"),
    readTotals(reader, grid, {}, "previous"),
  ]);
  const before = new Map(previous.map((row) => [`${row.service}\n${row.route}`, row]));
  const now = new Map(current.map((row) => [`${row.service}\n${row.route}`, row]));
  return (service, route) => {
    const key = `${service}\n${route}`;
    return endpointHealth(now.get(key) ?? NO_TOTALS, before.get(key) ?? NO_TOTALS).trend;
  };
}
