import type { ServiceRow, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActivity } from "../activity.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { readRequestTotals } from "../requestTotals.ts";
import { timeGrid } from "../timeGrid.ts";
import { serviceRows } from "./serviceRows.ts";

/** Every service that sent spans or logs in the range. */
export async function readServices(
  reader: ScopedReader,
  range: TimeRange,
  nowMs = Date.now(),
): Promise<ServiceRow[]> {
  const grid = timeGrid(range, nowMs);
  const [totals, activity] = await Promise.all([
    readRequestTotals(reader, grid, EVERYTHING),
    readActivity(reader, grid, EVERYTHING, nowMs),
  ]);
  return serviceRows(activity, totals);
}
