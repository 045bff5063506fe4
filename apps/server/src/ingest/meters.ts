/** Counters, rates and latency of ingest: fixed memory, no timers, clocks passed in. */

/** Items per second over the last ten whole seconds. */
export class RateMeter {
  readonly #slots = new Float64Array(RATE_SLOTS);
  #second = 0;

  add(items: number, nowMs: number): void {
    this.#advance(nowMs);
    const slot = this.#second % RATE_SLOTS;
    this.#slots[slot] = (this.#slots[slot] ?? 0) + items;
  }

  perSecond(nowMs: number): number {
    this.#advance(nowMs);
    const running = this.#slots[this.#second % RATE_SLOTS] ?? 0;
    const sum = this.#slots.reduce((total, items) => total + items, 0);
    return (sum - running) / (RATE_SLOTS - 1);
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    const passed = Math.min(second - this.#second, RATE_SLOTS);
    for (let step = 1; step <= passed; step += 1) this.#slots[(second - passed + step) % RATE_SLOTS] = 0;
    if (passed > 0) this.#second = second;
  }
}

const RATE_SLOTS = 11;

/**
 * Latency quantiles over the last one to two minutes: log buckets, 8 per octave from 1 µs (error below 9 %), two
 * windows of a minute of which the older is dropped.
 */
export class LatencyMeter {
  #current = new Float64Array(BUCKETS);
  #previous = new Float64Array(BUCKETS);
  #startedAtMs = 0;

  record(durationMs: number, nowMs: number): void {
    this.#rotate(nowMs);
    const bucket = Math.floor(8 * Math.log2(Math.max(1, durationMs * 1000)));
    const index = Math.min(BUCKETS - 1, bucket);
    this.#current[index] = (this.#current[index] ?? 0) + 1;
  }

  /** Upper edge of the bucket that holds the quantile, in milliseconds; 0 when nothing was recorded. */
  quantileMs(quantile: number, nowMs: number): number {
    this.#rotate(nowMs);
    const total = this.#current.reduce((sum, count, index) => sum + count + (this.#previous[index] ?? 0), 0);
    if (total === 0) return 0;
    let seen = 0;
    for (let index = 0; index < BUCKETS; index += 1) {
      seen += (this.#current[index] ?? 0) + (this.#previous[index] ?? 0);
      if (seen >= quantile * total) return 2 ** ((index + 1) / 8) / 1000;
    }
    return 2 ** (BUCKETS / 8) / 1000;
  }

  #rotate(nowMs: number): void {
    const ageMs = nowMs - this.#startedAtMs;
    if (ageMs < WINDOW_MS) return;
    this.#previous = ageMs < 2 * WINDOW_MS ? this.#current : new Float64Array(BUCKETS);
    this.#current = new Float64Array(BUCKETS);
    this.#startedAtMs = nowMs;
  }
}

const WINDOW_MS = 60_000;
/** 8 per octave up to 2^27 µs, about two minutes. */
const BUCKETS = 216;

/** Sums by name. */
export class Counters {
  readonly #byName = new Map<string, number>();

  add(name: string, count: number): void {
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + count);
  }

  get(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  all(): Record<string, number> {
    return Object.fromEntries(this.#byName);
  }
}
