/** The course of p75 over a range, at few enough points for a sparkline. */
import type { VitalName } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { TimeGrid } from "../timeGrid.ts";
import { VITAL_SUMS, vitalCells } from "./vitalCells.ts";
import { addCounts, NO_COUNTS, p75, stepsOfBuckets, type VitalCounts } from "./vitalHistogram.ts";
import type { VitalSource } from "./vitalSource.ts";

const POINTS_MAX = 60;
const POINTS_MIN = 6;
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
  const finePointMs = Math.ceil(grid.timesMs.length / POINTS_MAX) * stepMs;
  const cells = vitalCells(
    source,
    [{ stepSeconds: cellSeconds, fromMs: range.fromMs, toMs: range.toMs }],
    cellSeconds,
  );
  const rows = await reader.query<Row>(
    `SELECT metric, intDiv(toUInt32(window_time) - {from:UInt32}, {pointSeconds:UInt32}) AS point, ${VITAL_SUMS}
     FROM (${cells.sql}) GROUP BY metric, point HAVING count > 0`,
    { ...grid.params, pointSeconds: finePointMs / 1000, ...cells.params },
    { name: "vitals.series" },
  );
  const finePoints = Math.ceil((range.toMs - range.fromMs) / finePointMs);
  const merged = pointsMerged(rows, finePoints);
  const pointMs = finePointMs * merged;
  const points = Math.ceil(finePoints / merged);
  return {
    timesMs: Array.from({ length: points }, (_, index) => range.fromMs + index * pointMs),
    p75: new Map(
      [...Map.groupBy(rows, ({ metric }) => metric)].map(([metric, own]) => [
        metric,
        valuesOf(metric, own, merged, points),
      ]),
    ),
  };
}

/** How many points become one, so that the vital with the most page views has enough of them at most points. */
function pointsMerged(rows: readonly Row[], finePoints: number): number {
  const counts = [...Map.groupBy(rows, ({ metric }) => metric).values()].map((own) =>
    own.reduce((sum, { count }) => sum + count, 0),
  );
  const wanted = Math.max(...counts, 0) / (2 * POINT_VIEWS_MIN);
  return Math.ceil(finePoints / Math.min(finePoints, Math.max(POINTS_MIN, wanted)));
}

function valuesOf(
  metric: VitalName,
  rows: readonly Row[],
  merged: number,
  points: number,
): (number | null)[] {
  const values: (number | null)[] = Array.from({ length: points }, () => null);
  for (const [point, own] of Map.groupBy(rows, (row) => Math.floor(row.point / merged))) {
    const sum = own.reduce<VitalCounts>(addCounts, NO_COUNTS);
    if (sum.count >= POINT_VIEWS_MIN) values[point] = p75(stepsOfBuckets(metric, sum));
  }
  return values;
}
