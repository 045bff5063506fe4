/** How often which values were, in a range and in the period of the same length before it. */
import type { VitalName } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { coverOf, inPieces } from "../rollups.ts";
import type { TimeGrid } from "../timeGrid.ts";
import { stepsOfBuckets, stepsOfValues, type Step, type VitalCounts } from "./vitalHistogram.ts";
import type { VitalSource } from "./vitalSource.ts";

/** Up to so many page views a vital's percentiles are taken from the values themselves. */
const EXACT_VIEWS_MAX = 2000;
/** Details are rolled up by hour and day; shorter ranges are counted from raw rows. */
const DETAIL_CELL_SECONDS = 3600;

export interface VitalWindow extends VitalCounts {
  readonly metric: VitalName;
  readonly isPrevious: boolean;
  /** End of the last cell that has a value. */
  readonly newestMs: number;
  readonly steps: readonly Step[];
}

type Row = Omit<VitalWindow, "isPrevious" | "steps"> & { readonly isPrevious: 0 | 1 };

interface ValueRow {
  readonly metric: VitalName;
  readonly isPrevious: 0 | 1;
  readonly value: number;
  readonly count: number;
}

/** TTFB of soft navigations is reported as 0: nothing was fetched, so it says nothing. */
const MEASURED = "NOT (metric = 'TTFB' AND navigation_type = 'soft-navigation')";

export async function readCounts(
  reader: ScopedReader,
  grid: TimeGrid,
  source: VitalSource,
): Promise<VitalWindow[]> {
  const rows = await readTotals(reader, grid, source);
  const few = rows.filter(({ count }) => count > 0 && count <= EXACT_VIEWS_MAX);
  const values = few.length === 0 ? [] : await readValues(reader, grid, source, few);
  return rows
    .filter(({ count }) => count > 0)
    .map((row) => {
      const own = values.filter(
        (value) => value.metric === row.metric && value.isPrevious === row.isPrevious,
      );
      const kept = own.reduce((sum, { count }) => sum + count, 0);
      // Raw rows live shorter than their rollups: only when all are there do they say everything.
      const steps = kept === row.count ? stepsOfValues(own) : stepsOfBuckets(row.metric, row);
      return { ...row, isPrevious: row.isPrevious === 1, steps };
    });
}

async function readTotals(reader: ScopedReader, grid: TimeGrid, source: VitalSource): Promise<Row[]> {
  const sums = `toUInt8(window_time < toDateTime({from:UInt32}, 'UTC')) AS isPrevious, sum(n) AS count, sum(n_good) AS good,
     sum(n_poor) AS poor, sumMap(b) AS buckets, max(toUnixTimestamp(window_time) + width) * 1000 AS newestMs`;
  const isRaw = source.slice === "detail" && grid.cellSeconds < DETAIL_CELL_SECONDS;
  const { range, previousFromMs, cellSeconds } = grid;
  const pieces = inPieces([
    ...coverOf(previousFromMs, range.fromMs, cellSeconds),
    ...coverOf(range.fromMs, range.toMs, cellSeconds),
  ]);
  const cells = isRaw ? rawCells(source) : rolledCells(source, pieces.sql);
  return await reader.query<Row>(
    `SELECT metric, ${sums} FROM (${cells}) GROUP BY metric, isPrevious`,
    { ...grid.params, ...(isRaw ? {} : pieces.params), ...source.params },
    { name: "vitals.totals" },
  );
}

function rolledCells({ slice, where }: VitalSource, inCells: string): string {
  return `SELECT metric, time AS window_time, step_seconds AS width, count AS n, good AS n_good, poor AS n_poor, buckets AS b
     FROM vital_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND slice = '${slice}' AND ${inCells}
       AND ${MEASURED}${where}`;
}

function rawCells({ where }: VitalSource): string {
  return `SELECT metric, toStartOfMinute(toDateTime(v.time, 'UTC')) AS window_time, 60 AS width, sum(toInt64(sign)) AS n,
       sumIf(toInt64(sign), value <= transform(metric, ${METRICS}, [2500., 200., 0.1, 1800., 800.], 0.)) AS n_good,
       sumIf(toInt64(sign), value > transform(metric, ${METRICS}, [4000., 500., 0.25, 3000., 1800.], 0.)) AS n_poor,
       sumMap(map(toUInt16(floor(8 * log2(greatest(value * if(metric = 'CLS', 1e9, 1e6), 1)))), toInt64(sign))) AS b
     FROM web_vitals AS v
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND ${rawTime("previousFrom", "to")}
       AND ${MEASURED}${where}
     GROUP BY metric, window_time`;
}

const METRICS = "['LCP', 'INP', 'CLS', 'FCP', 'TTFB']";

/** Raw times are compared with DateTime64 only (docs/decisions/0004, "A trap"). */
export function rawTime(from: string, to: string): string {
  return (
    `time >= fromUnixTimestamp64Milli(toInt64({${from}:UInt32}) * 1000) ` +
    `AND time < fromUnixTimestamp64Milli(toInt64({${to}:UInt32}) * 1000)`
  );
}

async function readValues(
  reader: ScopedReader,
  grid: TimeGrid,
  source: VitalSource,
  of: readonly Row[],
): Promise<ValueRow[]> {
  return await reader.query<ValueRow>(
    `SELECT metric, toUInt8(v.time < fromUnixTimestamp64Milli(toInt64({from:UInt32}) * 1000)) AS isPrevious, value,
       sum(toInt64(sign)) AS count
     FROM web_vitals AS v
     WHERE tenant_id = {tenant:String} AND project_id = {project:String}
       AND (metric, isPrevious) IN (${of.map(({ metric, isPrevious }) => `('${metric}', ${isPrevious})`).join(", ")})
       AND ${rawTime("previousFrom", "to")} AND ${MEASURED}${source.where}
     GROUP BY metric, isPrevious, value HAVING count > 0
     ORDER BY metric, isPrevious, value`,
    { ...grid.params, ...source.params },
    { name: "vitals.values" },
  );
}
