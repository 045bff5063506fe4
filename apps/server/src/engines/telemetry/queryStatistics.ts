/** Counts and durations per named question, in log buckets: the embedded engine keeps no query log. */
import type { QueryStatistic } from "./store.ts";

/** 8 buckets per octave from 1 µs, as in the telemetry tables: at most 9 % off. */
const BUCKETS_PER_OCTAVE = 8;
const NAMES_MAX = 500;
const OVERFLOW_NAME = "other";

interface Tally {
  count: number;
  errors: number;
  maxMs: number;
  readonly buckets: Map<number, number>;
}

export interface QueryStatistics {
  record(name: string, durationMs: number, isError: boolean): void;
  list(): QueryStatistic[];
}

export function createQueryStatistics(): QueryStatistics {
  const tallies = new Map<string, Tally>();
  const tallyOf = (name: string): Tally => {
    const key = tallies.has(name) || tallies.size < NAMES_MAX ? name : OVERFLOW_NAME;
    let tally = tallies.get(key);
    if (tally === undefined) {
      tally = { count: 0, errors: 0, maxMs: 0, buckets: new Map() };
      tallies.set(key, tally);
    }
    return tally;
  };
  return {
    record(name, durationMs, isError) {
      const tally = tallyOf(name);
      tally.count += 1;
      if (isError) tally.errors += 1;
      tally.maxMs = Math.max(tally.maxMs, durationMs);
      const bucket = Math.floor(BUCKETS_PER_OCTAVE * Math.log2(Math.max(durationMs * 1000, 1)));
      tally.buckets.set(bucket, (tally.buckets.get(bucket) ?? 0) + 1);
    },
    list() {
      return [...tallies]
        .map(([name, tally]) => ({
          name,
          count: tally.count,
          errors: tally.errors,
          p50Ms: quantileMs(tally, 0.5),
          p95Ms: quantileMs(tally, 0.95),
          maxMs: tally.maxMs,
        }))
        .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
    },
  };
}

/** Middle of the bucket that holds the quantile (nearest rank), never above the largest value seen. */
function quantileMs(tally: Tally, quantile: number): number {
  const rank = Math.ceil(quantile * tally.count);
  let seen = 0;
  for (const [bucket, count] of [...tally.buckets].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= rank) return Math.min(2 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE) / 1000, tally.maxMs);
  }
  return 0;
}
