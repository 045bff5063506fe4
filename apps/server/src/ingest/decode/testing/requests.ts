/** Ingest requests for tests. */
import type { Compression, IngestRequest, Signal, WireEncoding } from "../../types.ts";

/** A fixed moment, so that tests do not depend on the clock: 2026-11-20 12:00 UTC. */
export const NOW_MS = Date.UTC(2026, 10, 20, 12);
export const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
export const SENDER = { tenantId: "acme", projectId: "shop", keyId: "key-1" };

export function ingestRequest(
  signal: Signal,
  body: Uint8Array,
  encoding: WireEncoding = "protobuf",
  compression: Compression = "identity",
): IngestRequest {
  return { signal, encoding, compression, sender: SENDER, body, receivedAtMs: NOW_MS };
}
