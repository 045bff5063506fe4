/** Watches the free space under the journal, so that ingest stops while the engine still has room to merge. */
import { statfs } from "node:fs/promises";
import type { Log } from "./log.ts";

const CHECK_EVERY_MS = 500;

export interface DiskSpaceOptions {
  readonly folder: string;
  readonly reserveBytes: number;
  readonly log: Log;
}

export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  #timer: NodeJS.Timeout | null = null;
  #isChecking = false;
  #isShort = false;

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
  }

  /** True while less than the reserve is free, or since a write failed for lack of room. */
  get isShort(): boolean {
    return this.#isShort;
  }

  async start(): Promise<void> {
    await this.check();
    this.#timer = setInterval(() => void this.check(), CHECK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** A write just failed with ENOSPC: refuse until the next check finds room. */
  ranOut(): void {
    this.#isShort = true;
  }

  async check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const { folder, reserveBytes, log } = this.#options;
    try {
      const { bavail, bsize } = await statfs(folder);
      const isShort = bavail * bsize < reserveBytes;
      if (isShort !== this.#isShort) {
        const details = { freeBytes: bavail * bsize, reserveBytes };
        if (isShort) log.error(details, "The disk is nearly full: ingest refuses data until there is room.");
        else log.info(details, "There is room on the disk again: ingest takes data.");
      }
      this.#isShort = isShort;
    } catch (error) {
      log.warn({ err: error }, "The free disk space could not be read; ingest goes on without knowing it.");
    } finally {
      this.#isChecking = false;
    }
  }
}
