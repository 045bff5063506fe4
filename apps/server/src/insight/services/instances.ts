import type { ServicePage } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { Slice } from "./recentSpans.ts";

/** The processes of a service that sent spans, last seen first. */
export async function readInstances(
  reader: ScopedReader,
  slice: Slice,
  service: string,
): Promise<ServicePage["instances"]> {
  return await reader.query<ServicePage["instances"][number]>(
    `SELECT instance, service_version AS version, sum(weight) AS spans, toUnixTimestamp64Milli(max(time)) AS lastSeenMs
     FROM spans
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND service = {service:String}
       AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
     GROUP BY instance, version
     ORDER BY lastSeenMs DESC, instance, version LIMIT 100`,
    { ...slice, service },
    { name: "service.instances" },
  );
}
