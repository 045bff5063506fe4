/**
 * Answers of sources, kept as the table says: asked once for all who ask (single flight), stale while it is asked again,
 * stale when that fails. In memory; with Redis also for all instances, and what one forgets all forget.
 */
import { metrics } from "@opentelemetry/api";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import { Redis } from "ioredis";
import { CACHE_TABLE, type CacheKind, type CacheRule } from "./cacheTable.ts";

export interface CachedAnswer<Data> {
  readonly data: Data;
  readonly fetchedAtMs: number;
  /** It was there before it was asked for. */
  readonly isHit: boolean;
  /** Past its time: it is being asked for again, or could not be. */
  readonly isStale: boolean;
}

export interface CacheOwner {
  readonly tenantId: string;
  readonly projectId: string;
}

export interface CacheStatus {
  readonly hits: number;
  readonly requests: number;
}

export interface SourceCache {
  /** @param part what else the answer depends on. @throws what `load` throws, when there is nothing to stand in. */
  get<Data>(
    kind: CacheKind,
    owner: CacheOwner,
    part: readonly string[],
    load: () => Promise<Data>,
  ): Promise<CachedAnswer<Data>>;
  /** Something happened that makes answers of the kind old. */
  forget(kind: CacheKind, owner: CacheOwner, part: readonly string[]): Promise<void>;
  /** Since the start. */
  status(): CacheStatus;
  close(): Promise<void>;
}

export interface SourceCacheOptions {
  readonly redisUrl?: string | undefined;
  readonly onError?: (error: unknown) => void;
  readonly rules?: Readonly<Record<CacheKind, CacheRule>>;
}

const ENTRIES_MAX = 5000;
/** Without it a Redis that hangs would hang every miss. */
const REDIS_COMMAND_MS = 500;

interface Kept {
  readonly data: unknown;
  readonly fetchedAtMs: number;
}

export function openSourceCache(options: SourceCacheOptions = {}): SourceCache {
  const { redisUrl, onError = () => {}, rules = CACHE_TABLE } = options;
  const counter = metrics.getMeter("throughline.cache").createCounter("throughline.cache.requests", {
    description: "Answers of sources by kind and outcome: hit, stale or miss.",
    unit: "{request}",
  });
  const failures = metrics.getMeter("throughline.cache").createCounter("throughline.cache.failures", {
    description: "Questions to sources that failed, whether or not an older answer stood in.",
    unit: "{request}",
  });
  const redis = redisUrl === undefined ? null : connect(redisUrl, onError);
  const store = bentostore().useL1Layer(memoryDriver({ maxItems: ENTRIES_MAX, serialize: false }));
  const cache = new BentoCache({
    default: "sources",
    prefix: "throughline",
    stores: {
      sources:
        redis === null
          ? store
          : store
              .useL2Layer(redisDriver({ connection: redis }))
              .useBus(redisBusDriver({ connection: redis.options })),
    },
  });
  const status = { hits: 0, requests: 0 };

  return {
    async get<Data>(
      kind: CacheKind,
      owner: CacheOwner,
      part: readonly string[],
      load: () => Promise<Data>,
    ): Promise<CachedAnswer<Data>> {
      const { ttlMs, graceMs } = rules[kind];
      const askedAtMs = Date.now();
      const kept = await cache
        .getOrSet<Kept>({
          key: keyOf(kind, owner, part),
          ttl: ttlMs,
          grace: graceMs,
          // An older answer is given at once; the new one comes in behind it.
          timeout: 0,
          factory: async () => {
            try {
              return { data: await load(), fetchedAtMs: Date.now() };
            } catch (error) {
              failures.add(1, { "throughline.cache.kind": kind });
              throw new SourceFailed(error);
            }
          },
        })
        .catch((error: unknown) => {
          throw causeOf(error);
        });
      const isHit = kept.fetchedAtMs < askedAtMs;
      const isStale = askedAtMs - kept.fetchedAtMs > ttlMs;
      status.requests += 1;
      if (isHit) status.hits += 1;
      const outcome = isStale ? "stale" : isHit ? "hit" : "miss";
      counter.add(1, { "throughline.cache.kind": kind, "throughline.cache.outcome": outcome });
      return { data: kept.data as Data, fetchedAtMs: kept.fetchedAtMs, isHit, isStale };
    },
    async forget(kind, owner, part) {
      await cache.expire({ key: keyOf(kind, owner, part) });
    },
    status: () => ({ ...status }),
    async close() {
      await cache.disconnectAll();
      redis?.disconnect();
    },
  };
}

/** The organisation and project come first: no answer is found under another's key. */
function keyOf(kind: CacheKind, { tenantId, projectId }: CacheOwner, part: readonly string[]): string {
  return JSON.stringify([tenantId, projectId, kind, ...part]);
}

function connect(redisUrl: string, onError: (error: unknown) => void): Redis {
  const redis = new Redis(redisUrl, { commandTimeout: REDIS_COMMAND_MS, maxRetriesPerRequest: 1 });
  redis.on("error", onError);
  return redis;
}

/** Tells a source's own error from those of the cache around it. */
class SourceFailed extends Error {
  constructor(cause: unknown) {
    super("A source failed.", { cause });
    this.name = "SourceFailed";
  }
}

function causeOf(error: unknown): unknown {
  for (let each = error; each instanceof Error; each = each.cause)
    if (each instanceof SourceFailed) return each.cause;
  return error;
}
