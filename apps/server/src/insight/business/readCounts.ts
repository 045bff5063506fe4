/** How often each standard event happened: by point of the chart, and in the window before the range. */
import type { BusinessEventName } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { indexOnGrid, type TimeGrid } from "../timeGrid.ts";

export interface EventCounts {
  readonly byPoint: readonly number[];
  readonly current: number;
  readonly previous: number;
}

interface Row {
  readonly event: BusinessEventName;
  /** -1 is the window before. */
  readonly timeMs: number;
  readonly n: number;
}

export type CountsByEvent = (event: BusinessEventName) => EventCounts;

export async function readCounts(reader: ScopedReader, grid: TimeGrid): Promise<CountsByEvent> {
  const rows = await reader.query<Row>(
    `SELECT event, if(time < toDateTime({from:UInt32}, 'UTC'), -1,
         toInt64(toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({step:UInt32})))) * 1000) AS timeMs, sum(count) AS n
     FROM business_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32}
       AND time >= toDateTime({previousFrom:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
     GROUP BY event, timeMs`,
    grid.params,
    { name: "business.counts" },
  );
  const byEvent = Map.groupBy(rows, ({ event }) => event);
  return (event) => {
    const own = byEvent.get(event) ?? [];
    const byPoint = grid.timesMs.map(() => 0);
    for (const { timeMs, n } of own) {
      const index = timeMs < 0 ? null : indexOnGrid(grid, timeMs);
      if (index !== null) byPoint[index] = (byPoint[index] ?? 0) + n;
    }
    return {
      byPoint,
      current: byPoint.reduce((sum, n) => sum + n, 0),
      previous: own.find(({ timeMs }) => timeMs < 0)?.n ?? 0,
    };
  };
}

/** Whether any standard event was received in the last year. */
export async function hasBusinessEvents(reader: ScopedReader): Promise<boolean> {
  const rows = await reader.query<{ readonly one: number }>(
    `SELECT 1 AS one FROM business_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400 LIMIT 1`,
    {},
    { name: "business.any" },
  );
  return rows.length > 0;
}
