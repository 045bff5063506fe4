import type { EndpointPart } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { quantileMs, type DurationRow } from "../buckets.ts";
import type { Slice } from "../services/recentSpans.ts";
import type { Endpoint } from "./endpointCells.ts";

const PARTS_MAX = 20;

type Row = DurationRow & Omit<EndpointPart, "p95Ms"> & { readonly kind: "method" | "status" };

/** Requests of an endpoint by method and by status, most first. Empty: it was not told. */
export async function readRecentParts(
  reader: ScopedReader,
  slice: Slice,
  { service, route }: Endpoint,
): Promise<{ methods: EndpointPart[]; statuses: EndpointPart[] }> {
  const rows = await reader.query<Row>(
    `SELECT part.1 AS kind, part.2 AS value, sum(n) AS requests, sum(n_failed) AS failed, sumMap(map(bucket, n)) AS buckets,
       max(longest) AS maxNs
     FROM (
       SELECT [('method', toString(http_method)), ('status', if(http_status = 0, '', toString(http_status)))] AS parts,
         toUInt16(floor(8 * log2(greatest(duration_ns, 1)))) AS bucket, sum(weight) AS n,
         sumIf(weight, status = 'error' OR http_status >= 500) AS n_failed, max(duration_ns) AS longest
       FROM spans
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND service = {service:String}
         AND route = {route:String} AND kind = 'server'
         AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
       GROUP BY parts, bucket
     )
     ARRAY JOIN parts AS part
     GROUP BY kind, value ORDER BY kind, requests DESC, value LIMIT ${PARTS_MAX} BY kind`,
    { ...slice, service, route },
    { name: "endpoint.parts" },
  );
  const parts = (wanted: Row["kind"]): EndpointPart[] =>
    rows
      .filter(({ kind }) => kind === wanted)
      .map(({ value, requests, failed, ...durations }) => ({
        value,
        requests,
        failed,
        p95Ms: quantileMs(0.95, durations),
      }));
  return { methods: parts("method"), statuses: parts("status") };
}
