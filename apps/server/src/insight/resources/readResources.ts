/** What processes, machines and pools use. */
import type { ResourceInstance, ResourcePage, ResourcesFilter, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { timeGrid } from "../timeGrid.ts";
import { CHARTS } from "./catalogue.ts";
import { chartOf } from "./chartOf.ts";
import { type MetricSeries, readSeries } from "./readSeries.ts";
import { added } from "./added.ts";

const INSTANCES_MAX = 200;

export async function readResources(
  reader: ScopedReader,
  range: TimeRange,
  filter: ResourcesFilter,
  nowMs: number,
): Promise<Omit<ResourcePage, "project" | "markers">> {
  const grid = timeGrid(range, nowMs);
  const all = await readSeries(
    reader,
    { ...grid.range, timesMs: grid.timesMs },
    CHARTS.map(({ metric }) => metric),
  );
  const chosen = all.filter(
    ({ service, instance }) =>
      (filter.service === undefined || service === filter.service) &&
      (filter.instance === undefined || instance === filter.instance),
  );
  return {
    range: grid.range,
    filter,
    timesMs: [...grid.timesMs],
    instances: instancesOf(all),
    charts: CHARTS.map((spec) => chartOf(spec, chosen)),
  };
}

/** Some of the charts, of all processes. @param ids of the catalogue */
export async function readResourceCharts(
  reader: ScopedReader,
  range: TimeRange,
  ids: readonly string[],
  nowMs: number,
): Promise<Pick<ResourcePage, "timesMs" | "charts">> {
  const grid = timeGrid(range, nowMs);
  const specs = CHARTS.filter(({ id }) => ids.includes(id));
  const all = await readSeries(
    reader,
    { ...grid.range, timesMs: grid.timesMs },
    specs.map(({ metric }) => metric),
  );
  return { timesMs: [...grid.timesMs], charts: specs.map((spec) => chartOf(spec, all)) };
}

function instancesOf(all: readonly MetricSeries[]): ResourceInstance[] {
  const groups = Map.groupBy(all, ({ service, instance }) => `${service}\n${instance}`);
  return [...groups.values()]
    .map((of): ResourceInstance => {
      const lastOf = (metric: string): number | null =>
        added(of.filter((series) => series.metric === metric)).findLast((value) => value !== null) ?? null;
      const delay = lastOf("nodejs.eventloop.delay.p99");
      return {
        service: of[0]?.service ?? "",
        instance: of[0]?.instance ?? "",
        lastSeenMs: Math.max(...of.map(({ lastSeenMs }) => lastSeenMs)),
        cpuRatio: lastOf("process.cpu.utilization"),
        memoryBytes: lastOf("process.memory.usage"),
        heapBytes: lastOf("v8js.memory.heap.used"),
        eventLoopDelayP99Ms: delay === null ? null : delay * 1000,
        eventLoopUtilization: lastOf("nodejs.eventloop.utilization"),
      };
    })
    .toSorted((a, b) => b.lastSeenMs - a.lastSeenMs || a.service.localeCompare(b.service))
    .slice(0, INSTANCES_MAX);
}
