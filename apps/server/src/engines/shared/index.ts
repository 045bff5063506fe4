/** The shared state of this installation: a Redis server when REDIS_URL names one, else the memory of this process. */
import { openMemoryStore } from "./memory.ts";
import { openRedisStore, type RedisStoreOptions } from "./redis.ts";
import type { SharedStore } from "./store.ts";

export { createLocalBuckets, type LocalBuckets } from "./localBuckets.ts";
export { monotonicMs, openMemoryStore } from "./memory.ts";
export { SharedStoreError } from "./store.ts";
export type { BackoffPolicy, Bucket, BucketState, SharedHealth, SharedStore, Subscription } from "./store.ts";

export interface SharedStoreOptions {
  readonly redisUrl?: string | undefined;
  readonly commandTimeoutMs?: number | undefined;
  /** Told when Redis goes away and when it is back. */
  readonly onChange?: RedisStoreOptions["onChange"];
}

/**
 * A Redis that is merely away does not stop the start: calls fail fast until it is there.
 * @throws {SharedStoreError} when it can be reached and can't be used: wrong password, version before 6.
 */
export async function openSharedStore(options: SharedStoreOptions = {}): Promise<SharedStore> {
  const { redisUrl, commandTimeoutMs, onChange } = options;
  if (redisUrl === undefined) return openMemoryStore();
  return await openRedisStore({ url: redisUrl, commandTimeoutMs, onChange });
}
export { ExpiringMap } from "./expiringMap.ts";
