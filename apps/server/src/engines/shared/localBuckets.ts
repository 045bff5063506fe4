/** Token buckets of this process, answered at once: for paths where not even a promise may be waited for. */
import { ExpiringMap } from "./expiringMap.ts";
import { gcra } from "./gcra.ts";
import type { Bucket, BucketState } from "./store.ts";

export interface LocalBuckets {
  /** One token from each bucket, or, when one of them is empty, from none. */
  take(buckets: readonly Bucket[]): readonly BucketState[];
  delete(key: string): void;
  clear(): void;
  readonly evicted: number;
}

export const BUCKETS_MAX = 100_000;

export function createLocalBuckets(nowMs: () => number, bucketsMax = BUCKETS_MAX): LocalBuckets {
  const fullAtMsByKey = new ExpiringMap<number>(bucketsMax, nowMs);
  return {
    take(buckets) {
      const now = nowMs();
      const steps = buckets.map((bucket) => gcra(bucket, fullAtMsByKey.get(bucket.key) ?? 0, now));
      if (steps.every((step) => step.state.retryAfterMs === 0)) {
        for (const [index, step] of steps.entries())
          fullAtMsByKey.set(buckets[index]?.key ?? "", step.fullAtMs, step.fullAtMs - now);
      }
      return steps.map((step) => step.state);
    },
    delete: (key) => fullAtMsByKey.delete(key),
    clear: () => fullAtMsByKey.clear(),
    get evicted() {
      return fullAtMsByKey.evicted;
    },
  };
}
