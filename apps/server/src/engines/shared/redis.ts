/** Shared state of several instances on a Redis server, 6 or later. One server: keys of one call may be in many slots. */
import { monotonicMs } from "./memory.ts";
import { openRedisConnection, type RedisConnectionOptions } from "./redisConnection.ts";
import { ATTEMPT, INCREMENT, PUT_FIELD, TAKE, type Script } from "./redisScripts.ts";
import { SharedStoreError, type SharedStore } from "./store.ts";

export interface RedisStoreOptions {
  readonly url: string;
  /** How long a caller waits at most for one answer. */
  readonly commandTimeoutMs?: number | undefined;
  readonly onChange?: RedisConnectionOptions["onChange"];
  /** The server's clock counts unless a test brings its own. Expiry is the server's in any case. */
  readonly nowMs?: (() => number) | undefined;
}

const COMMAND_TIMEOUT_MS = 250;
const PREFIX = "throughline:";

/** @throws {SharedStoreError} when the server can be reached and can't be used. */
export async function openRedisStore(options: RedisStoreOptions): Promise<SharedStore> {
  const { nowMs } = options;
  const connection = await openRedisConnection({
    url: options.url,
    commandTimeoutMs: options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
    onChange: options.onChange,
  });
  const { command } = connection;
  const clock = (): string => (nowMs === undefined ? "" : String(nowMs()));

  async function run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const rest = [String(keys.length), ...keys.map((key) => PREFIX + key), ...args.map(String)];
    try {
      return await command(["EVALSHA", script.sha1, ...rest]);
    } catch (error) {
      if (!(error instanceof SharedStoreError && isMissingScript(error.cause))) throw error;
      return await command(["EVAL", script.text, ...rest]);
    }
  }

  return {
    backend: "redis",
    async take(buckets) {
      if (buckets.length === 0) return [];
      const keys = buckets.map((bucket) => bucket.key);
      const args = buckets.flatMap(({ limit, periodMs, burst }) => [limit, periodMs, burst]);
      const answer = texts(await run(TAKE, keys, [clock(), ...args]));
      return buckets.map((_, index) => ({
        remaining: numberOf(answer[3 * index]),
        resetMs: numberOf(answer[3 * index + 1]),
        retryAfterMs: numberOf(answer[3 * index + 2]),
      }));
    },
    async attempt(key, { free, firstDelayMs, delayMsMax, forgetAfterMs }) {
      return numberOf(await run(ATTEMPT, [key], [clock(), free, firstDelayMs, delayMsMax, forgetAfterMs]));
    },
    increment: async (key, by, ttlMs) => numberOf(await run(INCREMENT, [key], [by, wholeMs(ttlMs)])),
    async get(key) {
      const value = await command(["GET", PREFIX + key]);
      return typeof value === "string" ? value : null;
    },
    async set(key, value, ttlMs) {
      await command(["SET", PREFIX + key, value, "PX", String(wholeMs(ttlMs))]);
    },
    async delete(key) {
      await command(["DEL", PREFIX + key]);
    },
    putField: async (key, field, value, ttlMs) =>
      pairs(await run(PUT_FIELD, [key], [field, value, wholeMs(ttlMs)])),
    fields: async (key) => pairs(await command(["HGETALL", PREFIX + key])),
    async publish(channel, message) {
      await command(["PUBLISH", PREFIX + channel, message]);
    },
    subscribe: (channel, subscription) => connection.subscribe(PREFIX + channel, subscription),
    async health() {
      const startedAtMs = monotonicMs();
      const latencyMs = (): number => monotonicMs() - startedAtMs;
      try {
        const info = await command(["INFO", "server"]);
        const version = /redis_version:(\S+)/.exec(String(info))?.[1] ?? "";
        return { backend: "redis", version, ok: true, latencyMs: latencyMs() };
      } catch (error) {
        const message =
          `${error instanceof Error ? error.message : String(error)} ` +
          "Until it answers, limits are counted by each instance for itself.";
        return { backend: "redis", version: "", ok: false, latencyMs: latencyMs(), message };
      }
    },
    close: () => connection.close(),
  };
}

function isMissingScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

function wholeMs(ms: number): number {
  return Math.max(1, Math.ceil(ms));
}

function texts(answer: unknown): readonly string[] {
  if (!Array.isArray(answer)) throw unexpected(answer);
  return answer.map(String);
}

function numberOf(answer: unknown): number {
  const value = typeof answer === "string" || typeof answer === "number" ? Number(answer) : Number.NaN;
  if (Number.isNaN(value)) throw unexpected(answer);
  return value;
}

/** HGETALL is a map in RESP 3 and, from a script, an array of fields and values in turn. */
function pairs(answer: unknown): ReadonlyMap<string, string> {
  if (answer instanceof Map) return new Map([...answer].map(([key, value]) => [String(key), String(value)]));
  if (!Array.isArray(answer)) {
    if (typeof answer !== "object" || answer === null) throw unexpected(answer);
    return new Map(Object.entries(answer).map(([key, value]) => [key, String(value)]));
  }
  const list = answer.map(String);
  const found = new Map<string, string>();
  for (let index = 0; index + 1 < list.length; index += 2)
    found.set(list[index] ?? "", list[index + 1] ?? "");
  return found;
}

function unexpected(answer: unknown): SharedStoreError {
  return new SharedStoreError(`Redis gave an answer of an unexpected shape (${typeof answer}).`);
}
