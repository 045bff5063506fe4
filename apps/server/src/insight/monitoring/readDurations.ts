/** How long the traces of a filter took, from the raw spans, as a histogram with two buckets an octave. */
import type { DurationHistogram, MonitoringFilter, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { entryConditions } from "../entrySpans.ts";
import { searchFrom } from "./searchFrom.ts";

const BUCKETS_PER_OCTAVE = 2;
/** About a tenth of a second each: of short columns alone, and with maps of attributes. */
const SPANS_MAX = 2_000_000;
const SPANS_WITH_MAPS_MAX = 500_000;

/** How many spans one answer looks at. */
export const spansSearchedMax = ({ attribute }: Pick<MonitoringFilter, "attribute">): number =>
  attribute === undefined ? SPANS_MAX : SPANS_WITH_MAPS_MAX;

/** @param spansMax for tests */
export async function readDurations(
  reader: ScopedReader,
  range: TimeRange,
  filter: Pick<MonitoringFilter, "service" | "route" | "status" | "name" | "attribute">,
  spansMax = spansSearchedMax(filter),
): Promise<DurationHistogram> {
  const countedFromMs = await searchFrom(reader, range, range.toMs, filter.service, spansMax);
  const { service, route, status, name, attribute } = filter;
  const { where, params } = entryConditions({ service, route, status, name, attribute, limit: 1 });
  const rows = await reader.query<{ bucket: number; n: number; failed: number }>(
    `SELECT toInt32(floor(${BUCKETS_PER_OCTAVE} * log2(greatest(duration_ns, 1)))) AS bucket, sum(weight) AS n,
       sumIf(weight, status = 'error' OR http_status >= 500) AS failed
     FROM spans
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} ${where}
       AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
     GROUP BY bucket ORDER BY bucket`,
    { ...params, fromMs: countedFromMs ?? range.fromMs, toMs: range.toMs },
    { name: "traces.durations" },
  );
  return {
    buckets: rows.map(({ bucket, n, failed }) => ({
      fromMs: boundMs(bucket),
      toMs: boundMs(bucket + 1),
      count: n,
      errors: failed,
    })),
    count: rows.reduce((sum, { n }) => sum + n, 0),
    countedFromMs,
  };
}

const boundMs = (bucket: number): number => 2 ** (bucket / BUCKETS_PER_OCTAVE) / 1e6;
