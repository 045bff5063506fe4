/** The course of p75 over a range, at few enough points for a sparkline. */
import type { VitalName } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { TimeGrid } from "../timeGrid.ts";
import { VITAL_SUMS, vitalCells } from "./vitalCells.ts";
import { p75, stepsOfBuckets, type VitalCounts } from "./vitalHistogram.ts";
import type { VitalSource } from "./vitalSource.ts";

const POINTS_MAX = 60;
/** A point of fewer page views would show luck. */
const POINT_VIEWS_MIN = 20;

interface Row extends VitalCounts {
  readonly metric: VitalName;
  readonly point: number;
}

export interface VitalSeries {
  readonly timesMs: readonly number[];
  /** Null where too few page views were. */
  readonly p75: ReadonlyMap<VitalName, readonly (number | null)[]>;
}

export async function readSeries(
  reader: ScopedReader,
  grid: TimeGrid,
  source: VitalSource,
): Promise<VitalSeries> {
  const { range, stepMs, cellSeconds } = grid;
  const pointMs = Math.ceil(grid.timesMs.length / POINTS_MAX) * stepMs;
  const count = Math.ceil((range.toMs - range.fromMs) / pointMs);
  const cells = vitalCells(
    source,
    [{ stepSeconds: cellSeconds, fromMs: range.fromMs, toMs: range.toMs }],
    cellSeconds,
  );
  const rows = await reader.query<Row>(
    `SELECT metric, intDiv(toUInt32(window_time) - {from:UInt32}, {pointSeconds:UInt32}) AS point, ${VITAL_SUMS}
     FROM (${cells.sql}) GROUP BY metric, point HAVING count >= ${POINT_VIEWS_MIN}`,
    { ...grid.params, pointSeconds: pointMs / 1000, ...cells.params },
    { name: "vitals.series" },
  );
  const series = new Map<VitalName, (number | null)[]>();
  for (const row of rows) {
    const values = series.get(row.metric) ?? Array.from({ length: count }, () => null);
    values[row.point] = p75(stepsOfBuckets(row.metric, row));
    series.set(row.metric, values);
  }
  return {
    timesMs: Array.from({ length: count }, (_, index) => range.fromMs + index * pointMs),
    p75: series,
  };
}
