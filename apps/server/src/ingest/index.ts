/**
 * Ingest: bytes in, durable rows out. `openIngest` recovers the journal, starts the loader and answers with the
 * promise in types.ts. The receivers (OTLP over HTTP and gRPC) and the product's own telemetry call accept().
 */
import { join } from "node:path";
import type { TelemetryStore } from "../engines/telemetry/store.ts";
import { DEFAULT_LIMITS, type IngestLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import { openIntake, type BatchDecoder } from "./intake.ts";
import type { IngestQuotas } from "./quotas.ts";
import type { Ingest } from "./types.ts";

export { createDecodePool, type DecodePool, type DecodePoolOptions } from "./decode/decodePool.ts";
export { otlpHttp, type OtlpHttpOptions } from "./receive/otlpHttp.ts";
export { browserHttp, type BrowserHttpOptions } from "./receive/browserHttp.ts";
export type { BrowserAuthenticator } from "./receive/authenticateBrowser.ts";
export { openOtlpGrpc, type OtlpGrpcOptions, type OtlpGrpcServer } from "./receive/otlpGrpc.ts";
export type { Authenticate, AuthenticationRefusal, LimitSender } from "./receive/authenticate.ts";
export type { IngestQuotas, QuotaKind } from "./quotas.ts";
export { normaliseText } from "./decode/statement/normaliseText.ts";
export { type ProjectEvaluator, startProjectEvaluator } from "./projectEvaluator.ts";
export { readGuardSeeds } from "./seedGuards.ts";
export { readVitalSeeds } from "./seedVitals.ts";
export type * from "./types.ts";
export { IngestRefusal } from "./types.ts";
export { DEFAULT_LIMITS, WIRE_BODY_BYTES_MAX, type IngestLimits } from "./limits.ts";

export interface OpenIngestOptions {
  readonly dataDir: string;
  readonly store: TelemetryStore;
  /** Workers that turn bodies into rows; owned (and closed) by ingest from here on. */
  readonly decoder: BatchDecoder;
  readonly limits?: Partial<IngestLimits>;
  /** Without: nobody has one. */
  readonly quotas?: IngestQuotas;
  readonly log: Log;
}

const NO_QUOTAS: IngestQuotas = { isExceeded: () => false, count() {} };

export async function openIngest(options: OpenIngestOptions): Promise<Ingest> {
  return await openIntake({
    folder: join(options.dataDir, "journal"),
    store: options.store,
    decoder: options.decoder,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    quotas: options.quotas ?? NO_QUOTAS,
    log: options.log,
  });
}
