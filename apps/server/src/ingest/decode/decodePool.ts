/**
 * Decode workers and the queue before them. Bodies are handed over (transferred) where the caller owns their memory,
 * results come back the same way.
 */
import { availableParallelism } from "node:os";
import { isMarkedAsUntransferable, Worker } from "node:worker_threads";
import { IngestRefusal, type DecodedBatch, type IngestRequest, type Sender } from "../types.ts";
import type { DecodeFlags } from "./decoder.ts";
import type { VitalSeed } from "./browser/vitalMemory.ts";
import { freeBuffer } from "./freeBuffer.ts";
import { GUARD_LIMITS, type GuardLimits, type GuardSeed } from "./guard.ts";
import { Hash64 } from "./hash64.ts";
import { DECODE_LIMITS, type DecodeLimits } from "./limits.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./workerMessages.ts";

export interface DecodePoolOptions {
  /** Default: 1 on up to two cores, else half of the cores. */
  readonly workers?: number;
  readonly limits?: Partial<DecodeLimits>;
  readonly guardLimits?: Partial<GuardLimits>;
  /** Bytes of unanswered bodies past which decode() refuses; default 64 MiB. A single larger body is still taken. */
  readonly queueBytesMax?: number;
  /** JavaScript heap of one worker; default 256 MiB. Its row buffers lie outside and are bounded by the limits. */
  readonly workerHeapMiB?: number;
  /** The workers' code, when it is not decodeWorker.ts: for tests of what happens when a worker dies. */
  readonly workerEntry?: URL;
  /** Told when a worker ended unexpectedly; it is started again by itself. */
  readonly onCrash?: (error: Error) => void;
}

export interface DecodePool {
  /**
   * Rejects with IngestRefusal when nothing of the request can be taken, and with a plain Error when a worker failed.
   * The body may be transferred: its owner must not touch it afterwards.
   */
  decode(request: IngestRequest, flags: DecodeFlags): Promise<DecodedBatch>;
  /** Frees the rows of a batch that decode() gave: nobody reads them any more. */
  release(batch: DecodedBatch): void;
  /** Bytes of bodies that are not answered yet. */
  queuedBytes(): number;
  /** Tells every worker's cardinality guard what is stored already; also those started later. */
  seed(seeds: readonly GuardSeed[]): void;
  /** Tells the workers which vitals count already. */
  seedVitals(seeds: readonly VitalSeed[]): void;
  /** Rejects what waits, then ends the workers. */
  close(): Promise<void>;
}

const MIB = 1_048_576;
/** Requests at a worker at once: the second is there when the first is done. */
const IN_FLIGHT_PER_WORKER = 2;
/** A worker that keeps ending before it answered anything is not started again until the next request. */
const FRUITLESS_STARTS_MAX = 3;

interface Job {
  readonly id: number;
  readonly request: IngestRequest;
  readonly flags: DecodeFlags;
  readonly sizeBytes: number;
  readonly resolve: (batch: DecodedBatch) => void;
  readonly reject: (error: Error) => void;
}

interface Slot {
  worker: Worker | null;
  readonly jobs: Map<number, Job>;
  /** Jobs that only this worker may do: what a report of a vital replaces is in one worker's memory. */
  readonly waiting: Job[];
  fruitlessStarts: number;
}

export function createDecodePool(options: DecodePoolOptions = {}): DecodePool {
  return new Pool(options);
}

function defaultWorkers(): number {
  const cores = availableParallelism();
  return cores <= 2 ? 1 : Math.floor(cores / 2);
}

class Pool implements DecodePool {
  readonly #options: DecodePoolOptions;
  readonly #settings: WorkerSettings;
  readonly #slots: Slot[];
  readonly #waiting: Job[] = [];
  readonly #seeds: GuardSeed[] = [];
  #queuedBytes = 0;
  #nextId = 1;
  #isClosed = false;

