/** Every bound of ingest in one place. Sizes in bytes, times in milliseconds. */
export interface IngestLimits {
  /** Journal bytes on disk past which new requests are answered 429/UNAVAILABLE. */
  readonly journalBytesMax: number;
  /** Bodies being read, decoded or waiting for their fsync, all together. */
  readonly inFlightBytesMax: number;
  readonly inFlightRequestsMax: number;
  /** Bodies waiting for a decode worker. */
  readonly decodeQueueBytesMax: number;
  /** Free space on the journal's file system that is left to the engine's merges. */
  readonly diskReserveBytes: number;
  /** A segment is closed at the latest at this many rows or bytes. */
  readonly segmentRowsMax: number;
  readonly segmentBytesMax: number;
  /** How long an idle loader lets rows gather: while a page is open, and while nobody watches. */
  readonly sealAfterMsWatched: number;
  readonly sealAfterMsUnwatched: number;
  /** Age of the oldest unstored row from which status() says degraded, then stopped. */
  readonly degradedAfterMs: number;
  readonly stoppedAfterMs: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: IngestLimits = {
  journalBytesMax: 2048 * MIB,
  inFlightBytesMax: 128 * MIB,
  inFlightRequestsMax: 4096,
  decodeQueueBytesMax: 32 * MIB,
  diskReserveBytes: 256 * MIB,
  segmentRowsMax: 100_000,
  segmentBytesMax: 64 * MIB,
  sealAfterMsWatched: 100,
  sealAfterMsUnwatched: 800,
  degradedAfterMs: 10_000,
  stoppedAfterMs: 60_000,
};

/** Largest body of one request as it comes off the wire, before it is inflated. */
export const WIRE_BODY_BYTES_MAX = 16 * MIB;

/**
 * Largest body of a browser's request. `sendBeacon` takes 64 KiB of all that waits; those who send with fetch may gather
 * more, though not what would keep a worker busy.
 */
export const BROWSER_BODY_BYTES_MAX = 256 * 1024;
