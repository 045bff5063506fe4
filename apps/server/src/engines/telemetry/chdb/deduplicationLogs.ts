/**
 * Makes the engine's deduplication hold across a kill and a power cut. A MergeTree table appends the record "this token
 * became part P" to its deduplication log before it renames P into place, and never syncs that log. So
 *   killed in between   → a record without a part: the journal's replay is dropped as a duplicate and the rows are lost;
 *   power cut afterwards → a part without a record: the replay is taken once more.
 * The first is repaired before the engine opens the folder, the second is prevented by syncing the logs after a load.
 * (Replicated tables keep both in one transaction of their Keeper and have neither problem.)
 */
import { open, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const LOGS = "deduplication_logs";
const LOG_FILE = /^deduplication_log_\d+\.txt$/;
const ADDED = "1";

/** Removes records of parts that never came to be. Returns how many; only before the engine opens the folder. */
export async function removeOrphanedRecords(engineFolder: string): Promise<number> {
  let removed = 0;
  for (const table of await tableFolders(engineFolder)) {
    const parts = (await readdir(table)).flatMap((name) => partOf(name) ?? []);
    for (const path of await logFiles(table)) removed += await removeRecordsOutside(path, parts);
  }
  return removed;
}

interface Part {
  readonly partition: string;
  readonly firstBlock: number;
  readonly lastBlock: number;
}

/**
 * A record stands for one block of one partition; a part that came to be is there itself or inside the part it was
 * merged into. Records of expired parts go as well, which changes nothing: their segments were removed long ago.
 */
async function removeRecordsOutside(path: string, parts: readonly Part[]): Promise<number> {
  const isOnDisk = ({ partition, firstBlock, lastBlock }: Part) =>
    parts.some((part) => {
      const isWithin = part.firstBlock <= firstBlock && lastBlock <= part.lastBlock;
      return part.partition === partition && isWithin;
    });
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  const kept = lines.filter((line) => {
    const [operation, name] = line.split("\t");
    const part = operation === ADDED && name !== undefined ? partOf(name) : null;
    return part === null || isOnDisk(part);
  });
  if (kept.length === lines.length) return 0;
  const written = `${path}.repaired`;
  await writeFile(written, kept.map((line) => `${line}\n`).join(""), { flush: true });
  await rename(written, path);
  return lines.length - kept.length;
}

/** `<partition>_<first block>_<last block>_<level>[_<mutation>]`; null for names that are no parts. */
function partOf(name: string): Part | null {
  const match = /^([^_]+)_(\d+)_(\d+)_\d+(?:_\d+)?$/.exec(name);
  if (match === null) return null;
  return { partition: match[1]!, firstBlock: Number(match[2]), lastBlock: Number(match[3]) };
}

/** Makes the records of finished loads survive a power cut. */
export async function syncDeduplicationLogs(engineFolder: string): Promise<void> {
  const tables = await tableFolders(engineFolder);
  await Promise.all(
    tables.map(async (table) => {
      for (const path of await logFiles(table)) await syncFile(path);
    }),
  );
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Folders of all tables that deduplicate: `store/<3 digits>/<uuid>`. */
async function tableFolders(engineFolder: string): Promise<string[]> {
  const store = join(engineFolder, "store");
  const tables: string[] = [];
  for (const prefix of await namesIn(store)) {
    for (const uuid of await namesIn(join(store, prefix))) tables.push(join(store, prefix, uuid));
  }
  return tables;
}

async function logFiles(table: string): Promise<string[]> {
  const folder = join(table, LOGS);
  return (await namesIn(folder)).filter((name) => LOG_FILE.test(name)).map((name) => join(folder, name));
}

/** Nothing for a folder that is not there: a new store has none, a view has no logs. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return [];
    throw error;
  }
}
