/**
 * Encoded requests on their way out:
 *
 *   add ─▶ compressing (thread pool) ─▶ waiting ─▶ sent, one at a time
 *                                          ▲          │ 429, 502, 503, 504, no answer: again later, as OTLP says
 *                                          └──────────┘ anything else: given up, with a warning
 *
 * Bounded by bytes: what is beyond is given up, oldest first, counted and said once.
 */
import { promisify } from "node:util";
import { constants, gzip, zstdCompress, zstdDecompressSync } from "node:zlib";
import { readPartialSuccess } from "./partialSuccess.ts";
import { Poster, type Encoding, type Target } from "./post.ts";

export type Signal = "traces" | "metrics" | "logs";

export interface SenderOptions {
  readonly targets: Readonly<Record<Signal, Target>>;
  readonly encoding: Encoding;
  /** Waiting requests together are never larger, in bytes after compression. */
  readonly queueBytes: number;
  readonly warn: (text: string) => void;
}

/** A request that is not acknowledged yet. */
export interface Parcel {
  readonly signal: Signal;
  readonly items: number;
  body: Uint8Array;
  encoding: Encoding;
}

const RETRYABLE = new Set([429, 502, 503, 504]);
const BACKOFF_FIRST_MS = 1000;
const BACKOFF_MOST_MS = 30_000;
/** Smaller bodies grow or stay as they are. */
const WORTH_COMPRESSING_BYTES = 512;

const CHUNK_BYTES_MIN = 4096;
const ZSTD_FAST = { [constants.ZSTD_c_compressionLevel]: 1 };

const compressors = {
  zstd: promisify(zstdCompress),
  gzip: promisify(gzip),
};

export class OtlpSender {
  /** Items acknowledged, and given up after all. */
  readonly counts = { sent: 0, lost: 0 };
  private readonly options: SenderOptions;
  private readonly poster = new Poster();
  private encoding: Encoding;
  private readonly compressing = new Map<Promise<void>, Parcel>();
  private readonly waiting: Parcel[] = [];
  private waitingBytes = 0;
  private current: Parcel | undefined;
  private running: Promise<void> | undefined;
  private attempts = 0;
  private isAway = false;
  private flushes = 0;
  private wake: (() => void) | undefined;

  constructor(options: SenderOptions) {
    this.options = options;
    this.encoding = options.encoding;
  }

  /** Takes the bytes of one Export…ServiceRequest with so many items. */
  add(signal: Signal, body: Uint8Array, items: number): void {
    const parcel: Parcel = { signal, items, body, encoding: "none" };
    const job: Promise<void> = this.compress(parcel).finally(() => {
      // Taken out by `takeUnsent` it is somebody else's.
      if (this.compressing.delete(job)) this.queue(parcel);
    });
    this.compressing.set(job, parcel);
  }

  /**
   * Resolves when all that was added is acknowledged or given up, or when the server does not answer: then what is left
   * stays waiting. Keeps the process alive meanwhile.
   */
  async flush(): Promise<void> {
    this.flushes++;
    const hold = setInterval(() => undefined, 60_000);
    try {
      await Promise.all(this.compressing.keys());
      this.wake?.();
      this.run();
      await this.running;
    } finally {
      this.flushes--;
      clearInterval(hold);
    }
  }

  /** What is not acknowledged, as it would be sent; it is no longer sent from here. */
  takeUnsent(): { parcels: readonly Parcel[]; isAway: boolean } {
    const parcels = [
      ...(this.current === undefined ? [] : [this.current]),
      ...this.waiting.splice(0),
      ...this.compressing.values(),
    ];
    this.compressing.clear();
    return { parcels, isAway: this.isAway };
  }

  close(): void {
    this.wake?.();
    this.poster.close();
  }

