import type { ServicePage } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { indexOnGrid, type TimeGrid } from "../timeGrid.ts";

/** Log records of a service by severity over time. */
export async function readLogCounts(
  reader: ScopedReader,
  grid: TimeGrid,
  service: string,
): Promise<ServicePage["logCounts"]> {
  const rows = await reader.query<{ severityName: string; timeMs: number; records: number }>(
    `SELECT toString(severity) AS severityName, sum(count) AS records,
       toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({step:UInt32}))) * 1000 AS timeMs
     FROM log_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32}
       AND service = {service:String}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
     GROUP BY severityName, timeMs
     ORDER BY severityName`,
    { ...grid.params, service },
    { name: "service.logCounts" },
  );
  const bySeverity: Record<string, number[]> = {};
  for (const { severityName, timeMs, records } of rows) {
    const index = indexOnGrid(grid, timeMs);
    const counts = (bySeverity[severityName] ??= grid.timesMs.map(() => 0));
    if (index !== null) counts[index] = records;
  }
  return { timesMs: [...grid.timesMs], bySeverity };
}
