/** What the overview shows beneath its first screen: bottlenecks, processes, statements, and who calls whom. */
import type { OverviewBeneath, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { type ReadPlans, readTopBottlenecks } from "../bottlenecks/index.ts";
import { readQueries } from "../queries/index.ts";
import { readResourceCharts } from "../resources/index.ts";
import { readServiceMap } from "./readServiceMap.ts";

const CHARTS = ["cpu", "memory", "eventLoopDelay"];
const SLOW_MS = 100;
const QUERIES_MAX = 5;

export async function readBeneath(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
  readPlans?: ReadPlans,
): Promise<OverviewBeneath> {
  const [bottlenecks, resources, { queries }, serviceMap] = await Promise.all([
    readTopBottlenecks(reader, range, nowMs, readPlans),
    readResourceCharts(reader, range, CHARTS, nowMs),
    readQueries(reader, range, { sort: "slow", slowMs: SLOW_MS }, nowMs),
    readServiceMap(reader, range, nowMs),
  ]);
  return {
    bottlenecks,
    resources,
    slowQueries: queries.filter(({ slowExecutions }) => slowExecutions > 0).slice(0, QUERIES_MAX),
    serviceMap,
  };
}
