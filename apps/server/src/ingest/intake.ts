/**
 * The owner of ingest's parts and the one path of a request: is there room? → decode → journal → answer.
 */
import type { TelemetryStore, TelemetryTable } from "../engines/telemetry/store.ts";
import { Admission, diskFull, overloaded } from "./admission.ts";
import { DiskSpace } from "./diskSpace.ts";
import { openJournal, type Journal } from "./journal/journal.ts";
import type { SealedSegment } from "./journal/segment.ts";
import type { DecodeFlags } from "./decode/decoder.ts";
import type { IngestLimits } from "./limits.ts";
import { Loader } from "./load/loader.ts";
import type { Log } from "./log.ts";
import { countTaken, exceededKinds, type IngestQuotas, quotaExceeded, quotaRefusal } from "./quotas.ts";
import { receiptsOf } from "./receipts.ts";
import { IngestStatistics } from "./statistics.ts";
import { TailListeners } from "./tailListeners.ts";
import {
  IngestRefusal,
  type DecodedBatch,
  type Ingest,
  type IngestAnswer,
  type IngestRequest,
  type IngestStatus,
  type RefusalKind,
  type Sender,
  type Signal,
  type StoredNotice,
  type TailListener,
} from "./types.ts";

/** Turns a body into rows; rejects with IngestRefusal when nothing of it can be taken. */
export interface BatchDecoder {
  decode(request: IngestRequest, flags: DecodeFlags): Promise<DecodedBatch>;
  /** The rows of a batch are in the journal, or will never be: their memory may go. */
  release(batch: DecodedBatch): void;
  /** Bytes of bodies that wait for a worker. */
  queuedBytes(): number;
  close(): Promise<void>;
}

export interface IntakeOptions {
  readonly folder: string;
  readonly store: Pick<TelemetryStore, "load">;
  readonly decoder: BatchDecoder;
  readonly limits: IngestLimits;
  readonly quotas: IngestQuotas;
  readonly log: Log;
}

/** Opens the journal (a previous run's rows are loaded in the background), then the loader. */
export async function openIntake(options: IntakeOptions): Promise<Ingest> {
  const { folder, limits, log } = options;
  let poke = (): void => {};
  const journal = await openJournal({
    folder,
    segmentRowsMax: limits.segmentRowsMax,
    segmentBytesMax: limits.segmentBytesMax,
    log,
    onWork: () => poke(),
  });
  const disk = new DiskSpace({ folder, reserveBytes: limits.diskReserveBytes, log });
  await disk.start();
  const intake = new Intake(options, journal, disk);
  poke = () => intake.loader.poke();
  intake.loader.start();
  return intake;
}

class Intake implements Ingest {
  readonly loader: Loader;
  readonly #options: IntakeOptions;
  readonly #journal: Journal;
  readonly #disk: DiskSpace;
  readonly #admission: Admission;
  readonly #statistics = new IngestStatistics();
  readonly #tails = new TailListeners();
  readonly #storedListeners = new Set<(notice: StoredNotice) => void>();
  readonly #underWay = new Set<Promise<IngestAnswer>>();
  #isWatched = false;
  #closed: Promise<void> | null = null;