  constructor(options: DecodePoolOptions) {
    this.#options = options;
    this.#settings = {
      limits: { ...DECODE_LIMITS, ...options.limits },
      guardLimits: { ...GUARD_LIMITS, ...options.guardLimits },
    };
    const count = Math.max(1, options.workers ?? defaultWorkers());
    this.#slots = Array.from({ length: count }, () => ({
      worker: null,
      jobs: new Map(),
      waiting: [],
      fruitlessStarts: 0,
    }));
    for (const slot of this.#slots) this.#start(slot);
  }

  decode(request: IngestRequest, flags: DecodeFlags): Promise<DecodedBatch> {
    const sizeBytes = request.body.byteLength;
    const limit = this.#options.queueBytesMax ?? 64 * MIB;
    if (this.#isClosed) {
      return Promise.reject(
        new IngestRefusal("shutting_down", "The server is shutting down. Send it again.", 5),
      );
    }
    if (this.#queuedBytes > 0 && this.#queuedBytes + sizeBytes > limit) {
      const message =
        "More bodies are waiting to be decoded than there is room for. Send it again a little later.";
      return Promise.reject(new IngestRefusal("overloaded", message, 1));
    }
    return new Promise((resolve, reject) => {
      this.#queuedBytes += sizeBytes;
      const job = { id: this.#nextId++, request, flags, sizeBytes, resolve, reject };
      const queue = request.signal === "web_vitals" ? this.#slotOf(request.sender).waiting : this.#waiting;
      queue.push(job);
      this.#dispatch();
    });
  }

  release(batch: DecodedBatch): void {
    for (const { native } of batch.tables) freeBuffer(native);
  }

  queuedBytes(): number {
    return this.#queuedBytes;
  }

  seed(seeds: readonly GuardSeed[]): void {
    for (const seed of seeds) this.#seeds.push(seed);
    for (const { worker } of this.#slots)
      worker?.postMessage({ type: "seed", seeds, nowMs: Date.now() } satisfies ToWorker, []);
  }

  seedVitals(seeds: readonly VitalSeed[]): void {
    const bySlot = Map.groupBy(seeds, (seed) => this.#slotOf(seed));
    for (const [{ worker }, ofSlot] of bySlot)
      worker?.postMessage({ type: "seed_vitals", seeds: ofSlot } satisfies ToWorker, []);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const waiting = [this.#waiting, ...this.#slots.map((slot) => slot.waiting)];
    for (const job of waiting.flatMap((queue) => queue.splice(0))) this.#settle(job, closing());
    const workers = this.#slots.map(({ worker }) => worker);
    await Promise.all(workers.map((worker) => worker?.terminate()));
  }

  /** All vitals of a project are decoded by one worker. */
  #slotOf({ tenantId, projectId }: Pick<Sender, "tenantId" | "projectId">): Slot {
    const { lo } = new Hash64().begin().addText(tenantId).addText(projectId).end();
    return this.#slots[(lo >>> 0) % this.#slots.length]!;
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      while (slot.jobs.size < IN_FLIGHT_PER_WORKER && slot.waiting.length > 0)
        this.#send(slot, slot.waiting.shift()!);
    }
    while (this.#waiting.length > 0) {
      const slot = this.#freeSlot();
      if (slot === undefined) return;
      const job = this.#waiting.shift();
      if (job !== undefined) this.#send(slot, job);
    }
  }

  /** The worker with the least to do, if any may take more. */
  #freeSlot(): Slot | undefined {
    let best: Slot | undefined;
    for (const slot of this.#slots) {
      if (slot.jobs.size >= IN_FLIGHT_PER_WORKER) continue;
      if (best === undefined || slot.jobs.size < best.jobs.size) best = slot;
    }
    return best;
  }

  #send(slot: Slot, job: Job): void {
    if (slot.worker === null) this.#start(slot);
    slot.jobs.set(job.id, job);
    const body = transferable(job.request.body);
    const request = { ...job.request, body };
    const message: ToWorker = { type: "decode", id: job.id, request, flags: job.flags };
    slot.worker?.postMessage(message, [body.buffer]);
  }

  #start(slot: Slot): void {
    const worker = new Worker(this.#options.workerEntry ?? new URL("./decodeWorker.ts", import.meta.url), {
      name: "decode",
      workerData: this.#settings,
      resourceLimits: { maxOldGenerationSizeMb: this.#options.workerHeapMiB ?? 256 },
    });
    slot.worker = worker;
    let cause: Error | undefined;
    worker.on("message", (message: FromWorker) => this.#answered(slot, message));
    worker.on("error", (error: Error) => {
      cause = error;
    });
    worker.on("exit", (code) => this.#ended(slot, cause ?? new Error(`It ended with code ${code}.`)));
    if (this.#seeds.length > 0)
      worker.postMessage({ type: "seed", seeds: this.#seeds, nowMs: Date.now() } satisfies ToWorker, []);
  }

  #answered(slot: Slot, message: FromWorker): void {
    slot.fruitlessStarts = 0;
    const job = slot.jobs.get(message.id);
    if (job === undefined) return;
    slot.jobs.delete(message.id);
    if (message.type === "decoded") this.#settle(job, message.batch);
    else if (message.type === "refused") this.#settle(job, new IngestRefusal(message.kind, message.message));
    else
      this.#settle(
        job,
        new Error(`The decoder failed on a ${job.request.signal} request: ${message.message}`),
      );
    this.#dispatch();
  }

  #ended(slot: Slot, cause: Error): void {
    slot.worker = null;
    const jobs = [...slot.jobs.values()];
    slot.jobs.clear();
    if (this.#isClosed) {
      for (const job of jobs) this.#settle(job, closing());
      return;
    }
    const crash = new Error(`A decode worker ended: ${cause.message}`, { cause });
    for (const job of jobs) this.#settle(job, crash);
    this.#options.onCrash?.(crash);
    if (++slot.fruitlessStarts < FRUITLESS_STARTS_MAX) this.#start(slot);
    this.#dispatch();
  }

  #settle(job: Job, outcome: DecodedBatch | Error): void {
    this.#queuedBytes -= job.sizeBytes;
    if (outcome instanceof Error) job.reject(outcome);
    else job.resolve(outcome);
  }
}

function closing(): IngestRefusal {
  return new IngestRefusal("shutting_down", "The server is shutting down. Send it again.", 5);
}

/** The body in an ArrayBuffer of its own: itself if it owns one, else a copy (slices of pooled or shared buffers). */
function transferable(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = body;
  const isWhole = body.byteOffset === 0 && body.byteLength === buffer.byteLength;
  if (isWhole && buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer)) {
    return new Uint8Array(buffer);
  }
  return new Uint8Array(body);
}
