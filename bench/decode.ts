/**
 * Decode and validate, wire → rows, against protobufjs turning the same body into objects: medians on one thread,
 * requests of 500 spans with 13 attributes.
 */
import { gzipSync, zstdCompressSync } from "node:zlib";
import { createDecoder } from "../apps/server/src/ingest/decode/decoder.ts";
import { encodeRequest, REQUEST_TYPES } from "../apps/server/src/ingest/decode/testing/otlp.ts";
import { otlpJson } from "../apps/server/src/ingest/decode/testing/otlpJson.ts";
import { webTraceRequest } from "../apps/server/src/ingest/decode/testing/webSpans.ts";
import type { Compression, IngestRequest, WireEncoding } from "../apps/server/src/ingest/types.ts";
import { median, report, type Figure } from "./lib/figures.ts";
import { benchOptions } from "./lib/options.ts";

const SPANS = 500;
const BODIES = 16;
const ROUNDS = 7;
const ROUND_MS = benchOptions().isQuick ? 150 : 400;

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

function decode(body: Uint8Array, compression: Compression, encoding: WireEncoding = "protobuf"): void {
  const sender = { tenantId: "tenant", projectId: "project", keyId: "key" };
  const request: IngestRequest = {
    signal: "traces",
    encoding,
    compression,
    sender,
    body,
    receivedAtMs: nowMs,
  };
  const batch = decoder.decode(request, { tail: false });
  if (batch.accepted !== SPANS) throw new Error(`Only ${batch.accepted} of ${SPANS} were taken.`);
  rowBytes = batch.tables[0]!.native.length;
}

const OURS = "Decode and validate, protobuf → rows";
const PROTOBUFJS = "protobufjs, protobuf → objects";
const cases: readonly Case[] = [
  { name: OURS, run: (i) => decode(bodies[i]!, "identity") },
  { name: PROTOBUFJS, run: (i) => void REQUEST_TYPES.traces.decode(bodies[i]!) },
  { name: "The same from gzip", run: (i) => decode(gzip[i]!, "gzip") },
  { name: "The same from zstd", run: (i) => decode(zstd[i]!, "zstd") },
  { name: "Decode and validate, JSON → rows", run: (i) => decode(json[i]!, "identity", "json") },
  { name: "JSON.parse → objects", run: (i) => void JSON.parse(json[i]!.toString()) },
];

const samples = new Map<string, number[]>();
for (let round = 0; round <= ROUNDS; round++) {
  for (const { name, run } of cases) {
    const perSpan = measure(run);
    // The first round warms up.
    if (round > 0) samples.set(name, [...(samples.get(name) ?? []), perSpan]);
  }
}

/** Microseconds a span. */
function measure(run: (index: number) => void): number {
  const startMs = performance.now();
  let requests = 0;
  while (performance.now() - startMs < ROUND_MS) run(requests++ % BODIES);
  return ((performance.now() - startMs) * 1000) / requests / SPANS;
}

const value = (name: string): number => median(samples.get(name) ?? []);
report({
  name: "decode",
  figures: cases.map(({ name }): Figure =>
    name === OURS
      ? {
          title: name,
          value: value(name),
          unit: "µs/span",
          better: "lower",
          floor: 2,
          aim: 1,
          note: `protobufjs ÷ ours = ${(value(PROTOBUFJS) / value(OURS)).toFixed(2)}`,
        }
      : { title: name, value: value(name), unit: "µs/span" },
  ),
  details: [
    `A body is ${bodies[0]!.length} bytes, gzip ${gzip[0]!.length}, zstd ${zstd[0]!.length}; as rows ${rowBytes} bytes.`,
  ],
});
