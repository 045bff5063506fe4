/** How far back a search reads raw spans, so that an answer about a month comes as fast as one about a day. */
import type { TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";

/**
 * Start of the newest whole hours before `toMs` that hold at most so many stored spans, by their rollup.
 * @returns null when the whole range does
 */
export async function searchFrom(
  reader: ScopedReader,
  { fromMs }: Pick<TimeRange, "fromMs">,
  toMs: number,
  service: string | undefined,
  spansMax: number,
): Promise<number | null> {
  const hours = await reader.query<{ atMs: number; n: number }>(
    `SELECT toInt64(toUnixTimestamp(time)) * 1000 AS atMs, sum(s.stored) AS n FROM span_rollups AS s
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 3600
       ${service === undefined ? "" : "AND service = {service:String}"}
       AND time >= toStartOfHour(toDateTime({from:UInt32}, 'UTC')) AND time < toDateTime({to:UInt32}, 'UTC')
     GROUP BY time ORDER BY time DESC`,
    {
      from: Math.floor(fromMs / 1000),
      to: Math.ceil(toMs / 1000),
      ...(service === undefined ? {} : { service }),
    },
    { name: "traces.searchFrom" },
  );
  let spans = 0;
  for (const [index, { n }] of hours.entries()) {
    spans += n;
    const newer = hours[index - 1];
    if (spans > spansMax && newer !== undefined) return Math.max(fromMs, newer.atMs);
  }
  return null;
}
