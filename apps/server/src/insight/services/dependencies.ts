import type { ServicePage } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { quantileMs, type DurationRow } from "../buckets.ts";
import type { Slice } from "./recentSpans.ts";

/** What a service calls: databases by system and name, other services by their address, queues by their name. */
export async function readDependencies(
  reader: ScopedReader,
  slice: Slice,
  service: string,
): Promise<ServicePage["dependencies"]> {
  const rows = await reader.query<Omit<ServicePage["dependencies"][number], "p95Ms"> & DurationRow>(
    `SELECT name, kind, sum(n) AS calls, sum(failed) / calls AS errorRatio, sumMap(map(bucket, n)) AS buckets,
       max(longest) AS maxNs
     FROM (
       SELECT
         multiIf(db_system != '', 'database', attributes['messaging.system'] != '' OR kind = 'producer', 'queue', 'service') AS target_kind,
         multiIf(
           target_kind = 'database', concat(db_system, if(attributes['db.namespace'] = '', '', concat(' ', attributes['db.namespace']))),
           target_kind = 'queue', attributes['messaging.destination.name'],
           attributes['peer.service'] != '', attributes['peer.service'],
           attributes['server.address'] != '', concat(attributes['server.address'],
             if(attributes['server.port'] = '', '', concat(':', attributes['server.port']))),
           attributes['net.peer.name'] != '', attributes['net.peer.name'],
           attributes['rpc.service']) AS target,
         toUInt16(floor(8 * log2(greatest(duration_ns, 1)))) AS bucket,
         sum(weight) AS n, max(duration_ns) AS longest, sumIf(weight, status = 'error') AS failed
       FROM spans
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND service = {service:String}
         AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
         AND kind IN ('client', 'producer')
       GROUP BY target_kind, target, bucket
     )
     GROUP BY target AS name, target_kind AS kind
     ORDER BY calls DESC, kind, name LIMIT 50`,
    { ...slice, service },
    { name: "service.dependencies" },
  );
  return rows.map(({ name, kind, calls, errorRatio, ...durations }) => ({
    name,
    kind,
    calls,
    p95Ms: quantileMs(0.95, durations),
    errorRatio,
  }));
}
