/** For ingest's own tests: a real journal and loader behind a decoder and a store that the test scripts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { LoadFile } from "../engines/telemetry/store.ts";
import { openIntake, type BatchDecoder } from "./intake.ts";
import { DEFAULT_LIMITS, type IngestLimits } from "./limits.ts";
import type { IngestQuotas } from "./quotas.ts";
import type { DecodedBatch, Ingest, IngestRequest } from "./types.ts";
import type { Authenticate } from "./receive/authenticate.ts";

export const quietLog = { info() {}, warn() {}, error() {} };

export const SENDER = { tenantId: "tenant", projectId: "project", keyId: "key-1" };

/** Knows one key; nobody else. */
export const authenticate: Authenticate = async ({ headers }) =>
  headers["authorization"] === "Bearer good" || headers["x-throughline-key"] === "good"
    ? SENDER
    : { refusal: { code: "unauthenticated", message: "Send an ingest key." } };

/** One span row per request, its bytes being the body. */
export function takeAll(request: IngestRequest): DecodedBatch {
  return {
    tables: [{ table: "spans", rows: 1, native: Uint8Array.from(request.body) }],
    accepted: 1,
    events: 0,
    refused: {},
    refusalMessage: "",
    overflowed: 0,
    newestTimeMs: request.receivedAtMs,
    services: ["shop"],
    tail: [],
  };
}

export interface TestIngest {
  readonly ingest: Ingest;
  readonly requests: IngestRequest[];
  /** Whether the tail was wanted, per request. */
  readonly tails: boolean[];
  readonly loads: LoadFile[];
  readonly folder: string;
}

export interface TestIngestOptions {
  readonly decode?: (request: IngestRequest) => DecodedBatch | Promise<DecodedBatch>;
  readonly load?: (file: LoadFile) => Promise<void>;
  readonly limits?: Partial<IngestLimits>;
  readonly quotas?: IngestQuotas;
}

export async function openTestIngest(t: TestContext, options: TestIngestOptions = {}): Promise<TestIngest> {
  const dataDir = await mkdtemp(join(tmpdir(), "receive-"));
  const requests: IngestRequest[] = [];
  const tails: boolean[] = [];
  const loads: LoadFile[] = [];
  const folder = join(dataDir, "journal");
  const decoder: BatchDecoder = {
    async decode(request, { tail }) {
      requests.push(request);
      tails.push(tail);
      return await (options.decode ?? takeAll)(request);
    },
    release: () => {},
    queuedBytes: () => 0,
    async close() {},
  };
  const ingest = await openIntake({
    folder,
    store: {
      async load(file) {
        await options.load?.(file);
        loads.push(file);
      },
    },
    decoder,
    limits: { ...DEFAULT_LIMITS, diskReserveBytes: 0, sealAfterMsUnwatched: 5, ...options.limits },
    quotas: options.quotas ?? { isExceeded: () => false, count() {} },
    log: quietLog,
  });
  t.after(async () => {
    await ingest.close({ drainMs: 1000 });
    await rm(dataDir, { recursive: true, force: true });
  });
  return { ingest, requests, tails, loads, folder };
}

export function requestOf(body: string, receivedAtMs = Date.now()): IngestRequest {
  return {
    signal: "traces",
    encoding: "protobuf",
    compression: "identity",
    sender: SENDER,
    body: Buffer.from(body),
    receivedAtMs,
  };
}

export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
