/** What spans take on disk: every table they went into, their columns and indexes. */
import type { BenchServer } from "./server.ts";

export interface BytesOnDisk {
  readonly bytes: number;
  /** Break-down as table lines, dearest first. */
  lines(spans: number): string[];
}

interface TableRow {
  readonly table: string;
  readonly bytes: number;
  readonly row_count: number;
  readonly parts: number;
  readonly index_bytes: number;
}

interface ColumnRow {
  readonly column: string;
  readonly bytes: number;
}

export async function bytesOnDisk(server: Pick<BenchServer, "sql">): Promise<BytesOnDisk> {
  const tables = await server.sql<TableRow>(
    `SELECT table, sum(bytes_on_disk) AS bytes, sum(rows) AS row_count, count() AS parts,
      sum(secondary_indices_compressed_bytes) + sum(secondary_indices_marks_bytes) AS index_bytes
    FROM system.parts WHERE active AND database = 'throughline' GROUP BY table ORDER BY bytes DESC`,
  );
  const columns = await server.sql<ColumnRow>(
    `SELECT column, sum(column_bytes_on_disk) AS bytes FROM system.parts_columns
    WHERE active AND database = 'throughline' AND table = 'spans' GROUP BY column ORDER BY bytes DESC`,
  );
  return {
    bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
    lines: (spans) => [
      "| table | B/span | rows | parts | of it skip indexes, B/span |",
      "|---|---|---|---|---|",
      ...tables.map(
        ({ table, bytes, row_count, parts, index_bytes }) =>
          `| ${table} | ${(bytes / spans).toFixed(2)} | ${row_count} | ${parts} | ${(index_bytes / spans).toFixed(2)} |`,
      ),
      "",
      "| column of spans | B/span |",
      "|---|---|",
      ...columns.map(({ column, bytes }) => `| ${column} | ${(bytes / spans).toFixed(2)} |`),
    ],
  };
}
