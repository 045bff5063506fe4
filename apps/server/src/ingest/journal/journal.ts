/**
 * The journal: where a request becomes durable, and the queue of files the loader inserts. One group commit runs at a
 * time; whatever arrives meanwhile forms the next group.
 *
 *   append → waiting → (group commit) open segment → (seal) sealed segments → (loader) removed or quarantined
 */
import { link, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TelemetryTable } from "../../engines/telemetry/store.ts";
import type { Log } from "../log.ts";
import { ReceiptTally, type Receipt } from "../receipts.ts";
import { commitPath, dataPath, quarantineFolder, syncFolder } from "./folder.ts";
import { recoverJournal, removeSegment, type RecoveredJournal } from "./recover.ts";
import { OpenSegment, type JournalBatch, type SealedSegment } from "./segment.ts";

export interface JournalOptions {
  readonly folder: string;
  readonly segmentRowsMax: number;
  readonly segmentBytesMax: number;
  readonly log: Log;
  /** Called when there is something new for the loader: first rows of a segment, or a sealed one. */
  readonly onWork: () => void;
}

/** Batches of one group at most: bounds one write and the time its first request waits. */
const GROUP_BATCHES_MAX = 512;

interface Waiting {
  readonly batch: JournalBatch;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class Journal {
  readonly #options: JournalOptions;
  #open: OpenSegment;
  #nextNumber: number;
  #sealed: SealedSegment[];
  #quarantined: number;
  #waiting: Waiting[] = [];
  /** Receipts of requests refused whole: nobody waits for them, the next commit takes them along. */
  readonly #tally = new ReceiptTally();
  #tallySinceMs: number | null = null;
  #sealWaiters: (() => void)[] = [];
  #isWorking = false;
  /** Files made ahead for the segment after the open one. */
  #spare: OpenSegment | null = null;
  /** Segments that take no more rows and whose files are being closed, and the end of that work. */
  #closing: OpenSegment[] = [];
  #closed: Promise<void> = Promise.resolve();
  #preparing: Promise<void> = Promise.resolve();
  #isShut = false;

  constructor(options: JournalOptions, recovered: RecoveredJournal) {
    this.#options = options;
    this.#sealed = [...recovered.segments];
    this.#quarantined = recovered.quarantinedSegments;
    this.#open = new OpenSegment(options.folder, recovered.nextNumber);
    this.#nextNumber = recovered.nextNumber + 1;
  }

  get sizeBytes(): number {
    const unsealed = [this.#open, ...this.#closing];
    return [...unsealed, ...this.#sealed].reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  get segments(): number {
    const open = this.#open.firstCommitAtMs === null ? 0 : 1;
    return this.#sealed.length + this.#closing.length + open;
  }

  get quarantinedSegments(): number {
    return this.#quarantined;
  }

  /** Arrival of the oldest row that is not yet in the engine. */
  get oldestReceivedAtMs(): number | null {
    const known = [...this.#sealed, ...this.#closing, this.#open]
      .map((segment) => segment.oldestReceivedAtMs)
      .filter((atMs) => atMs !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  /** Oldest sealed segment; it stays listed (and counted) until removed or quarantined. */
  get firstSealed(): SealedSegment | null {
    return this.#sealed[0] ?? null;
  }

  /** When what is not sealed yet began to gather, on the performance.now() clock; null when there is nothing. */
  get gatheringSinceMs(): number | null {
    return this.#open.firstCommitAtMs ?? this.#tallySinceMs;
  }

  /** Resolves when the batch is durable; rejects with the system's error when its group was taken back. */
  append(batch: JournalBatch): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ batch, resolve, reject });
    this.#work();
    return promise;
  }

  /** Keeps receipts of requests that put nothing into the tables. */
  tally(receipts: readonly Receipt[]): void {
    for (const receipt of receipts) this.#tally.add(receipt);
    if (this.#tallySinceMs !== null) return;
    this.#tallySinceMs = performance.now();
    this.#options.onWork();
  }

  /** Closes the open segment. Resolves when it (if it held anything) is listed as sealed. */
  seal(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sealWaiters.push(resolve);
    this.#work();
    return promise;
  }

  /** Seals what is open and lets go of all files; segments not loaded yet stay for the next start. */
  async close(): Promise<void> {
    this.#isShut = true;
    await this.seal();
    await this.#preparing;
    await this.#spare?.seal();
    await this.#open.seal();
  }

  /** The loader is done with it: its rows are durable in the engine. */
  async remove(segment: SealedSegment): Promise<void> {
    await removeSegment(this.#options.folder, segment.number);
    this.#forget(segment);
  }

  /** Puts a segment the engine keeps refusing aside, where it no longer blocks the ones behind it. */
  async quarantine(segment: SealedSegment): Promise<void> {
    const { folder } = this.#options;
    const aside = quarantineFolder(folder);
    await linkInto(commitPath(folder, segment.number), commitPath(aside, segment.number));
    for (const table of segment.tables.keys()) {
      await linkInto(dataPath(folder, segment.number, table), dataPath(aside, segment.number, table));
    }
    await syncFolder(aside);
    // Only now, so that a crash in between leaves the segment in both places and never in none.
    await removeSegment(folder, segment.number);
    this.#quarantined += 1;
    this.#forget(segment);
  }

  #forget(segment: SealedSegment): void {
    this.#sealed = this.#sealed.filter((other) => other.number !== segment.number);
  }

  /** Starts the one worker unless it runs: commits are strictly one after the other, seals happen between them. */
  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    for (;;) {
      // Sealing first: under steady load something always waits for the next group.
      if (this.#sealWaiters.length > 0) await this.#sealNow();
      else if (this.#waiting.length > 0) await this.#commitGroup(this.#waiting.splice(0, GROUP_BATCHES_MAX));
      else break;
      if (this.#open.isBroken || this.#isFull()) this.#rotate();
    }
    this.#isWorking = false;
  }

  async #commitGroup(waiting: readonly Waiting[]): Promise<void> {
    const wasEmpty = this.#open.firstCommitAtMs === null;
    const receipts = this.#tally.drain();
    this.#tallySinceMs = null;
    try {
      await this.#open.commit({ batches: waiting.map(({ batch }) => batch), receipts });
    } catch (error) {
      this.#options.log.warn(
        { err: error },
        "The journal could not write; the senders were asked to try again.",
      );
      for (const { reject } of waiting) reject(error);
      if (receipts.length > 0) this.tally(receipts);
      return;
    }
    for (const { resolve } of waiting) resolve();
    if (wasEmpty) this.#options.onWork();
  }

  async #sealNow(): Promise<void> {
    const waiters = this.#sealWaiters.splice(0);
    if (!this.#tally.isEmpty) await this.#commitGroup([]);
    this.#rotate();
    void this.#closed.then(() => {
      for (const resolve of waiters) resolve();
    });
  }

  #isFull(): boolean {
    const { segmentRowsMax, segmentBytesMax } = this.#options;
    return this.#open.rows >= segmentRowsMax || this.#open.sizeBytes >= segmentBytesMax;
  }

  /** The next group goes to a new segment; the old one is closed meanwhile, one after the other. */
  #rotate(): void {
    const old = this.#open;
    if (old.firstCommitAtMs === null && !old.isBroken) return;
    this.#open = this.#spare ?? this.#newSegment();
    this.#spare = null;
    this.#closing.push(old);
    this.#closed = this.#closed.then(() => this.#close(old));
    this.#preparing = this.#closed.then(() => this.#prepareSpare(old.tables));
  }

