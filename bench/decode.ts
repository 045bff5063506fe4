/**
 * Decode and validate, wire → rows, against protobufjs turning the same body into objects. Prints medians and their
 * ratio; `npm run` it as `node bench/decode.ts`. One thread, requests of 500 spans with 13 attributes.
 */
import { createDecoder } from "../apps/server/src/ingest/decode/decoder.ts";
import { encodeRequest, REQUEST_TYPES } from "../apps/server/src/ingest/decode/testing/otlp.ts";
import { otlpJson } from "../apps/server/src/ingest/decode/testing/otlpJson.ts";
import { webTraceRequest } from "../apps/server/src/ingest/decode/testing/webSpans.ts";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Compression, IngestRequest, Signal, WireEncoding } from "../apps/server/src/ingest/types.ts";

const SPANS = 500;
const BODIES = 16;
const ROUNDS = 7;
const ROUND_MS = 400;

interface Case {
  readonly name: string;
  readonly run: (index: number) => void;
}

const nowMs = Date.now();
const bodies = Array.from({ length: BODIES }, (_, seed) =>
  encodeRequest("traces", webTraceRequest(SPANS, nowMs, seed)),
);
const json = Array.from({ length: BODIES }, (_, seed) => otlpJson(webTraceRequest(SPANS, nowMs, seed)));
const gzip = bodies.map((body) => gzipSync(body));
const zstd = bodies.map((body) => zstdCompressSync(body));
const decoder = createDecoder();
let rowBytes = 0;

function decode(
  body: Uint8Array,
  compression: Compression,
  encoding: WireEncoding = "protobuf",
  signal: Signal = "traces",
) {
  const sender = { tenantId: "tenant", projectId: "project", keyId: "key" };
  const request: IngestRequest = { signal, encoding, compression, sender, body, receivedAtMs: nowMs };
  const batch = decoder.decode(request, { tail: false });
  if (batch.accepted !== SPANS) throw new Error(`Only ${batch.accepted} of ${SPANS} were taken.`);
  rowBytes = batch.tables[0]!.native.length;
}

const cases: readonly Case[] = [
  { name: "ours, protobuf", run: (i) => decode(bodies[i]!, "identity") },
  { name: "ours, protobuf gzip", run: (i) => decode(gzip[i]!, "gzip") },
  { name: "ours, protobuf zstd", run: (i) => decode(zstd[i]!, "zstd") },
  { name: "ours, JSON", run: (i) => decode(json[i]!, "identity", "json") },
  { name: "JSON.parse → objects", run: (i) => void JSON.parse(json[i]!.toString()) },
  { name: "protobufjs → objects", run: (i) => void REQUEST_TYPES.traces.decode(bodies[i]!) },
];

const medians = cases.map((each) => ({ name: each.name, samples: [] as number[] }));
for (let round = 0; round <= ROUNDS; round++) {
  cases.forEach((each, i) => {
    const perSpan = measure(each.run);
    // The first round warms up.
    if (round > 0) medians[i]!.samples.push(perSpan);
  });
}

/** Microseconds a span. */
function measure(run: (index: number) => void): number {
  const startMs = performance.now();
  let requests = 0;
  while (performance.now() - startMs < ROUND_MS) run(requests++ % BODIES);
  return ((performance.now() - startMs) * 1000) / requests / SPANS;
}

const median = (samples: readonly number[]) => samples.toSorted((a, b) => a - b)[samples.length >> 1]!;
const base = median(medians[0]!.samples);
console.log(
  `Node ${process.version}, body ${bodies[0]!.length} bytes (gzip ${gzip[0]!.length}, zstd ${zstd[0]!.length}), block ${rowBytes} bytes`,
);
for (const { name, samples } of medians) {
  const value = median(samples);
  console.log(`${name.padEnd(24)} ${value.toFixed(2).padStart(6)} µs/span   × ${(value / base).toFixed(2)}`);
}
