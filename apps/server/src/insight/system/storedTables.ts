/** Size, age and retention of every table, as the engine knows them. */
import type { SystemPage } from "@throughline/contract";
import type { UnscopedReader } from "../../engines/telemetry/index.ts";

interface Row {
  readonly table: string;
  readonly rows: number;
  readonly sizeBytes: number;
  readonly oldestMs: number | null;
  readonly ttl: string;
}

const DAYS = /toIntervalDay\((\d+)\)/;
const YEARS = /toIntervalYear\((\d+)\)/;

/** Largest first. `retentionDays` is 0 for a table that keeps everything. */
export async function readStoredTables(reader: UnscopedReader): Promise<SystemPage["tables"]> {
  const rows = await reader.query<Row>(
    `SELECT replaceRegexpOne(t.name, '_local$', '') AS table, sum(p.rows) AS rows, sum(p.bytes_on_disk) AS sizeBytes,
       if(countIf(toUInt32(p.min_time) > 0) = 0, NULL, toUnixTimestamp(minIf(p.min_time, toUInt32(p.min_time) > 0)) * 1000) AS oldestMs,
       any(extract(t.engine_full, 'TTL (.+?)(?: SETTINGS|$)')) AS ttl
     FROM system.tables AS t LEFT JOIN (SELECT * FROM system.parts WHERE active) AS p ON p.database = t.database AND p.table = t.name
     WHERE t.database = currentDatabase() AND t.engine LIKE '%MergeTree'
     GROUP BY t.name ORDER BY sizeBytes DESC`,
    {},
    { name: "system.tables" },
  );
  return rows.map(({ ttl, ...row }) => ({ ...row, retentionDays: retentionDays(ttl) }));
}

/** @param ttl as ClickHouse prints it: `toDateTime(time) + toIntervalDay(30)`; rollups keep their widest cells longest */
export function retentionDays(ttl: string): number {
  const days = DAYS.exec(ttl)?.[1];
  const years = YEARS.exec(ttl)?.[1];
  return years === undefined ? Number(days ?? 0) : Number(years) * 365;
}
