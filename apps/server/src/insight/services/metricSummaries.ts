/** The metrics of a service: what they are, how many series, how they went. */
import type { MetricSummary } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { indexOnGrid, metricTable, type TimeGrid } from "../timeGrid.ts";

interface SeriesRow {
  readonly metric: string;
  readonly type: string;
  readonly unit: string;
  readonly description: string;
  readonly series: number;
}

interface PointRow {
  readonly metric: string;
  readonly timeMs: number;
  readonly value: number | null;
}

export async function readMetricSummaries(
  reader: ScopedReader,
  grid: TimeGrid,
  service: string,
): Promise<MetricSummary[]> {
  const [metrics, points] = await Promise.all([
    readMetricNames(reader, grid, service),
    readMetricPoints(reader, grid, service),
  ]);
  const byMetric = new Map(
    metrics.map((row) => [row.metric, { ...row, last: null, sparkline: grid.timesMs.map(() => null) }]),
  ) as Map<string, SeriesRow & { last: number | null; sparkline: (number | null)[] }>;
  for (const { metric, timeMs, value } of points) {
    const summary = byMetric.get(metric);
    const index = indexOnGrid(grid, timeMs);
    if (summary === undefined || index === null || value === null) continue;
    summary.sparkline[index] = value;
    summary.last = value;
  }
  return [...byMetric.values()];
}

async function readMetricNames(reader: ScopedReader, grid: TimeGrid, service: string): Promise<SeriesRow[]> {
  return await reader.query<SeriesRow>(
    `SELECT s.metric AS metric, toString(anyLast(s.type)) AS type, anyLast(s.unit) AS unit,
       anyLast(s.description) AS description, uniqExact(s.series_id) AS series
     FROM metric_series AS s
     WHERE s.tenant_id = {tenant:String} AND s.project_id = {project:String} AND s.service = {service:String}
       AND s.last_seen >= toDateTime({from:UInt32}, 'UTC') AND s.first_seen < toDateTime({to:UInt32}, 'UTC')
     GROUP BY metric ORDER BY metric LIMIT 200`,
    { ...grid.params, service },
    { name: "service.metricNames" },
  );
}

/**
 * A value per metric and point, ascending in time:
 * - gauges: the mean of the series' last values
 * - sums that only grow: increase per second, over all series; a counter that fell was restarted and counts from zero
 * - other cumulative sums: the sum of the last values; delta sums: what was added per second
 * - histograms and summaries: the mean of what was recorded
 */
async function readMetricPoints(reader: ScopedReader, grid: TimeGrid, service: string): Promise<PointRow[]> {
  return await reader.query<PointRow>(
    `WITH kinds AS (
       SELECT metric AS kind_metric, series_id AS kind_series, anyLast(s.type) AS kind, anyLast(s.temporality) AS temporality,
         max(s.is_monotonic) AS is_monotonic
       FROM metric_series AS s
       WHERE s.tenant_id = {tenant:String} AND s.project_id = {project:String} AND s.service = {service:String}
       GROUP BY metric, series_id
     ),
     points AS (
       SELECT metric, series_id, toStartOfInterval(m.time, toIntervalSecond({step:UInt32})) AS point, sum(m.points) AS n,
         sum(m.value_sum) AS added, argMaxMerge(m.value_last) AS last_value,
         toFloat64(argMaxMerge(m.count_last)) AS last_count, argMaxMerge(m.sum_last) AS last_sum
       FROM ${metricTable(grid.range.stepSeconds)} AS m
       WHERE m.tenant_id = {tenant:String} AND m.project_id = {project:String} AND m.service = {service:String}
         AND m.time >= toDateTime({from:UInt32}, 'UTC') AND m.time < toDateTime({to:UInt32}, 'UTC')
       GROUP BY metric, series_id, point
     ),
     steps AS (
       SELECT *, lagInFrame(point) OVER series AS earlier, toUnixTimestamp(earlier) > 0 AS has_earlier,
         toUnixTimestamp(point) - toUnixTimestamp(earlier) AS seconds,
         last_value - lagInFrame(last_value) OVER series AS value_rise,
         last_count - lagInFrame(last_count) OVER series AS count_rise,
         last_sum - lagInFrame(last_sum) OVER series AS sum_rise
       FROM points
       WINDOW series AS (PARTITION BY metric, series_id ORDER BY point ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
     )
     SELECT metric, toUnixTimestamp(point) * 1000 AS timeMs,
       multiIf(
         any(kind) = 'gauge', avg(last_value),
         any(kind) = 'sum' AND any(temporality) = 'delta', sum(added) / {step:UInt32},
         any(kind) = 'sum' AND any(is_monotonic) = 1,
           sumOrNullIf(if(value_rise < 0, last_value, value_rise) / seconds, has_earlier),
         any(kind) = 'sum', sum(last_value),
         any(temporality) = 'delta', sum(last_sum) / nullIf(sum(last_count), 0),
         sumIf(if(count_rise < 0, last_sum, sum_rise), has_earlier)
           / nullIf(sumIf(if(count_rise < 0, last_count, count_rise), has_earlier), 0)) AS value
     FROM steps INNER JOIN kinds ON metric = kind_metric AND series_id = kind_series
     GROUP BY metric, point
     ORDER BY metric, point`,
    { ...grid.params, service },
    { name: "service.metricPoints" },
  );
}
