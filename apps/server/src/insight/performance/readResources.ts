/**
 * Processes over time, from the metrics that OpenTelemetry names for them. Sums over what one process tells in parts (CPU
 * modes, pools), then the mean over processes. https://opentelemetry.io/docs/specs/semconv/system/process-metrics/
 */
import type { TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { indexOnGrid, metricTable, timeGrid } from "../timeGrid.ts";

/** Null where nothing of it was sent for the point. MB are 10^6 bytes. */
export interface ResourcePoint {
  readonly timeMs: number;
  readonly cpuUsagePercent: number | null;
  readonly memoryUsedMB: number | null;
  /** The largest that any process had. */
  readonly memoryMaxMB: number | null;
  readonly memoryTotalMB: number | null;
  readonly eventLoopLagMs: number | null;
  readonly heapUsedMB: number | null;
  readonly heapTotalMB: number | null;
  /** Of all pools of all processes together. */
  readonly usedConnections: number | null;
  readonly idleConnections: number | null;
  readonly waitingRequests: number | null;
  readonly maxConnections: number | null;
}

interface Row {
  readonly metric: string;
  readonly state: string;
  readonly timeMs: number;
  /** Mean and maximum over processes of what each told. */
  readonly mean: number;
  readonly top: number;
  readonly total: number;
}

type Field = Exclude<keyof ResourcePoint, "timeMs">;
type Figure = "mean" | "top" | "total";

/** By metric, with the connection state where there is one. Factors: to percent, MB and ms. */
const FIELDS: Readonly<Record<string, readonly (readonly [Field, Figure, number])[]>> = {
  "process.cpu.utilization": [["cpuUsagePercent", "mean", 100]],
  "process.memory.usage": [
    ["memoryUsedMB", "mean", 1e-6],
    ["memoryMaxMB", "top", 1e-6],
  ],
  "system.memory.limit": [["memoryTotalMB", "mean", 1e-6]],
  "nodejs.eventloop.delay.mean": [["eventLoopLagMs", "mean", 1000]],
  "v8js.memory.heap.used": [["heapUsedMB", "mean", 1e-6]],
  "v8js.memory.heap.limit": [["heapTotalMB", "mean", 1e-6]],
  "db.client.connection.count used": [["usedConnections", "total", 1]],
  "db.client.connection.count idle": [["idleConnections", "total", 1]],
  "db.client.connection.pending_requests": [["waitingRequests", "total", 1]],
  "db.client.connection.max": [["maxConnections", "total", 1]],
};
const METRICS = [...new Set(Object.keys(FIELDS).map((key) => key.split(" ", 1)[0] ?? key))];

/** A point for each step of the range, oldest first. */
export async function readResources(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
): Promise<ResourcePoint[]> {
  const grid = timeGrid(range, nowMs);
  const rows = await reader.query<Row>(
    `WITH kinds AS (
       SELECT metric AS kind_metric, series_id AS kind_series, anyLast(s.service) AS of_service,
         anyLast(s.instance) AS of_instance, anyLast(s.attributes)['db.client.connection.state'] AS state
       FROM metric_series AS s
       WHERE s.tenant_id = {tenant:String} AND s.project_id = {project:String} AND s.metric IN {metrics:Array(String)}
       GROUP BY metric, series_id
     ),
     points AS (
       SELECT metric, series_id, toStartOfInterval(m.time, toIntervalSecond({step:UInt32})) AS point,
         sum(m.value_sum) / sum(m.points) AS series_mean, max(m.value_max) AS series_max
       FROM ${metricTable(grid.range.stepSeconds)} AS m
       WHERE m.tenant_id = {tenant:String} AND m.project_id = {project:String} AND m.metric IN {metrics:Array(String)}
         AND m.time >= toDateTime({from:UInt32}, 'UTC') AND m.time < toDateTime({to:UInt32}, 'UTC')
       GROUP BY metric, series_id, point
     ),
     processes AS (
       SELECT metric, state, point, of_service, of_instance, sum(series_mean) AS process_mean,
         sum(series_max) AS process_max
       FROM points INNER JOIN kinds ON metric = kind_metric AND series_id = kind_series
       GROUP BY metric, state, point, of_service, of_instance
     )
     SELECT toString(metric) AS metric, toString(state) AS state, toUnixTimestamp(point) * 1000 AS timeMs,
       avg(process_mean) AS mean, max(process_max) AS top, sum(process_mean) AS total
     FROM processes GROUP BY metric, state, point`,
    { ...grid.params, metrics: METRICS },
    { name: "performance.resources" },
  );
  const points = grid.timesMs.map((timeMs) => emptyPoint(timeMs));
  for (const row of rows) {
    const point = points[indexOnGrid(grid, row.timeMs) ?? -1];
    const fields = FIELDS[row.state === "" ? row.metric : `${row.metric} ${row.state}`] ?? [];
    for (const [field, figure, factor] of fields)
      if (point !== undefined) point[field] = row[figure] * factor;
  }
  return points;
}

function emptyPoint(timeMs: number): { -readonly [Key in keyof ResourcePoint]: ResourcePoint[Key] } {
  return {
    timeMs,
    cpuUsagePercent: null,
    memoryUsedMB: null,
    memoryMaxMB: null,
    memoryTotalMB: null,
    eventLoopLagMs: null,
    heapUsedMB: null,
    heapTotalMB: null,
    usedConnections: null,
    idleConnections: null,
    waitingRequests: null,
    maxConnections: null,
  };
}
