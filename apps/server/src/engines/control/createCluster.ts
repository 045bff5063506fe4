/**
 * A new cluster, made by a process of its own: initdb is a second WASM program that leaves 560–790 MB behind in the
 * process that ran it. It is made beside its place, synced file by file and then renamed, so that a kill at any moment
 * leaves either no cluster or a whole one.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ControlError } from "./store.ts";

const CREATE_TIMEOUT_MS = 120_000;

/** Makes sure that `clusterDir` holds a cluster. The caller holds the lock of the folder around it. */
export async function createClusterIfMissing(clusterDir: string): Promise<void> {
  if (existsSync(join(clusterDir, "PG_VERSION"))) return;
  const unfinished = `${clusterDir}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const script = fileURLToPath(new URL("./createClusterMain.ts", import.meta.url));
  try {
    await promisify(execFile)(process.execPath, [script, unfinished], { timeout: CREATE_TIMEOUT_MS });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ControlError(
      `The embedded PostgreSQL could not be created in ${clusterDir}: ${reason}`,
      undefined,
      error,
    );
  }
  await syncTree(unfinished);
  await rename(unfinished, clusterDir);
  await syncPath(dirname(clusterDir));
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncPath(path);
  }
  await syncPath(folder);
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
