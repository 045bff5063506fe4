/**
 * What flows through ingest, in order:
 *   IngestRequest → (decode worker) DecodedBatch → (journal) acknowledged → (loader) stored in the engine → StoredNotice
 */
import type { DeviceType, RefusedItem, VitalAlert } from "@throughline/contract";
import type { TelemetryTable } from "../engines/telemetry/store.ts";

export type OtlpSignal = "traces" | "logs" | "metrics";
/** What browsers send to /api/web-vitals and /api/events: always JSON, never compressed. */
export type BrowserSignal = "web_vitals" | "events";
export type Signal = OtlpSignal | BrowserSignal;
export type WireEncoding = "protobuf" | "json";
export type Compression = "identity" | "gzip" | "zstd" | "deflate";

/** Who sends, as found by access/: the key's tenant and project, never what the body claims. */
export interface Sender {
  readonly tenantId: string;
  readonly projectId: string;
  /** Id of the ingest key; `loopback` for keyless ingest from this machine, `self` for the product's own telemetry. */
  readonly keyId: string;
  /** A key that anybody can read off a page: its address is limited too. */
  readonly isBrowser?: true;
}

/** What a browser's request says about the visitor besides its body; empty where it says nothing. */
export interface Visitor {
  /** Of the request's Origin header: the site, for pages that are given by their path alone. */
  readonly origin: string;
  /** ISO 3166-1 alpha-2, from a proxy that is trusted. */
  readonly country: string;
  /** From the User-Agent. */
  readonly deviceType: DeviceType | "";
}

export interface IngestRequest {
  readonly signal: Signal;
  readonly encoding: WireEncoding;
  readonly compression: Compression;
  readonly sender: Sender;
  /** Bytes as they came off the wire. Ownership passes to ingest (the buffer may be transferred to a worker). */
  readonly body: Uint8Array;
  readonly receivedAtMs: number;
  /** Set for browser signals. */
  readonly visitor?: Visitor;
}

/** Why single items were refused while the rest of the request was taken; also the ledger's `reason`. */
export type RefusalReason =
  | "future_time"
  | "expired_time"
  | "invalid_id"
  | "too_many_attributes"
  | "too_large"
  | "invalid"
  | "quota_exceeded";

/** Encoded rows of one request for one table: one ClickHouse Native block with the columns COLUMNS[table]. */
export interface EncodedRows {
  readonly table: TelemetryTable;
  readonly rows: number;
  readonly native: Uint8Array;
}

/** One line of the live tail: only made while somebody watches. */
export interface TailItem {
  readonly kind: "span" | "log";
  readonly timeMs: number;
  readonly service: string;
  readonly text: string;
  readonly severity: string;
  readonly durationMs: number | null;
  readonly traceId: string;
  readonly spanId: string;
}

/** @param leftOut items of the same request that there was no place for */
export type TailListener = (items: readonly TailItem[], leftOut: number) => void;

export interface DecodedBatch {
  readonly tables: readonly EncodedRows[];
  readonly accepted: number;
  /** How many of the accepted are log records with an event name; 0 for other signals. */
  readonly events: number;
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  /** One sentence for the sender (OTLP partial success `error_message`); empty when nothing was refused. */
  readonly refusalMessage: string;
  /** Items whose route, span name or series was folded into the overflow bucket by the cardinality guard. */
  readonly overflowed: number;
  readonly newestTimeMs: number;
  readonly services: readonly string[];
  readonly tail: readonly TailItem[];
  /** Accepted items beyond those of `tail`, which is bounded; absent: none. */
  readonly tailLeftOut?: number;
  /** Set for browser signals. */
  readonly browser?: BrowserOutcome;
}

/** What the sender of a browser signal is told beyond counts. */
export interface BrowserOutcome {
  readonly alerts: readonly VitalAlert[];
  readonly refused: readonly RefusedItem[];
}

/** Why a request was refused whole; also a `reason` of the ledger, where its sender is known. */
export type RefusalKind =
  | "malformed"
  | "too_large"
  | "unsupported"
  | "unauthenticated"
  | "forbidden"
  | "rate_limited"
  | "quota_exceeded"
  | "overloaded"
  | "disk_full"
  | "shutting_down";

/** A request that was refused whole: maps to an HTTP status / gRPC code at the border. */
export class IngestRefusal extends Error {
  readonly kind: RefusalKind;
  readonly retryAfterSeconds: number | undefined;
  constructor(kind: RefusalKind, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = "IngestRefusal";
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface IngestAnswer {
  readonly accepted: number;
  readonly refusedCount: number;
  readonly refusalMessage: string;
  readonly browser?: BrowserOutcome;
}

/** Emitted by the loader when rows became readable; the live hub turns it into page updates. */
export interface StoredNotice {
  readonly tenantId: string;
  readonly projectId: string;
  readonly rowsByTable: Readonly<Partial<Record<TelemetryTable, number>>>;
  readonly services: readonly string[];
  readonly newestTimeMs: number;
  /** When the oldest request of this segment was received: freshness = now - this. */
  readonly oldestReceivedAtMs: number;
}

export interface IngestStatus {
  readonly ratePerSecond: Readonly<Record<Signal, number>>;
  readonly acceptedTotal: Readonly<Record<Signal, number>>;
  readonly refusedTotal: Readonly<Record<string, number>>;
  readonly overflowedTotal: number;
  readonly journalBytes: number;
  readonly journalLimitBytes: number;
  readonly journalSegments: number;
  readonly oldestUnstoredAgeMs: number | null;
  readonly quarantinedSegments: number;
  readonly lastStoredAtMs: number | null;
  readonly lastLoadError: string | null;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly state: "running" | "degraded" | "stopped";
}

/** The promise of the ingest room: what http/, self-telemetry and the pages may use. */
export interface Ingest {
  /** Resolves when the rows are durable on disk; rejects with IngestRefusal when nothing of the request was taken. */
  accept(request: IngestRequest): Promise<IngestAnswer>;
  /** Cheap check before a body is read: null, or why a request of this sender would be refused now. */
  refusalNow(sender: Sender, signal: Signal): IngestRefusal | null;
  /** Counts a refusal that a receiver made itself, before accept(). Sender is null when nobody was recognised. */
  countRefusal(sender: Sender | null, signal: Signal, kind: RefusalKind, wireBytes: number): void;
  /** Takes room for body bytes that are being read; false when there is none, then the request must be refused. */
  tryReserve(bytes: number): boolean;
  release(bytes: number): void;
  /** While somebody looks at a live page rows are stored sooner; otherwise in fewer, larger inserts. */
  setWatched(isWatched: boolean): void;
  onStored(listener: (notice: StoredNotice) => void): () => void;
  /** While at least one listener of a project exists, workers also emit tail items for it. */
  onTail(tenantId: string, projectId: string, listener: TailListener): () => void;
  status(): IngestStatus;
  /** Stops taking requests, seals, loads what it can within the time, closes files. */
  close(options: { readonly drainMs: number }): Promise<void>;
}
