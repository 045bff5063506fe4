/** Shared state of a single instance: everything in this process, nothing outlives it. */
import { backoff, type Attempts } from "./backoff.ts";
import { ExpiringMap } from "./expiringMap.ts";
import { createLocalBuckets } from "./localBuckets.ts";
import type { SharedStore, Subscription } from "./store.ts";

export interface MemoryStoreOptions {
  /** A clock that never goes back. */
  readonly nowMs?: (() => number) | undefined;
  /** Entries of each kind; the oldest make room. */
  readonly entriesMax?: number | undefined;
}

const ENTRIES_MAX = 100_000;

export function openMemoryStore(options: MemoryStoreOptions = {}): SharedStore {
  const nowMs = options.nowMs ?? monotonicMs;
  const entriesMax = options.entriesMax ?? ENTRIES_MAX;
  const buckets = createLocalBuckets(nowMs, entriesMax);
  const attempts = new ExpiringMap<Attempts>(entriesMax, nowMs);
  const counters = new ExpiringMap<number>(entriesMax, nowMs);
  const values = new ExpiringMap<string>(entriesMax, nowMs);
  const groups = new ExpiringMap<ReadonlyMap<string, string>>(entriesMax, nowMs);
  const kinds = [buckets, attempts, counters, values, groups];
  const subscriptions = new Map<string, Set<Subscription>>();

  return {
    backend: "memory",
    take: async (asked) => buckets.take(asked),
    async attempt(key, policy) {
      const now = nowMs();
      const step = backoff(policy, attempts.get(key), now);
      if (step.waitMs === 0)
        attempts.set(
          key,
          step.attempts,
          Math.max(0, step.attempts.blockedUntilMs - now) + policy.forgetAfterMs,
        );
      return step.waitMs;
    },
    async increment(key, by, ttlMs) {
      const known = counters.get(key);
      const sum = (known ?? 0) + by;
      if (known === undefined) counters.set(key, sum, ttlMs);
      else counters.replace(key, sum);
      return sum;
    },
    get: async (key) => values.get(key) ?? null,
    async set(key, value, ttlMs) {
      values.set(key, value, ttlMs);
    },
    async delete(key) {
      for (const kind of kinds) kind.delete(key);
    },
    async putField(key, field, value, ttlMs) {
      const group = new Map(groups.get(key)).set(field, value);
      groups.set(key, group, ttlMs);
      return group;
    },
    fields: async (key) => groups.get(key) ?? new Map(),
    async publish(channel, message) {
      for (const subscription of subscriptions.get(channel) ?? []) subscription.onMessage(message);
    },
    subscribe(channel, subscription) {
      const ofChannel = subscriptions.get(channel) ?? new Set();
      subscriptions.set(channel, ofChannel.add(subscription));
      return () => {
        ofChannel.delete(subscription);
        if (ofChannel.size === 0) subscriptions.delete(channel);
      };
    },
    async health() {
      const evicted = kinds.reduce((sum, kind) => sum + kind.evicted, 0);
      const message =
        evicted === 0
          ? undefined
          : `${evicted} entries had to make room before their time: more than ${entriesMax} were needed at once.`;
      return { backend: "memory", version: "", ok: true, latencyMs: 0, message };
    },
    async close() {
      for (const kind of kinds) kind.clear();
      subscriptions.clear();
    },
  };
}

/** Milliseconds since the epoch as of the start of the process; unlike Date.now() it never jumps. */
export function monotonicMs(): number {
  return performance.timeOrigin + performance.now();
}
