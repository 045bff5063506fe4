import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { PoolWait } from "./facts.ts";

const WAITS_MAX = 100;

/**
 * The requests that waited longest for a connection, from single spans `…pool.connect` of OpenTelemetry's and our own
 * instrumentation of pools. Only asked when a pool is exhausted.
 */
export async function readPoolWaits(
  reader: ScopedReader,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  services: readonly string[],
): Promise<PoolWait[]> {
  return await reader.query<PoolWait>(
    `WITH waits AS (
       SELECT service AS of_service, trace_id AS of_trace, max(duration_ns) / 1e6 AS longest
       FROM spans
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND service IN {services:Array(String)}
         AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
         AND endsWith(name, 'pool.connect')
       GROUP BY of_service, of_trace ORDER BY longest DESC, of_trace LIMIT ${WAITS_MAX}
     )
     SELECT of_service AS service, argMax(s.route, s.duration_ns) AS route, lower(hex(of_trace)) AS traceId,
       any(longest) AS waitMs
     FROM spans AS s INNER JOIN waits ON s.trace_id = of_trace AND s.service = of_service
     WHERE s.tenant_id = {tenant:String} AND s.project_id = {project:String} AND s.service IN {services:Array(String)}
       AND s.time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND s.time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
       AND s.kind IN ('server', 'consumer')
     GROUP BY of_service, of_trace ORDER BY waitMs DESC`,
    { fromMs, toMs, services: [...services] },
    { name: "bottlenecks.poolWaits" },
  );
}
