/** What groups are called, and since when there are any: from the cells of a day. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { AMONG, DAYS } from "./errorCells.ts";

export interface GroupName {
  readonly fingerprint: string;
  readonly service: string;
  readonly type: string;
  /** Of the newest occurrence. */
  readonly message: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Ever, as far as cells are kept. */
  readonly countEver: number;
}

export async function readNames(
  reader: ScopedReader,
  fingerprints: readonly string[],
): Promise<ReadonlyMap<string, GroupName>> {
  if (fingerprints.length === 0) return new Map();
  const rows = await reader.query<GroupName>(
    `SELECT toString(r.fingerprint) AS fingerprint, toString(any(r.service)) AS service,
       anyIf(r.type, r.type != '') AS type, argMaxMerge(r.last_message) AS message,
       toUnixTimestamp64Milli(min(r.first_at)) AS firstSeenMs, toUnixTimestamp64Milli(max(r.last_at)) AS lastSeenMs,
       sum(r.count) AS countEver
     FROM error_rollups AS r WHERE ${DAYS} AND r.fingerprint IN ${AMONG}
     GROUP BY r.fingerprint`,
    { fingerprints: [...fingerprints] },
    { name: "errors.names" },
  );
  return new Map(rows.map((row) => [row.fingerprint, row]));
}
