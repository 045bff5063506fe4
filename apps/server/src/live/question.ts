/**
 * Asks one question again when rows became readable, for all who watch its answer.
 *
 *   clean ──rows──▶ due ──(pause over)──▶ asking ──answer──▶ clean, or due when rows came meanwhile
 *                    ▲                      │
 *                    └──── later ◀──error───┘
 *
 * Never two at a time; the pause keeps slow questions from taking more than half of the time; the run after the
 * last rows always happens, so the last rows always show. While nobody watches it only remembers that it is due.
 */
import type { Log } from "./log.ts";

export interface QuestionLimits {
  /** Least time between two starts. */
  readonly everyMsMin: number;
  /** Asked again after this time without rows: relative ranges move on by themselves. */
  readonly refreshMs: number;
  readonly retryMs: number;
}

export interface QuestionOptions {
  readonly name: string;
  /** @param oldestReceivedAtMs of the rows since the last answer; null when none came */
  readonly ask: (oldestReceivedAtMs: number | null) => Promise<unknown>;
  readonly publish: (data: unknown) => void;
  readonly limits: QuestionLimits;
  readonly log: Log;
}

const SLOW_SHARE = 2;

export class Question {
  readonly #options: QuestionOptions;
  #isDue = true;
  #isAsking = false;
  #isWatched = false;
  #isStopped = false;
  #hasFailed = false;
  #oldestReceivedAtMs: number | null = null;
  /** performance.now() before which it isn't asked again. */
  #notBeforeMs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: QuestionOptions) {
    this.#options = options;
  }

  rowsStored(oldestReceivedAtMs: number): void {
    this.#oldestReceivedAtMs = Math.min(this.#oldestReceivedAtMs ?? oldestReceivedAtMs, oldestReceivedAtMs);
    this.#isDue = true;
    this.#plan();
  }

  /** A page that has just been opened may have been fetched before the newest answer, so it is asked again. */
  watched(isWatched: boolean): void {
    if (isWatched) this.#isDue = true;
    this.#isWatched = isWatched;
    this.#plan();
  }

  stop(): void {
    this.#isStopped = true;
    this.#plan();
  }

  #plan(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isStopped || !this.#isWatched || this.#isAsking) return;
    const waitMs = this.#isDue
      ? Math.max(0, this.#notBeforeMs - performance.now())
      : this.#options.limits.refreshMs;
    this.#timer = setTimeout(() => void this.#run(), waitMs);
  }

  async #run(): Promise<void> {
    const { ask, publish, limits } = this.#options;
    const startedMs = performance.now();
    const oldestReceivedAtMs = this.#oldestReceivedAtMs;
    this.#isAsking = true;
    this.#isDue = false;
    this.#oldestReceivedAtMs = null;
    try {
      const answer = await ask(oldestReceivedAtMs);
      this.#hasFailed = false;
      if (!this.#isStopped) publish(answer);
      const tookMs = performance.now() - startedMs;
      this.#notBeforeMs = startedMs + Math.max(limits.everyMsMin, SLOW_SHARE * tookMs);
    } catch (error) {
      this.#failed(error, oldestReceivedAtMs);
    } finally {
      this.#isAsking = false;
      this.#plan();
    }
  }

  #failed(error: unknown, oldestReceivedAtMs: number | null): void {
    const { limits, log, name } = this.#options;
    this.#isDue = true;
    if (oldestReceivedAtMs !== null)
      this.#oldestReceivedAtMs = Math.min(this.#oldestReceivedAtMs ?? oldestReceivedAtMs, oldestReceivedAtMs);
    this.#notBeforeMs = performance.now() + limits.retryMs;
    // Once per outage: it is tried again every few seconds.
    if (!this.#hasFailed && !this.#isStopped)
      log.warn({ err: error }, `The live ${name} could not be asked for; open pages wait until it answers.`);
    this.#hasFailed = true;
  }
}
