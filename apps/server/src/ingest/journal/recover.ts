/**
 * Start after a stop of any kind: every segment in the folder is read as far as its commit log and the data it speaks
 * of agree, cut there, and handed to the loader. Replays are harmless because tokens come from the log's header.
 */
import { readdir, readFile, rm, truncate } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { TelemetryTable } from "../../engines/telemetry/store.ts";
import type { Log } from "../log.ts";
import { NoticeTally } from "../notices.ts";
import { ReceiptTally } from "../receipts.ts";
import { readCommitLog, type CommitRecord, type ReadLog } from "./commitRecord.ts";
import { commitPath, dataPath, DATA_TABLES, quarantineFolder, segmentOf, syncFolder } from "./folder.ts";
import type { SealedSegment, SegmentTable } from "./segment.ts";

export interface RecoveredJournal {
  readonly segments: readonly SealedSegment[];
  readonly nextNumber: number;
  readonly quarantinedSegments: number;
}

export async function recoverJournal(folder: string, log: Log): Promise<RecoveredJournal> {
  const numbers = await segmentNumbers(folder);
  const quarantined = await segmentNumbers(quarantineFolder(folder));
  const segments: SealedSegment[] = [];
  for (const number of numbers) {
    const segment = await recoverSegment(folder, number, log);
    if (segment !== null) segments.push(segment);
  }
  if (numbers.length > 0) await syncFolder(folder);
  return {
    segments,
    nextNumber: Math.max(0, ...numbers, ...quarantined) + 1,
    quarantinedSegments: quarantined.length,
  };
}

async function segmentNumbers(folder: string): Promise<number[]> {
  const numbers = new Set<number>();
  for (const name of await readdir(folder)) {
    const number = segmentOf(name);
    if (number !== null) numbers.add(number);
  }
  return [...numbers].sort((left, right) => left - right);
}

/** The committed prefix of one segment; null (and its files removed) when nothing of it was committed. */
async function recoverSegment(folder: string, number: number, log: Log): Promise<SealedSegment | null> {
  const logPath = commitPath(folder, number);
  const logBytes = await readIfThere(logPath);
  const read = readCommitLog(logBytes);
  const data = new Map<TelemetryTable, Buffer>();
  for (const table of DATA_TABLES) data.set(table, await readIfThere(dataPath(folder, number, table)));

  const good: CommitRecord[] = [];
  let logEnd = read.headerEnd;
  for (const { record, endOffset } of read.commits) {
    if (!record.appended.every((rows) => isOnDisk(data.get(rows.table), rows))) break;
    good.push(record);
    logEnd = endOffset;
  }
  reportCut(number, logBytes.length - logEnd, read, good.length, log);

  if (read.header === null || good.length === 0) {
    await removeSegment(folder, number);
    return null;
  }
  const tables = tablesOf(good);
  for (const table of DATA_TABLES) {
    const path = dataPath(folder, number, table);
    const kept = tables.get(table);
    if (kept === undefined) await rm(path, { force: true });
    else await truncate(path, kept.sizeBytes);
  }
  await truncate(logPath, logEnd);
  return sealedFrom(number, read.header.token, tables, good, logEnd);
}

function isOnDisk(file: Buffer | undefined, rows: CommitRecord["appended"][number]): boolean {
  const start = rows.endOffset - rows.sizeBytes;
  if (file === undefined || start < 0 || rows.endOffset > file.length) return false;
  return crc32(file.subarray(start, rows.endOffset)) === rows.crc;
}

function tablesOf(records: readonly CommitRecord[]): Map<TelemetryTable, SegmentTable> {
  const tables = new Map<TelemetryTable, SegmentTable>();
  for (const { table, rows, endOffset } of records.flatMap((record) => record.appended)) {
    tables.set(table, { rows: (tables.get(table)?.rows ?? 0) + rows, sizeBytes: endOffset });
  }
  return tables;
}

function sealedFrom(
  number: number,
  token: string,
  tables: ReadonlyMap<TelemetryTable, SegmentTable>,
  records: readonly CommitRecord[],
  logBytes: number,
): SealedSegment {
  const receipts = new ReceiptTally();
  const notices = new NoticeTally();
  for (const record of records) {
    for (const receipt of record.receipts) receipts.add(receipt);
    for (const notice of record.notices) notices.add(notice);
  }
  let sizeBytes = logBytes;
  for (const table of tables.values()) sizeBytes += table.sizeBytes;
  return {
    number,
    token,
    tables,
    receipts: receipts.list(),
    notices: notices.list(),
    sizeBytes,
    oldestReceivedAtMs: notices.oldestReceivedAtMs(),
  };
}

/**
 * A cut tail is what an interrupted, never acknowledged group leaves. Whole records behind a failing one are not: then
 * the disk lost bytes it had promised, and the operator must know.
 */
function reportCut(number: number, cutBytes: number, read: ReadLog, good: number, log: Log): void {
  if (cutBytes === 0) return;
  const details = { segment: number, cutBytes, committedGroups: good, groupsInLog: read.commits.length };
  if (read.commits.length - good > 1) {
    log.error(details, "The journal lost committed data: files on this disk changed after they were synced.");
  } else {
    log.info(details, "The journal cut an unfinished write that was never acknowledged.");
  }
}

/** The log goes first: data files without a log are nothing, a log without its data would look like a loss. */
export async function removeSegment(folder: string, number: number): Promise<void> {
  await rm(commitPath(folder, number), { force: true });
  for (const table of [...DATA_TABLES, "ingest_receipts"] as const) {
    await rm(dataPath(folder, number, table), { force: true });
  }
}

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
