/**
 * The one interface to state that instances share for a short while: rate limits, counters, cached values, messages.
 * Two backends: `memory.ts` (this process) and `redis.ts` (a server, for several instances). Nothing that must survive
 * is kept here: everything has an expiry. Keys are short and hold nothing private: callers hash what came from outside.
 */

/** A token bucket, counted as GCRA: `limit` requests a period in the long run, `burst` at once. */
export interface Bucket {
  readonly key: string;
  readonly limit: number;
  readonly periodMs: number;
  readonly burst: number;
}

export interface BucketState {
  /** How many more would be let through now. */
  readonly remaining: number;
  /** Until the bucket is full again. */
  readonly resetMs: number;
  /** 0 when this bucket let the request through, else how long to wait. */
  readonly retryAfterMs: number;
}

/** Attempts that may be wrong: the first `free` are let through at once, then each must wait twice as long. */
export interface BackoffPolicy {
  readonly free: number;
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
  /** After this long without an attempt all is forgotten. */
  readonly forgetAfterMs: number;
}

export interface Subscription {
  onMessage(message: string): void;
  /** Messages may have been missed (the connection was lost): whoever caches must look again. */
  onGap(): void;
}

export interface SharedHealth {
  readonly backend: "memory" | "redis";
  readonly version: string;
  readonly ok: boolean;
  readonly latencyMs: number;
  readonly message?: string;
}

/** Every call answers or rejects with SharedStoreError within the command timeout, whatever the server does. */
export interface SharedStore {
  readonly backend: "memory" | "redis";
  /** One token from each bucket, or, when one of them is empty, from none. States come in the order asked. */
  take(buckets: readonly Bucket[]): Promise<readonly BucketState[]>;
  /** Counts an attempt and lets it through (0), or says how many milliseconds to wait and counts nothing. */
  attempt(key: string, policy: BackoffPolicy): Promise<number>;
  /** Adds to a counter that starts at 0 and ends `ttlMs` after its first addition. Answers with the sum. */
  increment(key: string, by: number, ttlMs: number): Promise<number>;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Of any kind: value, counter, bucket, attempts, fields. */
  delete(key: string): Promise<void>;
  /** Sets one field of a group and answers with all of them; the group ends `ttlMs` after its newest change. */
  putField(key: string, field: string, value: string, ttlMs: number): Promise<ReadonlyMap<string, string>>;
  fields(key: string): Promise<ReadonlyMap<string, string>>;
  /** Reaches every subscriber of every instance, this one included, at most once. */
  publish(channel: string, message: string): Promise<void>;
  /** Never fails: while the server is away it takes effect as soon as it is back, after onGap(). Answers with its end. */
  subscribe(channel: string, subscription: Subscription): () => void;
  /** Never rejects. */
  health(): Promise<SharedHealth>;
  close(): Promise<void>;
}

/** The server does not answer, refuses, or is not known any more. The caller decides what holds without it. */
export class SharedStoreError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "SharedStoreError";
  }
}
