/** Decides, before a body is read, whether ingest has room for it. Every bound of memory and disk meets here. */
import type { IngestLimits } from "./limits.ts";
import { IngestRefusal } from "./types.ts";

const RETRY_OVERLOADED_SECONDS = 1;
const RETRY_DISK_FULL_SECONDS = 15;
const RETRY_SHUTTING_DOWN_SECONDS = 5;

export interface AdmissionOptions {
  readonly limits: IngestLimits;
  readonly journalBytes: () => number;
  readonly decodeQueueBytes: () => number;
  readonly isDiskShort: () => boolean;
}

export class Admission {
  readonly #options: AdmissionOptions;
  #heldBytes = 0;
  #requests = 0;
  #isClosing = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Bytes held by bodies and rows on their way to the disk. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  closeDoor(): void {
    this.#isClosing = true;
  }

  begin(): void {
    this.#requests += 1;
  }

  end(): void {
    this.#requests -= 1;
  }

  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  tryHold(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#options.limits.inFlightBytesMax) return false;
    this.#heldBytes += bytes;
    return true;
  }

  refusalNow(): IngestRefusal | null {
    const { limits } = this.#options;
    if (this.#isClosing) return shuttingDown();
    if (this.#options.isDiskShort()) return diskFull();
    if (this.#options.journalBytes() >= limits.journalBytesMax) {
      return overloaded("the journal is at its limit because rows arrive faster than they can be stored");
    }
    if (this.#requests >= limits.inFlightRequestsMax) return overloaded("too many requests are under way");
    if (this.#heldBytes >= limits.inFlightBytesMax) return overloaded("too many bytes are under way");
    if (this.#options.decodeQueueBytes() >= limits.decodeQueueBytesMax) {
      return overloaded("bodies arrive faster than they can be decoded");
    }
    return null;
  }
}

export function overloaded(why: string): IngestRefusal {
  return new IngestRefusal(
    "overloaded",
    `Throughline is over its capacity (${why}). Send this request again later.`,
    RETRY_OVERLOADED_SECONDS,
  );
}

export function diskFull(): IngestRefusal {
  return new IngestRefusal(
    "disk_full",
    "Throughline's disk is full; nothing of this request was stored. Send it again when there is room.",
    RETRY_DISK_FULL_SECONDS,
  );
}

export function shuttingDown(): IngestRefusal {
  return new IngestRefusal(
    "shutting_down",
    "Throughline is shutting down. Send this request again to the next instance.",
    RETRY_SHUTTING_DOWN_SECONDS,
  );
}
