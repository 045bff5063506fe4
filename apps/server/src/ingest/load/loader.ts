/**
 * Moves sealed segments into the engine, one at a time and in order, with all tables of a segment at once: as many as
 * the store has lanes for. Every load carries a token, so doing it again after a crash or an error changes nothing.
 */
import { truncate, writeFile, stat } from "node:fs/promises";
import {
  TelemetryError,
  type LoadFile,
  type TelemetryStore,
  type TelemetryTable,
} from "../../engines/telemetry/store.ts";
import { dataPath } from "../journal/folder.ts";
import type { Journal } from "../journal/journal.ts";
import type { SealedSegment } from "../journal/segment.ts";
import type { Log } from "../log.ts";
import { encodeReceipts } from "../receipts.ts";

/** Refusals of the statement itself (not of circumstances) after which a segment is put aside. */
const STATEMENT_ATTEMPTS_MAX = 5;
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 10_000;

export interface LoaderOptions {
  readonly folder: string;
  readonly journal: Journal;
  readonly store: Pick<TelemetryStore, "load">;
  readonly log: Log;
  /** How long rows may gather while the loader is idle. */
  readonly sealAfterMs: () => number;
  readonly onStored: (segment: SealedSegment) => void;
}

export class Loader {
  readonly #options: LoaderOptions;
  #wake: (() => void) | null = null;
  #endPause: (() => void) | null = null;
  #stopAtMs: number | null = null;
  #running: Promise<void> | null = null;
  #lastError: string | null = null;
  #lastStoredAtMs: number | null = null;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** Sentence about the last failed load; null once a load succeeded again. */
  get lastError(): string | null {
    return this.#lastError;
  }

  get lastStoredAtMs(): number | null {
    return this.#lastStoredAtMs;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something may have become due. */
  poke(): void {
    this.#wake?.();
  }

  /** Loads what is sealed until the deadline (performance.now() clock); the rest stays in the journal. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopAtMs = deadlineMs;
    this.poke();
    this.#endPause?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      const segment = await this.#next();
      if (segment === null) return;
      if (!(await this.#loadUntilDone(segment))) return;
    }
  }

  /** The next segment to load, sealing the open one when it is due; null when it is time to stop. */
  async #next(): Promise<SealedSegment | null> {
    const { journal } = this.#options;
    for (;;) {
      if (this.#isPastDeadline()) return null;
      const sealed = journal.firstSealed;
      if (sealed !== null) return sealed;
      const since = journal.gatheringSinceMs;
      if (this.#stopAtMs !== null && since === null) return null;
      const waitMs = since === null ? null : since + this.#waitForMoreMs() - performance.now();
      if (waitMs === null || waitMs > 0) {
        await this.#sleep(waitMs);
        continue;
      }
      await journal.seal();
      if (journal.firstSealed !== null) continue;
      // Nothing came of it: the disk is full. Waiting keeps this loop from spinning.
      if (this.#stopAtMs !== null) return null;
      await this.#pause(RETRY_FIRST_MS);
    }
  }

  #waitForMoreMs(): number {
    return this.#stopAtMs === null ? this.#options.sealAfterMs() : 0;
  }

  #isPastDeadline(): boolean {
    return this.#stopAtMs !== null && performance.now() >= this.#stopAtMs;
  }

  /** False when it is time to stop and the segment has to wait for the next start. */
  async #loadUntilDone(segment: SealedSegment): Promise<boolean> {
    let statementErrors = 0;
    for (let retryMs = RETRY_FIRST_MS; ; retryMs = Math.min(retryMs * 2, RETRY_LONGEST_MS)) {
      try {
        if (statementErrors >= STATEMENT_ATTEMPTS_MAX) await this.#putAside(segment);
        else await this.#load(segment);
        return true;
      } catch (error) {
        if (error instanceof TelemetryError && error.code === "closed") return false;
        if (error instanceof TelemetryError && error.code === "statement") statementErrors += 1;
        this.#lastError = error instanceof Error ? error.message : String(error);
        this.#options.log.warn({ err: error, segment: segment.number }, "Loading a journal segment failed.");
      }
      if (this.#stopAtMs !== null) return false;
      if (statementErrors < STATEMENT_ATTEMPTS_MAX) await this.#pause(retryMs);
    }
  }

  async #load(segment: SealedSegment): Promise<void> {
    const { folder, store } = this.#options;
    // The longest first: the others go by beside it.
    const tables = [...segment.tables].toSorted(([, a], [, b]) => b.sizeBytes - a.sizeBytes);
    const files = tables.map(([table]) => this.#fileOf(segment, table));
    for (const [table, { sizeBytes }] of tables)
      await cutBack(dataPath(folder, segment.number, table), sizeBytes);
    if (segment.receipts.length > 0) {
      const receipts = this.#fileOf(segment, "ingest_receipts");
      await writeFile(receipts.path, encodeReceipts(segment.receipts));
      files.push(receipts);
    }
    await allOrFirstError(files.map((file) => store.load(file)));
    await this.#options.journal.remove(segment);
    this.#lastError = null;
    this.#lastStoredAtMs = Date.now();
    this.#options.onStored(segment);
  }

  async #putAside(segment: SealedSegment): Promise<void> {
    await this.#options.journal.quarantine(segment);
    this.#options.log.error(
      { segment: segment.number, reason: this.#lastError },
      `The engine refused a journal segment ${STATEMENT_ATTEMPTS_MAX} times; it was moved to journal/quarantine.`,
    );
  }

  #fileOf(segment: SealedSegment, table: TelemetryTable): LoadFile {
    return {
      table,
      path: dataPath(this.#options.folder, segment.number, table),
      dedupToken: `${segment.token}-${table}`,
    };
  }

  /** Until there is work, the time is over (null: no limit) or stop() is called. */
  async #sleep(durationMs: number | null): Promise<void> {
    await this.#wait(durationMs, (wake) => {
      this.#wake = wake;
    });
    this.#wake = null;
  }

  /** Until the time is over or stop() is called; new work does not shorten it. */
  async #pause(durationMs: number): Promise<void> {
    await this.#wait(durationMs, (wake) => {
      this.#endPause = wake;
    });
    this.#endPause = null;
  }

  async #wait(durationMs: number | null, register: (wake: () => void) => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = durationMs === null ? null : setTimeout(resolve, durationMs);
    register(resolve);
    await promise;
    if (timer !== null) clearTimeout(timer);
  }
}

/** Removes what a failed commit may have left behind the committed bytes. */
async function cutBack(path: string, sizeBytes: number): Promise<void> {
  const found = await stat(path);
  if (found.size < sizeBytes) {
    throw new Error(
      `Journal file ${path} is ${found.size} bytes long but ${sizeBytes} bytes were committed.`,
    );
  }
  if (found.size > sizeBytes) await truncate(path, sizeBytes);
}

/** Waits for all: a load must not run on while its segment is tried again. */
async function allOrFirstError(loads: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(loads);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