  private async compress(parcel: Parcel): Promise<void> {
    const { encoding } = this;
    if (encoding === "none" || parcel.body.length < WORTH_COMPRESSING_BYTES) return;
    try {
      // In one piece, as each piece is a turn of the event loop.
      const chunkSize = Math.max(parcel.body.length >>> 2, CHUNK_BYTES_MIN);
      parcel.body =
        encoding === "zstd"
          ? await compressors.zstd(parcel.body, { chunkSize, params: ZSTD_FAST })
          : await compressors.gzip(parcel.body, { chunkSize, level: 1 });
      parcel.encoding = encoding;
    } catch {
      // Out of memory, at most: it is sent as it is.
    }
  }

  private queue(parcel: Parcel): void {
    this.waiting.push(parcel);
    this.waitingBytes += parcel.body.length;
    while (this.waitingBytes > this.options.queueBytes && this.waiting.length > 1) {
      const oldest = this.waiting.shift()!;
      this.waitingBytes -= oldest.body.length;
      this.counts.lost += oldest.items;
      if (!this.isAway) {
        this.options.warn("The server is slower than this process makes telemetry. The oldest is given up.");
      }
    }
    this.run();
  }

  private run(): void {
    this.running ??= this.drain().finally(() => {
      this.running = undefined;
    });
  }

  private async drain(): Promise<void> {
    for (;;) {
      const parcel = this.waiting.shift();
      if (parcel === undefined) return;
      this.waitingBytes -= parcel.body.length;
      this.current = parcel;
      const retryInMs = await this.send(parcel);
      this.current = undefined;
      if (retryInMs === undefined) continue;
      this.waiting.unshift(parcel);
      this.waitingBytes += parcel.body.length;
      if (this.flushes > 0) return;
      await this.pause(retryInMs);
    }
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, ms).unref();
    });
    this.wake = undefined;
  }

  /** How long to wait before the same is sent again, in milliseconds; undefined when it is done with. */
  private async send(parcel: Parcel): Promise<number | undefined> {
    const target = this.options.targets[parcel.signal];
    try {
      const answer = await this.poster.post(target, parcel.body, parcel.encoding);
      if (answer.status >= 200 && answer.status < 300) {
        this.acknowledge(parcel, answer.body);
        return undefined;
      }
      if (answer.status === 415 && parcel.encoding === "zstd") return await this.withoutZstd(parcel);
      if (RETRYABLE.has(answer.status)) {
        return this.away(target, `answers ${answer.status}`, answer.retryAfterMs);
      }
      this.counts.lost += parcel.items;
      const hint =
        answer.status === 401 || answer.status === 403 ? " Set THROUGHLINE_KEY to an ingest key." : "";
      this.options.warn(`${target.url} refuses telemetry with status ${answer.status}.${hint}`);
      return undefined;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return this.away(target, code ?? message, undefined);
    }
  }

  private acknowledge(parcel: Parcel, body: Buffer): void {
    const { refusedCount, message } = readPartialSuccess(body);
    this.counts.sent += parcel.items - refusedCount;
    this.counts.lost += refusedCount;
    if (refusedCount > 0) {
      this.options.warn(`${refusedCount} of ${parcel.items} items were refused by the server: ${message}`);
    }
    this.isAway = false;
    this.attempts = 0;
  }

  /** A collector that does not know zstd gets gzip from now on. */
  private async withoutZstd(parcel: Parcel): Promise<number> {
    this.encoding = "gzip";
    parcel.body = zstdDecompressSync(parcel.body);
    parcel.encoding = "none";
    await this.compress(parcel);
    return 0;
  }

  private away(target: Target, why: string, retryAfterMs: number | undefined): number {
    if (!this.isAway) {
      this.options.warn(
        `${target.url} does not take telemetry (${why}). It is kept in memory up to a bound and sent when the server is back.`,
      );
    }
    this.isAway = true;
    const most = Math.min(BACKOFF_FIRST_MS * 2 ** this.attempts++, BACKOFF_MOST_MS);
    // Spread, so that a fleet does not come back in one instant.
    return retryAfterMs ?? most * (0.5 + Math.random() / 2);
  }
}
