/** Where counts of vitals come from: cells of the rollup, or raw rows where no cell tells apart what is asked for. */
import type { QueryParams } from "../../engines/telemetry/index.ts";
import { inPieces, type Piece } from "../rollups.ts";
import type { VitalSource } from "./vitalSource.ts";

/** Details are rolled up by hour and day; shorter ranges are counted from raw rows. */
const DETAIL_CELL_SECONDS = 3600;
const METRICS = "['LCP', 'INP', 'CLS', 'FCP', 'TTFB']";

/** TTFB of soft navigations is reported as 0: nothing was fetched, so it says nothing. */
export const MEASURED = "NOT (metric = 'TTFB' AND navigation_type = 'soft-navigation')";

/** Sums over what `vitalCells` selects, for its outer query. */
export const VITAL_SUMS = "sum(n) AS count, sum(n_good) AS good, sum(n_poor) AS poor, sumMap(b) AS buckets";

/**
 * A SELECT of `metric, window_time, width, n, n_good, n_poor, b` and the columns that a caller may group by: `page,
 * device_type, navigation_type, release`, and of the slice `detail` `country, connection_type`.
 * @param pieces at least one; they lie on the cells that the range is answered from
 */
export function vitalCells(
  source: VitalSource,
  pieces: readonly Piece[],
  cellSeconds: number,
): { readonly sql: string; readonly params: QueryParams } {
  if (source.slice === "detail" && cellSeconds < DETAIL_CELL_SECONDS) return rawCells(source, pieces);
  const inCells = inPieces(pieces);
  return {
    sql: `SELECT metric, time AS window_time, step_seconds AS width, count AS n, good AS n_good, poor AS n_poor, buckets AS b,
         page, device_type, navigation_type, release, country, connection_type
       FROM vital_rollups
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND slice = '${source.slice}' AND ${inCells.sql}
         AND ${MEASURED}${source.where}`,
    params: { ...inCells.params, ...source.params },
  };
}

function rawCells(source: VitalSource, pieces: readonly Piece[]) {
  const fromMs = Math.min(...pieces.map((piece) => piece.fromMs));
  const toMs = Math.max(...pieces.map((piece) => piece.toMs));
  return {
    sql: `SELECT metric, toStartOfMinute(toDateTime(v.time, 'UTC')) AS window_time, 60 AS width, toInt64(sign) AS n,
         n * (value <= transform(metric, ${METRICS}, [2500., 200., 0.1, 1800., 800.], 0.)) AS n_good,
         n * (value > transform(metric, ${METRICS}, [4000., 500., 0.25, 3000., 1800.], 0.)) AS n_poor,
         map(toUInt16(floor(8 * log2(greatest(value * if(metric = 'CLS', 1e9, 1e6), 1)))), n) AS b,
         page, device_type, navigation_type, release, country, connection_type
       FROM web_vitals AS v
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND sign != 0 AND ${rawTime("rawFrom", "rawTo")}
         AND ${MEASURED}${source.where}`,
    params: { rawFrom: fromMs / 1000, rawTo: toMs / 1000, ...source.params },
  };
}

/** Raw times are compared with DateTime64 only (docs/decisions/0004, "A trap"). */
export function rawTime(from: string, to: string): string {
  return (
    `time >= fromUnixTimestamp64Milli(toInt64({${from}:UInt32}) * 1000) ` +
    `AND time < fromUnixTimestamp64Milli(toInt64({${to}:UInt32}) * 1000)`
  );
}