  async #close(old: OpenSegment): Promise<void> {
    try {
      const sealed = await old.seal();
      if (sealed === null) return;
      this.#sealed.push(sealed);
      this.#options.onWork();
    } catch (error) {
      // Closing a file or removing an empty one failed. The committed rows are on disk; the next start loads them.
      this.#options.log.error(
        { err: error, segment: old.number },
        "A journal segment could not be closed; its rows appear after a restart.",
      );
    } finally {
      this.#closing = this.#closing.filter((segment) => segment !== old);
    }
  }

  /** Creating files takes longer than appending to them: the next segment's are made while nobody waits for them. */
  async #prepareSpare(tables: readonly TelemetryTable[]): Promise<void> {
    if (this.#spare !== null || this.#isShut) return;
    const spare = this.#newSegment();
    try {
      await spare.prepare(tables);
      this.#spare = spare;
    } catch (error) {
      this.#options.log.warn({ err: error }, "The journal could not create its next files ahead of time.");
      await spare.seal();
    }
  }

  #newSegment(): OpenSegment {
    const segment = new OpenSegment(this.#options.folder, this.#nextNumber);
    this.#nextNumber += 1;
    return segment;
  }
}

/** Opens (and creates) the folder, recovers what a previous run left there. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  await mkdir(quarantineFolder(options.folder), { recursive: true });
  await syncFolder(join(options.folder, ".."));
  return new Journal(options, await recoverJournal(options.folder, options.log));
}

async function linkInto(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await link(from, to);
}
