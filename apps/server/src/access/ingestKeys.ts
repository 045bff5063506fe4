/** Is this ingest key good, and for whom does it speak? Asked by every request that carries one. */
import { timingSafeEqual } from "node:crypto";
import type { ControlStore } from "../engines/control/store.ts";
import type { Sender } from "../ingest/types.ts";
import { hashOfIngestKey, isIngestKeyShaped } from "./keys/ingestKeyFormat.ts";
import { createUsage } from "./keys/usage.ts";
import { Keyring } from "./keyring.ts";
import { originRefusal } from "./keys/keyOrigins.ts";

export interface KeyRefusal {
  readonly code: "missing" | "unknown" | "revoked" | "expired" | "origin";
  /** For the sender: what is wrong and what to do; never holds the key. */
  readonly message: string;
}

export interface IngestKeyVerifier {
  /**
   * @param origin the request's Origin header: only browsers send one.
   * @throws {KeyringUnavailable} when the control store has been silent for a minute.
   */
  verify(key: string | undefined, origin?: string): Promise<Sender | KeyRefusal>;
  /**
   * Whether some browser key that is good now may be used on pages of this origin.
   * @throws {KeyringUnavailable}
   */
  isAllowedOrigin(origin: string): Promise<boolean>;
  /** @throws {KeyringUnavailable} */
  hasProject(tenantId: string, projectId: string): Promise<boolean>;
  /** Makes this instance see a key or project that was just created, or stop seeing one. */
  reload(): Promise<void>;
  /** Writes down which keys were used; also happens every minute. */
  flushUsage(): Promise<void>;
  close(): Promise<void>;
}

export interface IngestKeyVerifierOptions {
  /** Milliseconds since the epoch, for expiry and last use; the system's clock unless a test brings its own. */
  readonly wallClockMs?: () => number;
  /** A clock that never goes back, for the age of what is remembered. */
  readonly monotonicMs?: () => number;
}

const REFUSALS: Readonly<Record<Exclude<KeyRefusal["code"], "origin">, KeyRefusal>> = {
  missing: {
    code: "missing",
    message:
      "An ingest key is needed: send it as 'Authorization: Bearer tl_ingest_…' or 'x-throughline-key: tl_ingest_…'. " +
      "The first one was printed at the first start.",
  },
  unknown: {
    code: "unknown",
    message: "This ingest key is not known: check that it was copied whole and belongs to this installation.",
  },
  revoked: { code: "revoked", message: "This ingest key was revoked: use another one of the project." },
  expired: { code: "expired", message: "This ingest key has expired: use another one of the project." },
};

export function createIngestKeyVerifier(
  control: ControlStore,
  { wallClockMs = Date.now, monotonicMs }: IngestKeyVerifierOptions = {},
): IngestKeyVerifier {
  const keyring = new Keyring(control, monotonicMs);
  const usage = createUsage(control, "ingest_keys");

  return {
    async verify(key, origin) {
      if (key === undefined || key === "") return REFUSALS.missing;
      if (!isIngestKeyShaped(key)) return REFUSALS.unknown;
      const hash = hashOfIngestKey(key);
      const record = await keyring.keyOfHash(hash);
      if (record === null || !timingSafeEqual(record.hash, Buffer.from(hash, "hex"))) return REFUSALS.unknown;
      if (record.isRevoked) return REFUSALS.revoked;
      const nowMs = wallClockMs();
      if (record.expiresAtMs !== null && record.expiresAtMs <= nowMs) return REFUSALS.expired;
      const wrongOrigin = originRefusal(record, origin);
      if (wrongOrigin !== null) return wrongOrigin;
      usage.note(record.id, nowMs);
      const sender = { tenantId: record.tenantId, projectId: record.projectId, keyId: record.id };
      return record.kind === "browser" ? { ...sender, isBrowser: true } : sender;
    },
    async isAllowedOrigin(origin) {
      const nowMs = wallClockMs();
      for (const record of await keyring.allKeys()) {
        const isGood = !record.isRevoked && (record.expiresAtMs === null || record.expiresAtMs > nowMs);
        if (isGood && record.kind === "browser" && originRefusal(record, origin) === null) return true;
      }
      return false;
    },
    hasProject: (tenantId, projectId) => keyring.hasProject(tenantId, projectId),
    reload: () => keyring.reload(),
    flushUsage: () => usage.flush(),
    close: () => usage.close(),
  };
}
