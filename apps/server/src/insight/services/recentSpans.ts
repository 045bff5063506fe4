/** How far back raw spans are read for questions that no rollup answers. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { TimeGrid } from "../timeGrid.ts";

/** About 30 ms of reading a few columns. */
const SPANS_MAX = 1_000_000;

export interface Slice {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The newest part of the range that holds about that many stored spans of the service, to the minute in a range of minutes,
 * else to five: these are kept longer than spans are. @param service null: all
 */
export async function newestSlice(
  reader: ScopedReader,
  grid: TimeGrid,
  service: string | null,
  spansMax = SPANS_MAX,
): Promise<Slice> {
  const ofService = service === null ? "" : "AND service = {service:String}";
  const [row] = await reader.query<{ readonly fromMs: number | null }>(
    `SELECT toUnixTimestamp(maxOrNull(minute)) * 1000 AS fromMs
     FROM (
       SELECT time AS minute, sum(sum(stored)) OVER (ORDER BY time DESC) AS spans_since
       FROM span_rollups
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {width:UInt32} ${ofService}
         AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
       GROUP BY time
     )
     WHERE spans_since > {spansMax:UInt64}`,
    {
      ...grid.params,
      ...(service === null ? {} : { service }),
      spansMax,
      width: Math.min(grid.cellSeconds, 300),
    },
    { name: "service.newestSlice" },
  );
  const { fromMs, toMs } = grid.range;
  return { fromMs: Math.max(fromMs, row?.fromMs ?? 0), toMs };
}
