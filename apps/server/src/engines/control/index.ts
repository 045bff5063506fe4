/** The control store of this process: a server when DATABASE_URL names one, else PostgreSQL inside the process. */
import { join } from "node:path";
import { DEFAULT_CONTROL_LIMITS, type ControlLimits } from "./connection.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";
import type { ControlStore } from "./store.ts";

export { ControlError } from "./store.ts";
export type { ControlHealth, ControlStore, SqlExecutor, SqlValue } from "./store.ts";
export { DEFAULT_CONTROL_LIMITS, type ControlLimits } from "./connection.ts";

export interface ControlStoreOptions {
  /** Folder of the product; the embedded engine takes `<dataDir>/control`. */
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  readonly limits?: Partial<ControlLimits>;
}

/**
 * Opens the store and brings its schema up to date.
 * @throws {DirectoryInUseError} when another process uses the folder.
 * @throws {ControlError} when the database can't be opened, is newer than this program, or a migration fails.
 */
export async function openControlStore(options: ControlStoreOptions): Promise<ControlStore> {
  const limits = { ...DEFAULT_CONTROL_LIMITS, ...options.limits };
  const store =
    options.databaseUrl === undefined
      ? await openPglite(join(options.dataDir, "control"), limits)
      : await openPostgres(options.databaseUrl, limits);
  try {
    await migrate(store, await readMigrations());
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
