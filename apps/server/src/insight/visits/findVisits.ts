/** Which visits a filter means, in order. */
import { VITAL_THRESHOLDS, type TimeRange, type VisitsFilter } from "@throughline/contract";
import type { QueryParams, ScopedReader } from "../../engines/telemetry/index.ts";
import { vitalSource } from "../vitals/vitalSource.ts";

export interface FoundVisit {
  readonly sessionId: string;
  /** What the list is ordered by: milliseconds since the epoch, or the worst value of the vital. */
  readonly key: number;
  /** When it was there, within the range. */
  readonly atMs: number;
  /** Those that matched. */
  readonly pageViewIds: readonly string[];
}

export interface VisitPosition {
  readonly key: number;
  readonly sessionId: string;
}

const PAGE_VIEWS_MAX = 50;

/**
 * Descending by key, then by id. Visits without a session id can't be told apart and are left out; those of senders that
 * report vitals but no page views are found by a vital.
 */
export async function findVisits(
  reader: ScopedReader,
  { fromMs, toMs }: TimeRange,
  filter: VisitsFilter,
  after: VisitPosition | undefined,
  limit: number,
): Promise<FoundVisit[]> {
  const { where, params } = vitalSource(filter);
  const isSlowest = filter.sort === "slowest";
  const metric = filter.metric ?? (isSlowest ? "LCP" : undefined);
  const inRange = (table: string) =>
    `${table}.time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND ${table}.time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`;
  const scope = "tenant_id = {tenant:String} AND project_id = {project:String}";
  const rows =
    metric === undefined
      ? `SELECT session_id, page_view_id, v.time AS at, 0. AS value FROM page_views AS v
         WHERE ${scope} AND ${inRange("v")} AND session_id != ''${where}`
      : // The last value of a vital counts, and only then it is compared.
        `SELECT session_id, page_view_id, at, value FROM (
           SELECT session_id, page_view_id, id, v.time AS at, value FROM web_vitals AS v
           WHERE ${scope} AND metric = {metric:String} AND sign = 1 AND ${inRange("v")} AND session_id != ''${where}
           ORDER BY at DESC, value DESC LIMIT 1 BY id
         )${ratingCondition(filter.rating)}`;
  const errors =
    filter.errors === undefined
      ? ""
      : `WHERE session_id IN (
           SELECT attributes['session.id'] FROM exceptions AS e
           WHERE ${scope} AND service = 'browser' AND source = 'browser' AND ${inRange("e")})`;
  const bound: QueryParams = {
    ...params,
    fromMs,
    toMs,
    limit,
    ...(metric === undefined ? {} : { metric, ...VITAL_THRESHOLDS[metric] }),
    ...(after === undefined ? {} : { afterKey: after.key, afterId: after.sessionId }),
  };
  return await reader.query<FoundVisit>(
    `SELECT session_id AS sessionId, ${isSlowest ? "max(value)" : "toFloat64(min(toUnixTimestamp64Milli(at)))"} AS key,
       min(toUnixTimestamp64Milli(at)) AS atMs, groupUniqArray(${PAGE_VIEWS_MAX})(page_view_id) AS pageViewIds
     FROM (${rows}) ${errors}
     GROUP BY session_id
     ${after === undefined ? "" : "HAVING (key, sessionId) < ({afterKey:Float64}, {afterId:String})"}
     ORDER BY key DESC, sessionId DESC LIMIT {limit:UInt32}`,
    bound,
    { name: "visits.find" },
  );
}

function ratingCondition(rating: VisitsFilter["rating"]): string {
  switch (rating) {
    case "good":
      return " WHERE value <= {good:Float64}";
    case "needs-improvement":
      return " WHERE value > {good:Float64} AND value <= {poor:Float64}";
    case "poor":
      return " WHERE value > {poor:Float64}";
    default:
      return "";
  }
}
