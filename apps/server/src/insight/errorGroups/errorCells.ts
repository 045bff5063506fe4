/** Which cells of `error_rollups` a question is about, and what all answers take from them. */
import type { ErrorsFilter } from "@throughline/contract";
import type { QueryParams } from "../../engines/telemetry/index.ts";
import { coverOf, inPieces, type Condition } from "../rollups.ts";
import type { TimeGrid } from "../timeGrid.ts";

export const SCOPED = "tenant_id = {tenant:String} AND project_id = {project:String}";
/** What a group is called stands in cells of a day, and they are kept longest. */
export const DAYS = `${SCOPED} AND step_seconds = 86400`;
/** `fingerprint IN …` of decimal texts. */
export const AMONG = "(SELECT toUInt64(arrayJoin({fingerprints:Array(String)})))";

export type GroupFilter = Pick<ErrorsFilter, "service" | "release" | "source">;

export function groupFilter({ service, release, source }: GroupFilter): {
  readonly where: string;
  readonly params: QueryParams;
} {
  return {
    where: [
      service === undefined ? "" : "AND service = {service:String}",
      release === undefined ? "" : "AND service_version = {release:String}",
      source === undefined ? "" : `AND source ${source === "browser" ? "=" : "!="} 'browser'`,
    ].join(" "),
    params: {
      ...(service === undefined ? {} : { service }),
      ...(release === undefined ? {} : { release }),
    },
  };
}

export function errorCells(grid: TimeGrid, filter: GroupFilter = {}): Condition {
  const { where, params } = groupFilter(filter);
  const inside = inPieces(coverOf(grid.range.fromMs, grid.range.toMs, grid.cellSeconds));
  return { sql: `${SCOPED} ${where} AND ${inside.sql}`, params: { ...inside.params, ...params } };
}

/** For a SELECT with any GROUP BY. */
export const GROUP_COLUMNS = `sum(count) AS n, toUnixTimestamp64Milli(max(last_at)) AS lastSeenMs,
  uniqCombined64Merge(users) AS userCount, uniqCombined64Merge(sessions) AS sessionCount,
  lower(hex(argMaxMerge(last_trace))) AS traceId, toString(any(source)) AS origin`;

export interface GroupTotals {
  readonly n: number;
  readonly lastSeenMs: number;
  readonly userCount: number;
  readonly sessionCount: number;
  readonly traceId: string;
  readonly origin: string;
}

/** Nobody was named: unknown, and not none. */
export const knownCount = (count: number): number | null => (count === 0 ? null : count);
