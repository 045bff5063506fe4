/**
 * One segment while it is open: data files (Native blocks, one file per touched table) and the commit log. `commit`
 * appends a group and syncs all touched files at once; it either ends durable or leaves the segment as it was.
 */
import { randomUUID } from "node:crypto";
import { open, rm, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { TelemetryTable } from "../../engines/telemetry/store.ts";
import { NoticeTally } from "../notices.ts";
import { ReceiptTally, type Receipt } from "../receipts.ts";
import type { EncodedRows, StoredNotice } from "../types.ts";
import { encodeCommit, encodeHeader, type AppendedRows, type CommitRecord } from "./commitRecord.ts";
import { commitPath, dataPath, syncFolder, writeAll } from "./folder.ts";

/** What one request puts into the journal. */
export interface JournalBatch {
  readonly tables: readonly EncodedRows[];
  readonly receipts: readonly Receipt[];
  readonly notice: StoredNotice;
}

export interface CommitGroup {
  readonly batches: readonly JournalBatch[];
  /** Receipts of requests that were refused whole: they ride along. */
  readonly receipts: readonly Receipt[];
}

export interface SegmentTable {
  readonly rows: number;
  readonly sizeBytes: number;
}

/** A segment that takes no more rows: what the loader works on. Recovery makes the same from the files. */
export interface SealedSegment {
  readonly number: number;
  readonly token: string;
  readonly tables: ReadonlyMap<TelemetryTable, SegmentTable>;
  readonly receipts: readonly Receipt[];
  readonly notices: readonly StoredNotice[];
  readonly sizeBytes: number;
  readonly oldestReceivedAtMs: number | null;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly path: string;
  sizeBytes: number;
  rows: number;
}

export class OpenSegment {
  readonly #folder: string;
  readonly #number: number;
  readonly #token = randomUUID();
  readonly #data = new Map<TelemetryTable, OpenFile>();
  #log: OpenFile | null = null;
  #sequence = 0;
  readonly #receipts = new ReceiptTally();
  readonly #notices = new NoticeTally();
  #firstCommitAtMs: number | null = null;
  #isBroken = false;

  constructor(folder: string, number: number) {
    this.#folder = folder;
    this.#number = number;
  }

  get number(): number {
    return this.#number;
  }

  get rows(): number {
    let rows = 0;
    for (const file of this.#data.values()) rows += file.rows;
    return rows;
  }

  get sizeBytes(): number {
    let sizeBytes = this.#log?.sizeBytes ?? 0;
    for (const file of this.#data.values()) sizeBytes += file.sizeBytes;
    return sizeBytes;
  }

  get firstCommitAtMs(): number | null {
    return this.#firstCommitAtMs;
  }

  get oldestReceivedAtMs(): number | null {
    return this.#notices.oldestReceivedAtMs();
  }

  /** Tables that have rows here. */
  get tables(): readonly TelemetryTable[] {
    return [...this.#data].filter(([, file]) => file.rows > 0).map(([table]) => table);
  }

  /** True after a failed commit: what a failed fsync leaves on disk is unknown, so nothing more is appended here. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Creates the files ahead of their first use, so that no request waits for it. */
  async prepare(tables: Iterable<TelemetryTable>): Promise<void> {
    if (await this.#openMissing(tables)) await syncFolder(this.#folder);
  }

  /** Resolves when the group is on disk. Rejects with the system's error after taking the group back. */
  async commit(group: CommitGroup): Promise<void> {
    const blocksByTable = groupBlocks(group.batches);
    const record: CommitRecord = {
      sequence: this.#sequence + 1,
      appended: [...blocksByTable].map(([table, added]) => this.#describe(table, added)),
      ...tallies(group),
    };
    const logBytes = [encodeCommit(record)];
    if (this.#sequence === 0) logBytes.unshift(encodeHeader(this.#token));
    try {
      const isNewFile = await this.#openMissing(blocksByTable.keys());
      const log = this.#mustHaveLog();
      await allOrFirstError([
        writeAll(log.handle, logBytes, log.sizeBytes),
        ...[...blocksByTable].map(([table, added]) => {
          const file = this.#mustHave(table);
          return writeAll(file.handle, added.blocks, file.sizeBytes);
        }),
      ]);
      await allOrFirstError([
        log.handle.datasync(),
        ...[...blocksByTable.keys()].map((table) => this.#mustHave(table).handle.datasync()),
        ...(isNewFile ? [syncFolder(this.#folder)] : []),
      ]);
      log.sizeBytes += byteLength(logBytes);
    } catch (error) {
      this.#isBroken = true;
      await this.#takeBack();
      throw error;
    }
    this.#remember(record);
  }

  /** Closes the files. Null when nothing was ever committed here; then the files are gone. */
  async seal(): Promise<SealedSegment | null> {
    for (const file of this.#files()) await file.handle.close();
    if (this.#sequence === 0) {
      for (const file of this.#files()) await rm(file.path, { force: true });
      return null;
    }
    const tables = new Map<TelemetryTable, SegmentTable>();
    for (const [table, { rows, sizeBytes }] of this.#data) {
      if (rows > 0) tables.set(table, { rows, sizeBytes });
      else await rm(dataPath(this.#folder, this.#number, table), { force: true });
    }
    return {
      number: this.#number,
      token: this.#token,
      tables,
      receipts: this.#receipts.list(),
      notices: this.#notices.list(),
      sizeBytes: this.sizeBytes,
      oldestReceivedAtMs: this.oldestReceivedAtMs,
    };
  }

  #describe(table: TelemetryTable, added: AddedBlocks): AppendedRows {
    let crc = 0;
    for (const block of added.blocks) crc = crc32(block, crc);
    const sizeBytes = byteLength(added.blocks);
    const endOffset = (this.#data.get(table)?.sizeBytes ?? 0) + sizeBytes;
    return { table, rows: added.rows, sizeBytes, endOffset, crc };
  }

  async #openMissing(tables: Iterable<TelemetryTable>): Promise<boolean> {
    let isNewFile = false;
    if (this.#log === null) {
      this.#log = await openFile(commitPath(this.#folder, this.#number));
      isNewFile = true;
    }
    for (const table of tables) {
      if (this.#data.has(table)) continue;
      this.#data.set(table, await openFile(dataPath(this.#folder, this.#number, table)));
      isNewFile = true;
    }
    return isNewFile;
  }

  #remember(record: CommitRecord): void {
    this.#sequence = record.sequence;
    this.#firstCommitAtMs ??= performance.now();
    for (const { table, rows, endOffset } of record.appended) {
      const file = this.#mustHave(table);
      file.sizeBytes = endOffset;
      file.rows += rows;
    }
    for (const receipt of record.receipts) this.#receipts.add(receipt);
    for (const notice of record.notices) this.#notices.add(notice);
  }

  /**
   * Cuts every file at its last committed length, so that neither the loader nor a later recovery sees the group.
   * Cutting frees space, so it works on a full disk. Should it fail all the same, the loader cuts again before it loads.
   */
  async #takeBack(): Promise<void> {
    await Promise.allSettled(
      this.#files().map(async (file) => {
        await file.handle.truncate(file.sizeBytes);
        await file.handle.datasync();
      }),
    );
  }

  #files(): OpenFile[] {
    return this.#log === null ? [] : [this.#log, ...this.#data.values()];
  }

  #mustHaveLog(): OpenFile {
    if (this.#log === null) throw new Error("The journal's commit log is not open.");
    return this.#log;
  }

  #mustHave(table: TelemetryTable): OpenFile {
    const file = this.#data.get(table);
    if (file === undefined) throw new Error(`The journal has no open file for table ${table}.`);
    return file;
  }
}

interface AddedBlocks {
  rows: number;
  readonly blocks: Uint8Array[];
}

function groupBlocks(batches: readonly JournalBatch[]): Map<TelemetryTable, AddedBlocks> {
  const byTable = new Map<TelemetryTable, AddedBlocks>();
  for (const { table, rows, native } of batches.flatMap((batch) => batch.tables)) {
    if (rows === 0) continue;
    const added = byTable.get(table);
    if (added === undefined) byTable.set(table, { rows, blocks: [native] });
    else {
      added.rows += rows;
      added.blocks.push(native);
    }
  }
  return byTable;
}

function tallies(group: CommitGroup): Pick<CommitRecord, "receipts" | "notices"> {
  const receipts = new ReceiptTally();
  const notices = new NoticeTally();
  for (const batch of group.batches) {
    notices.add(batch.notice);
    for (const receipt of batch.receipts) receipts.add(receipt);
  }
  for (const receipt of group.receipts) receipts.add(receipt);
  return { receipts: receipts.list(), notices: notices.list() };
}

async function openFile(path: string): Promise<OpenFile> {
  return { handle: await open(path, "w"), path, sizeBytes: 0, rows: 0 };
}

function byteLength(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
}

/** Waits for all, also after a failure: no write may still be under way when the group is taken back. */
async function allOrFirstError(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
