/**
 * Something small of the control store, kept whole in memory and read again when it is older than asked for. One reload
 * at a time, however many ask. What was read stays good for a minute while the store does not answer, so that a database
 * that restarts does not stop those who were let in before.
 */
const AGE_MS_MAX_WITHOUT_DATABASE = 60_000;
const RELOAD_MS_MAX = 2_000;

export interface SnapshotOptions<T> {
  readonly empty: T;
  readonly load: () => Promise<T>;
  /** What to throw when the store does not answer and what is known is too old. */
  readonly unavailable: (cause: unknown) => Error;
  /** A clock that never goes back. */
  readonly nowMs?: (() => number) | undefined;
}

export class Snapshot<T> {
  readonly #options: SnapshotOptions<T>;
  readonly #nowMs: () => number;
  #contents: T;
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #reloading: Promise<void> | null = null;

  constructor(options: SnapshotOptions<T>) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#contents = options.empty;
  }

  /** Contents that are at most so old; older only while the store does not answer. */
  async atMost(ageMsMax: number): Promise<T> {
    await this.#refresh(ageMsMax);
    return this.#contents;
  }

  /** For whoever just changed something and wants this instance to know at once. */
  async reload(): Promise<void> {
    // A reload under way may have read the rows before the change; its failure is the other caller's.
    await this.#reloading?.catch(() => undefined);
    await this.#refresh(0);
  }

  async #refresh(ageMsMax: number): Promise<void> {
    const ageMs = this.#nowMs() - this.#loadedAtMs;
    if (ageMs < ageMsMax) return;
    this.#reloading ??= this.#load().finally(() => {
      this.#reloading = null;
    });
    try {
      await withinMs(this.#reloading, RELOAD_MS_MAX);
    } catch (error) {
      if (ageMs >= AGE_MS_MAX_WITHOUT_DATABASE) throw this.#options.unavailable(error);
    }
  }

  async #load(): Promise<void> {
    const startedAtMs = this.#nowMs();
    this.#contents = await this.#options.load();
    this.#loadedAtMs = startedAtMs;
  }
}

async function withinMs(work: Promise<void>, limitMs: number): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
