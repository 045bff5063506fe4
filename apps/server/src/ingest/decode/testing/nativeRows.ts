/** Reads Native blocks back through the real engine: the judge of what we wrote. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "chdb";
import { COLUMNS } from "../../../engines/telemetry/columns.ts";
import type { TelemetryTable } from "../../../engines/telemetry/store.ts";
import type { EncodedRows } from "../../types.ts";

export type Cell = string | number | null | readonly Cell[];
export type Row = Readonly<Record<string, Cell>>;

export interface NativeReader {
  /** All rows of the blocks of one table, appended to one file as the journal does. Times and 64-bit values as text. */
  rows(table: TelemetryTable, blocks: readonly EncodedRows[]): Row[];
  /** Columns and types as the engine finds them in a block. */
  describe(block: EncodedRows): string[][];
  query(sql: string): string;
  /** Path of a file that holds these blocks. */
  file(blocks: readonly EncodedRows[]): string;
  close(): void;
}

export function openNativeReader(): NativeReader {
  const folder = mkdtempSync(join(tmpdir(), "decode-test-"));
  const session = new Session(join(folder, "engine"));
  let files = 0;
  const reader: NativeReader = {
    rows(table, blocks) {
      const selected = COLUMNS[table].map(([name, type]) => `${cell(name, type)} AS c_${name}`).join(", ");
      const sql = `SELECT ${selected} FROM file('${reader.file(blocks)}', 'Native', '${structure(table)}')
        SETTINGS output_format_json_quote_denormals = 1, output_format_json_quote_64bit_integers = 1, max_threads = 1`;
      const text = reader.query(sql);
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => withoutPrefix(JSON.parse(line) as Row));
    },
    describe(block) {
      const text = session.query(`DESCRIBE file('${reader.file([block])}', 'Native')`, "JSONEachRow");
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const { name, type } = JSON.parse(line) as { name: string; type: string };
          return [name, type];
        });
    },
    query: (sql) => session.query(sql, "JSONEachRow"),
    file(blocks) {
      const path = join(folder, `${files++}.native`);
      writeFileSync(path, Buffer.concat(blocks.map(({ native }) => native)));
      return path;
    },
    close() {
      session.cleanup();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return reader;
}

/** The structure argument of file() for a table. */
export function structure(table: TelemetryTable): string {
  return COLUMNS[table]
    .map(([name, type]) => `${name} ${type}`)
    .join(", ")
    .replaceAll("'", "\\'");
}

function cell(name: string, type: string): string {
  if (type.startsWith("FixedString")) return `lower(hex(${name}))`;
  if (type.startsWith("DateTime64")) return `toString(toUnixTimestamp64Nano(${name}))`;
  if (type.startsWith("DateTime")) return `toUnixTimestamp(${name})`;
  if (type.startsWith("Map")) return `arrayZip(mapKeys(${name}), mapValues(${name}))`;
  if (type === "Array(UInt64)") return `arrayMap(x -> toString(x), ${name})`;
  if (type === "UInt64") return `toString(${name})`;
  return name;
}

function withoutPrefix(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key.slice(2), value]));
}
