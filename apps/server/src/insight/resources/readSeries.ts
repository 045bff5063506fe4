/**
 * Metric series on a grid of time, from the rollup of minutes, or of hours where the chart's points are hours. Counters are
 * followed from cell to cell, so a restart within a point of the chart is seen: a counter that fell counts from zero, as
 * OpenTelemetry says.
 */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { metricTable } from "../timeGrid.ts";

/** Of one question; ingest keeps a service's series bounded, this keeps an answer so. */
const SERIES_MAX = 2000;
/** How far before the range a counter's last reading is looked for, by minutes and by hours. */
const LOOK_BACK_SECONDS = { metrics_1m: 600, metrics_1h: 7200 } as const;

export interface SeriesGrid {
  readonly timesMs: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepSeconds: number;
}

export interface MetricSeries {
  readonly service: string;
  readonly instance: string;
  readonly metric: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly lastSeenMs: number;
  /**
   * A value a point, null where nothing was sent: the mean of what was read for gauges and sums that also fall, the
   * increase a second for counters, what was recorded a second for histograms (their sum).
   */
  readonly values: readonly (number | null)[];
  /** Smallest reading of each point, for gauges and sums that also fall. */
  readonly lows: readonly (number | null)[];
}

interface Kind {
  readonly id: string;
  readonly service: string;
  readonly metric: string;
  readonly instance: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly type: string;
  readonly temporality: string;
  readonly isMonotonic: 0 | 1;
  readonly lastSeenMs: number;
}

interface Point {
  readonly id: string;
  readonly timeMs: number;
  readonly level: number;
  readonly low: number;
  readonly added: number;
  readonly valueRise: number;
  readonly sumRise: number;
  /** That the rises are over; 0 where no earlier reading is known. */
  readonly seconds: number;
}

export async function readSeries(
  reader: ScopedReader,
  grid: SeriesGrid,
  metrics: readonly string[],
): Promise<MetricSeries[]> {
  const table = metricTable(grid.stepSeconds);
  const params = {
    metrics: [...metrics],
    from: grid.fromMs / 1000,
    to: grid.toMs / 1000,
    step: grid.stepSeconds,
    early: grid.fromMs / 1000 - LOOK_BACK_SECONDS[table],
  };
  const [kinds, points] = await Promise.all([readKinds(reader, params), readPoints(reader, table, params)]);
  const bySeries = Map.groupBy(points, ({ id }) => id);
  return kinds.map((kind) => {
    const values = grid.timesMs.map((): number | null => null);
    const lows = grid.timesMs.map((): number | null => null);
    for (const point of bySeries.get(kind.id) ?? []) {
      const index = Math.floor((point.timeMs - grid.fromMs) / (grid.stepSeconds * 1000));
      if (index < 0 || index >= values.length) continue;
      values[index] = valueOf(kind, point, grid.stepSeconds);
      if (isLevel(kind)) lows[index] = point.low;
    }
    const { service, instance, metric, attributes, lastSeenMs } = kind;
    return { service, instance, metric, attributes, lastSeenMs, values, lows };
  });
}

const isLevel = ({ type, temporality, isMonotonic }: Kind): boolean =>
  type === "gauge" || (type === "sum" && temporality !== "delta" && isMonotonic === 0);

function valueOf(kind: Kind, point: Point, stepSeconds: number): number | null {
  if (isLevel(kind)) return point.level;
  if (kind.type === "sum" && kind.temporality === "delta") return point.added / stepSeconds;
  // Of delta histograms the rollup keeps the last reading of a minute only: that is no sum.
  if (kind.temporality !== "cumulative" || point.seconds === 0) return null;
  return (kind.type === "sum" ? point.valueRise : point.sumRise) / point.seconds;
}

type Params = Record<string, number | string[]>;

async function readKinds(reader: ScopedReader, params: Params): Promise<Kind[]> {
  return await reader.query<Kind>(
    `SELECT toString(s.series_id) AS id, s.service AS service, s.metric AS metric, anyLast(s.instance) AS instance,
       anyLast(s.attributes) AS attributes, toString(anyLast(s.type)) AS type,
       toString(anyLast(s.temporality)) AS temporality, max(s.is_monotonic) AS isMonotonic,
       toInt64(toUnixTimestamp(max(s.last_seen))) * 1000 AS lastSeenMs
     FROM metric_series AS s
     WHERE s.tenant_id = {tenant:String} AND s.project_id = {project:String} AND s.metric IN {metrics:Array(String)}
       AND s.last_seen >= toDateTime({from:UInt32}, 'UTC') AND s.first_seen < toDateTime({to:UInt32}, 'UTC')
     GROUP BY s.series_id, service, metric ORDER BY lastSeenMs DESC, service, metric, id LIMIT ${SERIES_MAX}`,
    params,
    { name: "resources.series" },
  );
}

/** By hours a counter that began anew is taken to have done so right after the last reading of the hour before. */
async function readPoints(
  reader: ScopedReader,
  table: ReturnType<typeof metricTable>,
  params: Params,
): Promise<Point[]> {
  return await reader.query<Point>(
    `WITH cells AS (
       SELECT series_id, m.time AS at, ${table === "metrics_1h" ? "max(m.last_at)" : "m.time"} AS read_at, sum(m.points) AS n,
         sum(m.value_sum) AS total, min(m.value_min) AS least,
         argMaxMerge(m.value_last) AS last_value, argMaxMerge(m.sum_last) AS last_sum
       FROM ${table} AS m
       WHERE m.tenant_id = {tenant:String} AND m.project_id = {project:String} AND m.metric IN {metrics:Array(String)}
         AND m.time >= toDateTime({early:UInt32}, 'UTC') AND m.time < toDateTime({to:UInt32}, 'UTC')
       GROUP BY m.service, m.metric, series_id, at
     ),
     steps AS (
       SELECT series_id, at, n, total, least, last_value, last_sum,
         toUnixTimestamp(lagInFrame(read_at) OVER w) AS earlier, toUnixTimestamp(read_at) - earlier AS passed,
         last_value - lagInFrame(last_value) OVER w AS rise, last_sum - lagInFrame(last_sum) OVER w AS rise_of_sum
       FROM cells
       WINDOW w AS (PARTITION BY series_id ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
     )
     SELECT toString(series_id) AS id,
       toUnixTimestamp(toStartOfInterval(at, toIntervalSecond({step:UInt32}))) * 1000 AS timeMs,
       sum(total) / sum(n) AS level, min(least) AS low, sum(total) AS added,
       sumIf(if(rise < 0, last_value, rise), earlier > 0) AS valueRise,
       sumIf(if(rise_of_sum < 0, last_sum, rise_of_sum), earlier > 0) AS sumRise,
       sumIf(passed, earlier > 0) AS seconds
     FROM steps WHERE at >= toDateTime({from:UInt32}, 'UTC')
     GROUP BY series_id, timeMs`,
    params,
    { name: "resources.points" },
  );
}
