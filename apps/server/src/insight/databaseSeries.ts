/** The course of one watched database, from the metrics that the collector sent. */
import type { DatabasePage, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { HASH_TEXT } from "./queries/queryCells.ts";
import { indexOnGrid, metricTable, secondsOfPoint, timeGrid } from "./timeGrid.ts";

interface Row {
  readonly metric: string;
  readonly timeMs: number;
  readonly total: number;
  readonly highest: number;
}

/** Where a counter's point has no data it is not known, which is not the same as none. */
export async function readDatabaseSeries(
  reader: ScopedReader,
  range: TimeRange,
  databaseId: string,
  nowMs: number,
): Promise<Pick<DatabasePage, "range" | "series">> {
  const grid = timeGrid(range, nowMs);
  const rows = await reader.query<Row>(
    `SELECT metric, toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({step:UInt32}))) * 1000 AS timeMs,
       sum(value_sum) AS total, max(value_max) AS highest
     FROM ${metricTable(grid.range.stepSeconds)}
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND service = 'postgresql'
       AND metric IN ('postgresql.backends', 'postgresql.connection.max', 'postgresql.commits', 'postgresql.rollbacks',
         'postgresql.blks_hit', 'postgresql.blks_read', 'postgresql.deadlocks', 'postgresql.db_size')
       AND series_id IN (SELECT series_id FROM metric_series WHERE tenant_id = {tenant:String}
         AND project_id = {project:String} AND service = 'postgresql' AND instance = {database:String})
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
     GROUP BY metric, timeMs`,
    { ...grid.params, database: databaseId },
    { name: "databases.series" },
  );
  const line = (metric: string, valueOf: (row: Row, index: number) => number): (number | null)[] => {
    const values = grid.timesMs.map((): number | null => null);
    for (const row of rows) {
      const index = row.metric === metric ? indexOnGrid(grid, row.timeMs) : null;
      if (index !== null) values[index] = valueOf(row, index);
    }
    return values;
  };
  const highest = (metric: string) => line(metric, (row) => row.highest);
  const total = (metric: string) => line(metric, (row) => row.total);
  const perSecond = (metric: string) =>
    line(metric, (row, index) => row.total / secondsOfPoint(grid, index, nowMs));
  const hits = total("postgresql.blks_hit");
  const reads = total("postgresql.blks_read");
  return {
    range: grid.range,
    series: {
      timesMs: [...grid.timesMs],
      connections: highest("postgresql.backends"),
      connectionsMax: highest("postgresql.connection.max"),
      commitsPerSecond: perSecond("postgresql.commits"),
      rollbacksPerSecond: perSecond("postgresql.rollbacks"),
      cacheHitRatio: hits.map((hit, index) => {
        const read = reads[index] ?? null;
        return hit === null || read === null || hit + read === 0 ? null : hit / (hit + read);
      }),
      deadlocks: total("postgresql.deadlocks"),
      sizeBytes: highest("postgresql.db_size"),
    },
  };
}

/** Which of these statements services sent too. @returns hashes of `/queries/:hash` by statement */
export async function readQueryHashes(
  reader: ScopedReader,
  statements: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (statements.length === 0) return new Map();
  const rows = await reader.query<{ hash: string; text: string }>(
    `SELECT ${HASH_TEXT} AS hash, any(statement) AS text FROM query_rollups
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400
       AND query_hash IN (SELECT cityHash64(arrayJoin({statements:Array(String)})))
     GROUP BY query_hash`,
    { statements: [...new Set(statements)] },
    { name: "databases.queries" },
  );
  return new Map(rows.map(({ hash, text }) => [text, hash]));
}
