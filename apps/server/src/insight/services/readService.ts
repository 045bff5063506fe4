import type { ServicePage, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readActivity } from "../activity.ts";
import { entrySpans } from "../entrySpans.ts";
import { readLatestErrors } from "../errors.ts";
import { requestKpis, signalKpis } from "../kpis.ts";
import { readRequests } from "../requests.ts";
import { readRoutes } from "../routes.ts";
import { timeGrid, type TimeGrid } from "../timeGrid.ts";
import { readDependencies } from "./dependencies.ts";
import { readInstances } from "./instances.ts";
import { readLogCounts } from "./logCounts.ts";
import { readMetricSummaries } from "./metricSummaries.ts";
import { newestSlice } from "./recentSpans.ts";

const SLOW_TRACES = 10;
/** With maps of attributes: some tens of milliseconds. */
const RECENT_SPANS_MAX = 100_000;

export interface LiveServiceData extends Pick<ServicePage, "kpis" | "series" | "routes" | "errors"> {
  readonly newestDataMs: number | null;
}

/** Everything the page of one service shows; empty lists for a service that sent nothing in the range. */
export async function readService(
  reader: ScopedReader,
  service: string,
  range: TimeRange,
  nowMs: number,
): Promise<Omit<ServicePage, "project" | "markers" | "fetchedAtMs">> {
  const grid = timeGrid(range, nowMs);
  const [live, recent, metrics, logCounts] = await Promise.all([
    readRequestPart(reader, grid, service, nowMs),
    readFromRecentSpans(reader, grid, service),
    readMetricSummaries(reader, grid, service),
    readLogCounts(reader, grid, service),
  ]);
  const { newestDataMs: _, ...shown } = live;
  return { range: grid.range, service, ...shown, ...recent, metrics, logCounts };
}

/** The part of the page that changes with every batch of requests. */
export async function readLiveService(
  reader: ScopedReader,
  service: string,
  range: TimeRange,
  nowMs: number,
): Promise<LiveServiceData> {
  return await readRequestPart(reader, timeGrid(range, nowMs), service, nowMs);
}

async function readRequestPart(
  reader: ScopedReader,
  grid: TimeGrid,
  service: string,
  nowMs: number,
): Promise<LiveServiceData> {
  const filter = { service };
  const askedActivity = readActivity(reader, grid, filter, nowMs);
  const askedRoutes = readRoutes(reader, grid, filter, askedActivity);
  const [requests, activity, routes, errors] = await Promise.all([
    readRequests(reader, grid, filter, nowMs),
    askedActivity,
    askedRoutes,
    readLatestErrors(reader, grid, filter, askedRoutes),
  ]);
  const facts = { grid, activity, ...requests };
  return {
    kpis: [...requestKpis(facts), ...signalKpis(facts)],
    series: requests.series,
    routes: [...routes.slowest],
    errors,
    newestDataMs: activity.newestMs,
  };
}

async function readFromRecentSpans(
  reader: ScopedReader,
  grid: TimeGrid,
  service: string,
): Promise<Pick<ServicePage, "recentFromMs" | "slowTraces" | "dependencies" | "instances">> {
  const slice = await newestSlice(reader, grid, service, RECENT_SPANS_MAX);
  const [slow, dependencies, instances] = await Promise.all([
    entrySpans(reader, slice, { service, limit: SLOW_TRACES }, "slowest", SLOW_TRACES),
    readDependencies(reader, slice, service),
    readInstances(reader, slice, service),
  ]);
  return { recentFromMs: slice.fromMs, slowTraces: slow.map(({ row }) => row), dependencies, instances };
}
