/** The health of a project by itself, for those who ask for nothing else of the overview. */
import type { Health, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { readRequests } from "../requests.ts";
import { timeGrid } from "../timeGrid.ts";
import { projectHealth } from "./healths.ts";
import { readHeadroom } from "./readHeadroom.ts";

export async function readHealth(reader: ScopedReader, range: TimeRange, nowMs: number): Promise<Health> {
  const grid = timeGrid(range, nowMs);
  const [requests, headroom] = await Promise.all([
    readRequests(reader, grid, EVERYTHING, nowMs),
    readHeadroom(reader, grid, nowMs),
  ]);
  return projectHealth(requests, headroom);
}
