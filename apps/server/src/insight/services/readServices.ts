import type { ServiceRow, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActivity } from "../activity.ts";
import { readHeadroom } from "../health/readHeadroom.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { readRequests } from "../requests.ts";
import { timeGrid } from "../timeGrid.ts";
import { serviceRows } from "./serviceRows.ts";

/** Every service that sent spans or logs in the range. */
export async function readServices(
  reader: ScopedReader,
  range: TimeRange,
  nowMs = Date.now(),
): Promise<ServiceRow[]> {
  const grid = timeGrid(range, nowMs);
  const [requests, activity, headroom] = await Promise.all([
    readRequests(reader, grid, EVERYTHING, nowMs),
    readActivity(reader, grid, EVERYTHING, nowMs),
    readHeadroom(reader, grid, nowMs),
  ]);
  return serviceRows(activity, requests, headroom);
}
