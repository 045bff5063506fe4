/**
 * One connection to Redis that never makes anybody wait. Commands fail at once while the server is away; a command that
 * gets no answer in time fails, and until the server answers again all others fail at once too.
 *
 *   away ──connected──▶ ready ──no answer in time──▶ stuck ──late answer──▶ ready
 *                         └──── connection lost ────────┴─────────────────▶ away (reconnects by itself)
 */
import { createClient } from "@redis/client";
import { SharedStoreError, type Subscription } from "./store.ts";

export interface RedisConnectionOptions {
  readonly url: string;
  readonly commandTimeoutMs: number;
  /** Told once when the server goes away and once when it is back. */
  readonly onChange?: ((change: { readonly isUp: boolean; readonly message: string }) => void) | undefined;
}

export interface RedisConnection {
  /** @throws {SharedStoreError} */
  command(args: readonly string[]): Promise<unknown>;
  subscribe(channel: string, subscription: Subscription): () => void;
  /** Why commands fail now; null when they don't. */
  trouble(): string | null;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MS_MAX = 2_000;
const PING_EVERY_MS = 5_000;
/** Longer than the ping interval: a connection on which nothing moves for so long is dead. */
const SILENT_MS_MAX = 15_000;
/** Beyond it commands fail at once; far more than the answers of one command timeout. */
const COMMANDS_WAITING_MAX = 50_000;

/**
 * Resolves with the first connection, or after three seconds without one: a Redis that starts later is found.
 * @throws {SharedStoreError} when the server can be reached and can't be used (password, version, database).
 */
export async function openRedisConnection(options: RedisConnectionOptions): Promise<RedisConnection> {
  const { commandTimeoutMs, onChange } = options;
  const client = createClient({
    url: options.url,
    name: "throughline",
    // RESP 3: commands and messages share the connection. It came with Redis 6.
    RESP: 3,
    disableOfflineQueue: true,
    commandsQueueMaxLength: COMMANDS_WAITING_MAX,
    // The client's own timeout does not cover commands that were sent already; ours does.
    commandOptions: { timeout: undefined },
    maintNotifications: "disabled",
    pingInterval: PING_EVERY_MS,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENT_MS_MAX,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 10), RECONNECT_MS_MAX),
    },
  });

  const listeners = new Map<string, Set<Subscription>>();
  const subscribed = new Set<string>();
  let lastError = "it has not answered yet";
  let stuckSinceMs: number | null = null;
  let wasUp: boolean | null = null;
  let isClosed = false;

  const tell = (isUp: boolean, message: string): void => {
    if (isClosed || wasUp === isUp) return;
    wasUp = isUp;
    onChange?.({ isUp, message });
  };
  const subscribeAtServer = (channel: string): void => {
    if (subscribed.has(channel) || !client.isReady) return;
    subscribed.add(channel);
    client
      .subscribe(channel, (message) => {
        for (const listener of listeners.get(channel) ?? []) listener.onMessage(message);
      })
      .then(
        // What was published between the wish and its fulfilment was missed.
        () => {
          for (const listener of listeners.get(channel) ?? []) listener.onGap();
        },
        (error: unknown) => {
          subscribed.delete(channel);
          lastError = sentenceOf(error);
        },
      );
  };

  client.on("error", (error: unknown) => {
    lastError = sentenceOf(error);
    if (!client.isReady) tell(false, `Redis can't be reached: ${lastError}`);
  });
  client.on("ready", () => {
    stuckSinceMs = null;
    tell(true, "Redis answers.");
    // The client subscribes again by itself to what it was subscribed to before.
    for (const [channel, ofChannel] of listeners) {
      if (subscribed.has(channel)) for (const listener of ofChannel) listener.onGap();
      else subscribeAtServer(channel);
    }
  });

  const trouble = (): string | null => {
    if (isClosed) return "The connection to Redis was closed.";
    if (!client.isReady) return `Redis can't be reached: ${lastError}`;
    if (stuckSinceMs === null) return null;
    return `Redis has not answered for ${Math.round((performance.now() - stuckSinceMs) / 1000)} s.`;
  };

  async function command(args: readonly string[]): Promise<unknown> {
    const known = trouble();
    if (known !== null) throw new SharedStoreError(known);
    const sentAtMs = performance.now();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const answer = client.sendCommand([...args]);
    const timer = setTimeout(() => {
      stuckSinceMs ??= sentAtMs;
      const message = `Redis did not answer within ${commandTimeoutMs} ms.`;
      tell(false, message);
      // Answers come in order: this one's, however late, means that the server works again.
      const isBack = (): void => {
        stuckSinceMs = null;
        if (client.isReady) tell(true, "Redis answers again.");
      };
      answer.then(isBack, isBack);
      reject(new SharedStoreError(message));
    }, commandTimeoutMs);
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      if (error instanceof SharedStoreError) throw error;
      lastError = sentenceOf(error);
      throw new SharedStoreError(`Redis refused a command: ${lastError}`, error);
    } finally {
      clearTimeout(timer);
    }
  }

  const connection: RedisConnection = {
    command,
    subscribe(channel, subscription) {
      const ofChannel = listeners.get(channel) ?? new Set();
      listeners.set(channel, ofChannel.add(subscription));
      subscribeAtServer(channel);
      return () => {
        ofChannel.delete(subscription);
      };
    },
    trouble,
    async close() {
      if (isClosed) return;
      isClosed = true;
      client.destroy();
    },
  };

  const refusal = await firstOutcome(client);
  if (refusal === null) return connection;
  await connection.close();
  throw new SharedStoreError(`REDIS_URL names a server that can't be used: ${refusal}`);
}

interface Client {
  connect(): Promise<unknown>;
  once(event: "error", listener: (error: unknown) => void): unknown;
  off(event: "error", listener: (error: unknown) => void): unknown;
}

/** Null when connected, or not yet; otherwise why the server refuses us for good. */
async function firstOutcome(client: Client): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const timer = setTimeout(() => resolve(null), CONNECT_TIMEOUT_MS);
  const onError = (error: unknown): void => resolve(refusalOf(error));
  client.once("error", onError);
  // It rejects when the connection is closed for good, by us; what went wrong before comes as an "error" event.
  client.connect().then(
    () => resolve(null),
    (error: unknown) => resolve(refusalOf(error)),
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    client.off("error", onError);
  }
}

function refusalOf(error: unknown): string | null {
  const text = sentenceOf(error);
  if (/unknown command.*hello/i.test(text)) return "it is older than Redis 6; take 6 or later.";
  if (/^(WRONGPASS|NOAUTH|NOPERM|NOPROTO)|^ERR (AUTH|DB index|invalid)/.test(text))
    return `it answered "${text}". Check user, password and database in REDIS_URL.`;
  return null;
}

/** An AggregateError (one per address of the host) has no text of its own. */
function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return sentenceOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? error.name : error.message;
}
