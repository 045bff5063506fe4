/** The slowest quarter of the newest page views, with what browsers reported about them. */
import type { VitalName } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { TimeGrid } from "../timeGrid.ts";
import type { VitalSource } from "./vitalSource.ts";

/** Attribution is read of so many page views a vital: enough to see what is frequent, little to read. */
const VIEWS_MAX = 200;
/** How many page views are looked through for them; how far back that is follows from the traffic. */
const VIEWS_SEARCHED = 8000;
const SHORTEST_MS = 60_000;

export interface SlowView {
  readonly metric: VitalName;
  readonly value: number;
  readonly path: string;
  readonly release: string;
  /** 32 hexadecimal digits; zeros without a trace. */
  readonly traceId: string;
  readonly attribution: Readonly<Record<string, string>>;
}

export interface SlowFrom {
  readonly metric: VitalName;
  /** The 75th percentile. */
  readonly value: number;
  readonly count: number;
  /** After the newest of them. */
  readonly newestMs: number;
}

export async function readSlowest(
  reader: ScopedReader,
  grid: TimeGrid,
  source: VitalSource,
  vitals: readonly SlowFrom[],
): Promise<SlowView[]> {
  if (vitals.length === 0) return [];
  const params: Record<string, number> = {};
  const conditions = vitals.map(({ metric, value, count, newestMs }, index) => {
    const { fromMs, toMs } = grid.range;
    const endMs = Math.min(toMs, newestMs);
    const lengthMs = Math.max(SHORTEST_MS, (toMs - fromMs) * Math.min(1, VIEWS_SEARCHED / count));
    params[`value${index}`] = value;
    params[`from${index}`] = Math.max(fromMs, Math.floor(endMs - lengthMs));
    params[`to${index}`] = endMs;
    return `(metric = '${metric}' AND value >= {value${index}:Float64}
      AND v.time >= fromUnixTimestamp64Milli({from${index}:Int64}) AND v.time < fromUnixTimestamp64Milli({to${index}:Int64}))`;
  });
  return await reader.query<SlowView>(
    `SELECT metric, value, path, release, traceId, attribution FROM (
       SELECT metric, id, v.time AS at, value, path, v.release AS release, lower(hex(trace_id)) AS traceId, attribution
       FROM web_vitals AS v
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND sign = 1
         AND (${conditions.join(" OR ")})${source.where}
       ORDER BY at DESC, value DESC
       LIMIT 1 BY metric, id
     )
     ORDER BY at DESC, value DESC
     LIMIT ${VIEWS_MAX} BY metric`,
    { ...params, ...source.params },
    { name: "vitals.slowest" },
  );
}
