/** The numbered migrations that ship with the product. Once released they are never edited: add another number. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, line ends made equal. */
  readonly checksum: string;
}

const FOLDER = new URL("../migrations/", import.meta.url);

/** Sorted by version, which runs from 1 without a gap. */
export async function readMigrations(folder: URL = FOLDER): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".sql")).sort();
  return await Promise.all(
    files.map(async (file, i) => {
      const match = /^(\d{4})_(\w+)\.sql$/.exec(file);
      if (match === null || Number(match[1]) !== i + 1)
        throw new Error(
          `Migration ${file} should be named ${String(i + 1).padStart(4, "0")}_what_it_does.sql.`,
        );
      return toMigration(Number(match[1]), match[2]!, await readFile(new URL(file, folder), "utf8"));
    }),
  );
}

export function toMigration(version: number, name: string, text: string): Migration {
  const checksum = createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex");
  return { version, name, text, checksum };
}
