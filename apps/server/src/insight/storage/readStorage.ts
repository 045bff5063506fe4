/**
 * What one organisation's telemetry takes on disk. Parts are shared by all organisations, so its bytes are not known,
 * only its rows are: they are given the table's average bytes a row.
 *
 * Cheap on a full store: rows are counted by the primary key's first column, a partition at a time, and times are read of
 * the oldest partition and those of the last days only.
 */
import type { StorageReport, StorageTable } from "@throughline/contract";
import type { QueryParams, UnscopedReader } from "../../engines/telemetry/index.ts";
import { growthOf, totalOf, WINDOW_DAYS } from "./growth.ts";
import { STORAGE_TABLES } from "./tables.ts";

const DAY_MS = 86_400_000;
const CLUSTER_NAME = /^[A-Za-z0-9_]+$/;

interface Partition {
  readonly table: string;
  /** `20261121` of raw tables, `202611` of aggregates, `all` without partitions. */
  readonly id: string;
  readonly rows: number;
}

interface Ages {
  readonly table: string;
  readonly oldestS: number;
  readonly newestS: number;
  readonly recentRows: number;
  /** Null: there is none, as it is older than the fine cells are kept. */
  readonly sinceS: number | null;
}

/** @param tenantId the only organisation whose rows are counted: each statement about rows names it. */
export async function readStorage(
  reader: Pick<UnscopedReader, "query">,
  tenantId: string,
  nowMs: number,
): Promise<StorageReport> {
  const perRow = await readBytesPerRow(reader);
  const partitions = await readPartitions(reader, tenantId);
  const ages = await readAges(reader, tenantId, partitions, nowMs);
  const tables = Object.entries(STORAGE_TABLES).map(([table, { kind }]): StorageTable => {
    const rows = partitions
      .filter((each) => each.table === table)
      .reduce((total, partition) => total + partition.rows, 0);
    const found = ages.find((each) => each.table === table);
    const bytesPerRow = perRow.get(table) ?? 0;
    const oldestMs = found === undefined ? null : found.oldestS * 1000;
    const sinceMs = found === undefined || found.sinceS === null ? oldestMs : found.sinceS * 1000;
    return {
      table,
      kind,
      rows,
      sizeBytes: bytesPerRow * rows,
      oldestMs,
      newestMs: found === undefined ? null : found.newestS * 1000,
      growth: growthOf({ bytesPerRow, recentRows: found?.recentRows ?? 0, sinceMs }, nowMs),
    };
  });
  tables.sort((a, b) => b.sizeBytes - a.sizeBytes || a.table.localeCompare(b.table));
  return { measuredAtMs: nowMs, tables, total: totalOf(tables) };
}

/** Over all organisations; one replica of each shard. Says nothing of how much others have. */
async function readBytesPerRow(reader: Pick<UnscopedReader, "query">): Promise<ReadonlyMap<string, number>> {
  const [spread] = await reader.query<{ cluster: string }>(
    `SELECT extract(any(engine_full), 'Distributed\\\\(\\'?([A-Za-z0-9_]+)') AS cluster FROM system.tables
     WHERE database = currentDatabase() AND engine = 'Distributed'`,
    {},
    { name: "storage.cluster" },
  );
  const cluster = spread?.cluster ?? "";
  const parts = CLUSTER_NAME.test(cluster) ? `cluster(${cluster}, system.parts)` : "system.parts";
  const rows = await reader.query<{ name: string; bytesPerRow: number }>(
    `SELECT replaceRegexpOne(p.table, '_local$', '') AS name, sum(p.bytes_on_disk) / sum(p.rows) AS bytesPerRow
     FROM ${parts} AS p WHERE p.active AND p.database = currentDatabase() AND p.rows > 0 GROUP BY name`,
    {},
    { name: "storage.parts" },
  );
  return new Map(rows.map(({ name, bytesPerRow }) => [name, bytesPerRow]));
}

async function readPartitions(
  reader: Pick<UnscopedReader, "query">,
  tenantId: string,
): Promise<readonly Partition[]> {
  const counts = Object.keys(STORAGE_TABLES).map(
    (table) => `SELECT '${table}' AS table, _partition_id AS id, count() AS rows
      FROM ${table} WHERE tenant_id = {tenant:String} GROUP BY id`,
  );
  return await reader.query<Partition>(
    counts.join(" UNION ALL "),
    { tenant: tenantId },
    { name: "storage.rows" },
  );
}

async function readAges(
  reader: Pick<UnscopedReader, "query">,
  tenantId: string,
  partitions: readonly Partition[],
  nowMs: number,
): Promise<readonly Ages[]> {
  const fromMs = nowMs - WINDOW_DAYS * DAY_MS;
  const params: Record<string, QueryParams[string]> = { tenant: tenantId, from: Math.floor(fromMs / 1000) };
  const statements: string[] = [];
  for (const [table, facts] of Object.entries(STORAGE_TABLES)) {
    const ids = partitions.filter((each) => each.table === table).map(({ id }) => id);
    if (ids.length === 0) continue;
    params[`${table}_ids`] = partitionsToRead(ids, fromMs);
    const { madeAt = "time", changedAt = madeAt, ageOf = "1" } = facts;
    statements.push(`SELECT '${table}' AS table, toUnixTimestamp(min(${madeAt})) AS oldestS,
        toUnixTimestamp(max(${changedAt})) AS newestS, countIf(toUnixTimestamp(${madeAt}) >= {from:UInt32}) AS recentRows,
        if(countIf(${ageOf}) = 0, NULL, toUnixTimestamp(minIf(${madeAt}, ${ageOf}))) AS sinceS
      FROM ${table} WHERE tenant_id = {tenant:String} AND _partition_id IN {${table}_ids:Array(String)}`);
  }
  if (statements.length === 0) return [];
  return await reader.query<Ages>(statements.join(" UNION ALL "), params, { name: "storage.ages" });
}

/** The oldest, and those of the window, the newest among them. Ids are dates, so their order is that of time. */
export function partitionsToRead(ids: readonly string[], fromMs: number): string[] {
  const sorted = ids.toSorted();
  const from = new Date(fromMs).toISOString().slice(0, 10).replaceAll("-", "");
  const last = sorted.length - 1;
  return sorted.filter((id, index) => index === 0 || index === last || id >= from.slice(0, id.length));
}
