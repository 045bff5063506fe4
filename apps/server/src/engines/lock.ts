/**
 * One process per folder. Neither embedded engine protects its folder well enough: two openers of PGlite lose rows
 * without an error (docs/decisions/0003-embedded-postgres.md).
 *
 * The lock is SQLite's own lock on an empty database file: the kernel frees it when the process ends in whatever way, no
 * stale file has to be recognised, and containers that share a volume see each other. Nothing else may open and close
 * that file inside the process, or POSIX drops the lock.
 */
import { readFile, writeFile } from "node:fs/promises";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const LOCK_FILE = ".lock";
/** Beside the lock, since reading the lock file itself would free it. */
const OWNER_FILE = ".lock-owner";
const SQLITE_BUSY = 5;

export class DirectoryInUseError extends Error {
  constructor(dir: string, what: string, owner: string | null) {
    const by = owner === null ? "another process" : `another process (pid ${owner})`;
    super(
      `The ${what} in ${dir} is in use by ${by}: stop it first, or set THROUGHLINE_DATA_DIR to another folder.`,
    );
    this.name = "DirectoryInUseError";
  }
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Takes the folder, creating it when it is missing.
 * @param what names what lies there, for the message: "control store".
 * @throws {DirectoryInUseError} when any process, this one included, holds it.
 */
export async function lockDirectory(dir: string, what: string): Promise<DirectoryLock> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const ownerFile = join(dir, OWNER_FILE);
  const file = new DatabaseSync(join(dir, LOCK_FILE), { timeout: 0 });
  try {
    file.exec("begin exclusive");
  } catch (error) {
    file.close();
    const isBusy = error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
    if (!isBusy) throw error;
    throw new DirectoryInUseError(dir, what, await readFile(ownerFile, "utf8").catch(() => null));
  }
  await writeFile(ownerFile, String(process.pid));
  return {
    release: async () => {
      if (file.isOpen) file.close();
    },
  };
}