  constructor(options: IntakeOptions, journal: Journal, disk: DiskSpace) {
    const { limits, folder, store, log } = options;
    this.#options = options;
    this.#journal = journal;
    this.#disk = disk;
    this.#admission = new Admission({
      limits,
      journalBytes: () => journal.sizeBytes,
      decodeQueueBytes: () => options.decoder.queuedBytes(),
      isDiskShort: () => disk.isShort,
    });
    this.loader = new Loader({
      folder,
      journal,
      store,
      log,
      sealAfterMs: () => (this.#isWatched ? limits.sealAfterMsWatched : limits.sealAfterMsUnwatched),
      onStored: (segment) => this.#announce(segment),
    });
  }

  async accept(request: IngestRequest): Promise<IngestAnswer> {
    // Taken before decoding: the body may be handed over to a worker, which leaves its length at 0 here.
    const wireBytes = request.body.byteLength;
    const work = this.#take(request, wireBytes);
    this.#underWay.add(work);
    try {
      return await work;
    } catch (error) {
      if (error instanceof IngestRefusal) {
        this.countRefusal(request.sender, request.signal, error.kind, wireBytes);
      }
      throw error;
    } finally {
      this.#underWay.delete(work);
    }
  }

  async #take(request: IngestRequest, wireBytes: number): Promise<IngestAnswer> {
    const { sender, signal, receivedAtMs } = request;
    const refusal = this.refusalNow(sender, signal);
    if (refusal !== null) throw refusal;
    const startedAtMs = performance.now();
    let heldBytes = wireBytes;
    this.#admission.begin();
    this.#admission.hold(heldBytes);
    try {
      const tail = this.#tails.has(sender.tenantId, sender.projectId);
      const { quotas } = this.#options;
      const exceeded = exceededKinds(quotas, sender, signal, receivedAtMs);
      const batch = await this.#options.decoder.decode(request, { tail, exceeded });
      const rowBytes = batch.tables.reduce((sum, rows) => sum + rows.native.byteLength, 0);
      this.#admission.hold(rowBytes - heldBytes);
      heldBytes = rowBytes;
      try {
        if (batch.accepted === 0 && batch.refused.quota_exceeded) throw quotaExceeded(exceeded, receivedAtMs);
        await this.#makeDurable(request, batch, wireBytes);
      } finally {
        this.#options.decoder.release(batch);
      }
      countTaken(quotas, sender, signal, batch, receivedAtMs);
      this.#statistics.countAcknowledged(signal, batch, performance.now() - startedAtMs);
      this.#tails.emit(sender.tenantId, sender.projectId, batch.tail, batch.tailLeftOut ?? 0);
      return {
        accepted: batch.accepted,
        refusedCount: Object.values(batch.refused).reduce((sum, items) => sum + items, 0),
        refusalMessage: batch.refusalMessage,
        ...(batch.browser === undefined ? {} : { browser: batch.browser }),
      };
    } finally {
      this.#admission.release(heldBytes);
      this.#admission.end();
    }
  }

  async #makeDurable(request: IngestRequest, batch: DecodedBatch, wireBytes: number): Promise<void> {
    const { sender, signal, receivedAtMs } = request;
    const receipts = receiptsOf(sender, signal, receivedAtMs, wireBytes, batch.accepted, batch.refused);
    const tables = batch.tables.filter((rows) => rows.rows > 0);
    if (tables.length === 0) {
      // Nothing was promised, so nobody waits for the disk.
      this.#journal.tally(receipts);
      return;
    }
    const rowsByTable: Partial<Record<TelemetryTable, number>> = {};
    for (const { table, rows } of tables) rowsByTable[table] = (rowsByTable[table] ?? 0) + rows;
    const notice: StoredNotice = {
      tenantId: sender.tenantId,
      projectId: sender.projectId,
      rowsByTable,
      services: batch.services,
      newestTimeMs: batch.newestTimeMs,
      oldestReceivedAtMs: receivedAtMs,
    };
    try {
      await this.#journal.append({ tables, receipts, notice });
    } catch (error) {
      throw this.#appendRefusal(error);
    }
  }

  #appendRefusal(error: unknown): IngestRefusal {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOSPC" || code === "EDQUOT") {
      this.#disk.ranOut();
      return diskFull();
    }
    const why = error instanceof Error ? error.message : String(error);
    return overloaded(`the journal could not be written: ${why}`);
  }

  refusalNow(sender: Sender, signal: Signal): IngestRefusal | null {
    return this.#admission.refusalNow() ?? quotaRefusal(this.#options.quotas, sender, signal, Date.now());
  }

  countRefusal(sender: Sender | null, signal: Signal, kind: RefusalKind, wireBytes: number): void {
    this.#statistics.countRefusal(kind);
    if (sender === null) return;
    const nowMs = Date.now();
    const minuteMs = nowMs - (nowMs % 60_000);
    const { tenantId, projectId, keyId } = sender;
    const whom = { tenantId, projectId, keyId, signal };
    this.#journal.tally([{ ...whom, reason: kind, minuteMs, items: 0, requests: 1, wireBytes }]);
  }

  tryReserve(bytes: number): boolean {
    return this.#admission.tryHold(bytes);
  }

  release(bytes: number): void {
    this.#admission.release(bytes);
  }

  setWatched(isWatched: boolean): void {
    this.#isWatched = isWatched;
    this.loader.poke();
  }

  onStored(listener: (notice: StoredNotice) => void): () => void {
    this.#storedListeners.add(listener);
    return () => this.#storedListeners.delete(listener);
  }

  onTail(tenantId: string, projectId: string, listener: TailListener): () => void {
    return this.#tails.add(tenantId, projectId, listener);
  }

  #announce(segment: SealedSegment): void {
    for (const notice of segment.notices) {
      for (const listener of this.#storedListeners) listener(notice);
    }
  }

  status(): IngestStatus {
    const oldest = this.#journal.oldestReceivedAtMs;
    const oldestUnstoredAgeMs = oldest === null ? null : Math.max(0, Date.now() - oldest);
    return {
      ...this.#statistics.snapshot(),
      journalBytes: this.#journal.sizeBytes,
      journalLimitBytes: this.#options.limits.journalBytesMax,
      journalSegments: this.#journal.segments,
      oldestUnstoredAgeMs,
      quarantinedSegments: this.#journal.quarantinedSegments,
      lastStoredAtMs: this.loader.lastStoredAtMs,
      lastLoadError: this.loader.lastError,
      state: this.#state(oldestUnstoredAgeMs ?? 0),
    };
  }

  #state(unstoredAgeMs: number): IngestStatus["state"] {
    const { stoppedAfterMs, degradedAfterMs } = this.#options.limits;
    if (this.#closed !== null || unstoredAgeMs >= stoppedAfterMs) return "stopped";
    const isDegraded =
      unstoredAgeMs >= degradedAfterMs ||
      this.loader.lastError !== null ||
      this.#journal.quarantinedSegments > 0 ||
      this.#admission.refusalNow() !== null;
    return isDegraded ? "degraded" : "running";
  }

  close(options: { readonly drainMs: number }): Promise<void> {
    this.#closed ??= this.#shutDown(performance.now() + options.drainMs);
    return this.#closed;
  }

  async #shutDown(deadlineMs: number): Promise<void> {
    this.#admission.closeDoor();
    // Requests under way are few and bounded; each ends by itself, answered or refused.
    await Promise.allSettled(this.#underWay);
    await this.loader.stop(deadlineMs);
    await this.#journal.close();
    this.#disk.stop();
    await this.#options.decoder.close();
  }
}
