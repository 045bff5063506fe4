/**
 * Numbered plain SQL files, each applied once, all pending ones in one transaction. A shipped file is never edited: its
 * checksum is kept. Several instances may start at once on one server: the first holds an advisory lock, the others
 * wait and then find nothing to do.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Connection } from "./connection.ts";
import { ControlError } from "./store.ts";

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text with `\n` line ends, hex. */
  readonly checksum: string;
}

/** What migrate needs of a backend: a transaction that can also run scripts, without the limit on statements. */
export interface Migratable {
  migration<T>(work: (tx: Connection) => Promise<T>): Promise<T>;
}

const FOLDER = fileURLToPath(new URL("./migrations/", import.meta.url));

/** Any constant will do; it only has to differ from locks that other programs take in the same database. */
const ADVISORY_LOCK = 7_405_621_938;

/** @throws {ControlError} when the files are not numbered 0001, 0002, … without a gap. */
export async function readMigrations(folder: string = FOLDER): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return await Promise.all(
    names.map(async (name, index) => {
      const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1] ?? Number.NaN);
      if (number !== index + 1) {
        throw new ControlError(`The migration ${name} breaks the sequence: ${index + 1} was expected there.`);
      }
      const sql = (await readFile(join(folder, name), "utf8")).replaceAll("\r\n", "\n");
      return { number, name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/**
 * Brings the database to the newest of `migrations`; returns the names of those it applied.
 * @throws {ControlError} when an applied one was edited, or the database is newer than this program.
 */
export async function migrate(
  store: Migratable,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  return await store.migration(async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [ADVISORY_LOCK]);
    await tx.query(
      `create table if not exists schema_migrations (
         number int primary key,
         name text not null,
         checksum text not null,
         applied_at timestamptz not null default now()
       )`,
    );
    const applied = await tx.query<Applied>(
      "select number, name, checksum from schema_migrations order by number",
    );
    refuseUnlessPrefix(applied, migrations);
    const pending = migrations.slice(applied.length);
    for (const { number, name, sql, checksum } of pending) {
      try {
        await tx.script(sql);
      } catch (error) {
        throw new ControlError(`The migration ${name} failed: ${messageOf(error)}`, sqlStateOf(error), error);
      }
      const record = "insert into schema_migrations (number, name, checksum) values ($1, $2, $3)";
      await tx.query(record, [number, name, checksum]);
    }
    return pending.map((migration) => migration.name);
  });
}

type Applied = Pick<Migration, "number" | "name" | "checksum">;

function refuseUnlessPrefix(applied: readonly Applied[], known: readonly Migration[]): void {
  for (const [index, { name, checksum }] of applied.entries()) {
    const file = known[index];
    if (file === undefined) {
      throw new ControlError(
        `This database was last used by a newer Throughline (${name} is not known here): ` +
          "start that version again, or restore a backup from before the upgrade.",
      );
    }
    if (file.name !== name || file.checksum !== checksum) {
      throw new ControlError(
        `The migration ${file.name} differs from the one this database was made with (${name}): ` +
          "restore the file as it was shipped and put the change into a new one.",
      );
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sqlStateOf(error: unknown): string | undefined {
  return error instanceof ControlError ? error.sqlState : undefined;
}
