/**
 * A map whose entries end, of bounded size: a flood of invented keys costs no more memory than its limit. What is
 * nearest to the front (added or renewed longest ago) makes room when nothing has expired.
 */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #entriesMax: number;
  readonly #nowMs: () => number;
  #sweptAtMs = Number.NEGATIVE_INFINITY;
  #evicted = 0;

  constructor(entriesMax: number, nowMs: () => number) {
    this.#entriesMax = entriesMax;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Entries that had to go before their time. */
  get evicted(): number {
    return this.#evicted;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.endsAtMs > this.#nowMs()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: Value, ttlMs: number): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#entriesMax) this.#makeRoom();
    this.#entries.set(key, { value, endsAtMs: this.#nowMs() + ttlMs });
  }

  /** Leaves the end of the entry where it is. */
  replace(key: string, value: Value): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.value = value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  #makeRoom(): void {
    const nowMs = this.#nowMs();
    // Not at every insert of a flood: a full sweep looks at every entry.
    if (nowMs - this.#sweptAtMs >= SWEEP_EVERY_MS) {
      this.#sweptAtMs = nowMs;
      for (const [key, entry] of this.#entries) if (entry.endsAtMs <= nowMs) this.#entries.delete(key);
    }
    if (this.#entries.size < this.#entriesMax) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done === true) return;
    this.#entries.delete(oldest.value);
    this.#evicted += 1;
  }
}

interface Entry<Value> {
  value: Value;
  readonly endsAtMs: number;
}

const SWEEP_EVERY_MS = 1_000;
