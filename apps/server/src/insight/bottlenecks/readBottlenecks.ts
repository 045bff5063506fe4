/**
 * What costs requests time, worst first. Statements and endpoints are looked at twice, over the whole range and over its last
 * three minutes, so that what began just now is found although the hour before was fine.
 */
import type { Bottleneck, BottleneckList, TimeRange } from "@throughline/contract";
import type { Scope, ScopedReader } from "../../engines/telemetry/index.ts";
import { cellsBetween, ENDPOINT_COLUMNS } from "../endpoints/endpointCells.ts";
import { EVERYTHING } from "../requestFilter.ts";
import { type MetricSeries, readSeries } from "../resources/readSeries.ts";
import { retainedCells } from "../rollups.ts";
import { timeGrid, type TimeGrid } from "../timeGrid.ts";
import type { EndpointFacts, ResourceFacts, StoredPlans, WindowFacts } from "./facts.ts";
import { checksOf } from "./checks.ts";
import { highCpu } from "./highCpu.ts";
import { largePayloads } from "./largePayload.ts";
import { memoryLeaks } from "./memoryLeak.ts";
import { nPlusOneQueries } from "./nPlusOne.ts";
import { exhaustedPools } from "./poolExhaustion.ts";
import { readPlanFindings } from "./readPlanFindings.ts";
import { readPoolWaits } from "./readPoolWaits.ts";
import { readStatementFacts } from "./readStatementFacts.ts";
import { worstFirst } from "./rank.ts";
import { slowQueries } from "./slowQuery.ts";
import { unindexedQueries } from "./unindexedQuery.ts";

const MINUTE_MS = 60_000;
const RECENT_MS = 3 * MINUTE_MS;
const RESOURCES_MS = 60 * MINUTE_MS;
const LISTED_MAX = 50;
const ENDPOINTS_MAX = 2000;
const RESOURCE_METRICS = [
  "process.cpu.utilization",
  "nodejs.eventloop.utilization",
  "v8js.memory.heap.used",
  "process.memory.usage",
  "v8js.gc.duration",
  "db.client.connection.count",
  "db.client.connection.max",
  "db.client.connection.pending_requests",
] as const;

/** What plans of the project's watched databases lack. */
export type ReadPlans = (scope: Scope) => Promise<StoredPlans>;

const noPlans: ReadPlans = async () => await Promise.resolve({ missing: [], unknown: "Plans are not read." });

export async function readBottlenecks(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
  readPlans: ReadPlans = noPlans,
): Promise<Omit<BottleneckList, "project">> {
  const grid = timeGrid(range, nowMs);
  const endMs = Math.min(grid.range.toMs, Math.ceil((nowMs + 1) / MINUTE_MS) * MINUTE_MS);
  const resourcesFromMs = Math.max(Math.min(grid.range.fromMs, endMs - MINUTE_MS), endMs - RESOURCES_MS);
  const [whole, recent, series, stored] = await Promise.all([
    readWindow(reader, grid, grid.range, "in this range"),
    readRecentWindow(reader, grid, endMs, nowMs),
    readMinutes(reader, resourcesFromMs, endMs),
    readPlans(reader.scope),
  ]);
  const windows = recent === null ? [whole] : [whole, recent];
  const [resources, plans] = await Promise.all([
    withPoolWaits(reader, { series, endpoints: whole.endpoints }, endMs),
    stored.missing.length === 0 ? [] : readPlanFindings(reader, grid, stored.missing, whole.endpoints),
  ]);
  const found = [
    ...windows.flatMap((window) => [
      ...slowQueries(window),
      ...nPlusOneQueries(window),
      ...largePayloads(window),
    ]),
    ...highCpu(resources),
    ...memoryLeaks(resources),
    ...exhaustedPools(resources),
    ...unindexedQueries(plans),
  ];
  return {
    range: grid.range,
    resourcesFromMs,
    bottlenecks: worstFirst(found).slice(0, LISTED_MAX),
    checks: checksOf({
      endpoints: whole.endpoints,
      statements: whole.statements,
      series,
      plansUnknown: stored.unknown,
    }),
  };
}

async function readWindow(
  reader: ScopedReader,
  grid: TimeGrid,
  span: { readonly fromMs: number; readonly toMs: number },
  when: string,
): Promise<WindowFacts> {
  const [endpoints, statements] = await Promise.all([
    readEndpointFacts(reader, grid, span),
    readStatementFacts(reader, grid, span),
  ]);
  return { when, endpoints, statements };
}

/** Null where minutes are not kept any more, or the range is no longer than that. */
async function readRecentWindow(
  reader: ScopedReader,
  grid: TimeGrid,
  endMs: number,
  nowMs: number,
): Promise<WindowFacts | null> {
  const fromMs = endMs - RECENT_MS;
  const [narrowest] = retainedCells(nowMs - fromMs);
  if (narrowest.stepSeconds > 60 || fromMs <= grid.range.fromMs) return null;
  const minutes = { ...grid, cellSeconds: 60 };
  return await readWindow(reader, minutes, { fromMs, toMs: endMs }, "in the last 3 minutes");
}

async function readEndpointFacts(
  reader: ScopedReader,
  grid: TimeGrid,
  span: { readonly fromMs: number; readonly toMs: number },
): Promise<EndpointFacts[]> {
  const cells = cellsBetween(span, grid.cellSeconds, EVERYTHING);
  return await reader.query<EndpointFacts>(
    `SELECT service, route, ${ENDPOINT_COLUMNS} FROM request_rollups WHERE ${cells.sql}
     GROUP BY service, route HAVING requests > 0 ORDER BY totalNs DESC, service, route LIMIT ${ENDPOINTS_MAX}`,
    cells.params,
    { name: "bottlenecks.endpoints" },
  );
}

async function readMinutes(reader: ScopedReader, fromMs: number, toMs: number): Promise<MetricSeries[]> {
  const firstMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS;
  const minutes = Math.max(1, Math.round((toMs - firstMs) / MINUTE_MS));
  const timesMs = Array.from({ length: minutes }, (_, index) => firstMs + index * MINUTE_MS);
  return await readSeries(reader, { timesMs, fromMs: firstMs, toMs, stepSeconds: 60 }, RESOURCE_METRICS);
}

/** With the requests that waited, once a pool is known to be exhausted. */
async function withPoolWaits(
  reader: ScopedReader,
  facts: Omit<ResourceFacts, "poolWaits">,
  toMs: number,
): Promise<ResourceFacts> {
  const services = [...new Set(exhaustedPools({ ...facts, poolWaits: [] }).map(({ service }) => service))];
  if (services.length === 0) return { ...facts, poolWaits: [] };
  const poolWaits = await readPoolWaits(reader, { fromMs: toMs - 15 * MINUTE_MS, toMs }, services);
  return { ...facts, poolWaits };
}

/** The few that the overview shows. */
export async function readTopBottlenecks(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
  readPlans?: ReadPlans,
): Promise<Bottleneck[]> {
  return (await readBottlenecks(reader, range, nowMs, readPlans)).bottlenecks.slice(0, 5);
}
