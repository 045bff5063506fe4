/** When was each key used last? Kept in memory and written down every minute, never backwards. */
import type { ControlStore } from "../../engines/control/store.ts";

export interface UsageLog {
  note(keyId: string, atMs: number): void;
  /** @throws {ControlError} and keeps what could not be written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const EVERY_MS = 60_000;

export function createUsage(control: ControlStore, table: "ingest_keys" | "api_keys"): UsageLog {
  let lastUseMsByKey = new Map<string, number>();

  const flush = async (): Promise<void> => {
    if (lastUseMsByKey.size === 0) return;
    const used = lastUseMsByKey;
    lastUseMsByKey = new Map();
    try {
      await control.query(
        `update ${table} set last_used_at = greatest(last_used_at, to_timestamp(used.at_ms / 1000.0))
         from unnest($1::uuid[], $2::bigint[]) as used (id, at_ms) where ${table}.id = used.id`,
        [[...used.keys()], [...used.values()]],
      );
    } catch (error) {
      // Kept for the next time, unless the key was used again meanwhile.
      lastUseMsByKey = new Map([...used, ...lastUseMsByKey]);
      throw error;
    }
  };
  // A store that is down shows in its own health; the uses stay remembered and are written a minute later.
  const timer = setInterval(() => void flush().catch(() => undefined), EVERY_MS);
  timer.unref();

  return {
    note: (keyId, atMs) => void lastUseMsByKey.set(keyId, atMs),
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
