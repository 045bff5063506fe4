/**
 * What the generator sends: requests of a web shop's spans (13 attributes each), built once as templates. Before every
 * use a template gets new ids and times in place, so that no two requests are alike and nothing compresses better than
 * it would in life. Spans form traces of 4 to 16 spans with one root and true parents.
 */
import { randomFillSync } from "node:crypto";
import { encodeRequest } from "../../apps/server/src/ingest/decode/testing/otlp.ts";
import { webTraceRequest } from "../../apps/server/src/ingest/decode/testing/webSpans.ts";
import { locateSpans, type SpanPlace } from "./locateSpans.ts";

export const SPANS_PER_REQUEST = 500;
/** A trace ended at most this long before its request was sent: a batching SDK's delay. */
const AGE_MS_MAX = 5000;
/** Children start at most this long after their root; durations are up to 200 ms. */
const TRACE_MS_MAX = 200;
const SPANS_PER_TRACE = [4, 8, 16, 4, 8, 12] as const;
const SERVICES = ["shop-api", "cart", "checkout", "search", "payments", "accounts"] as const;

export interface Template {
  readonly body: Buffer;
  readonly spans: readonly SpanPlace[];
}

export function createTemplates(count: number): Template[] {
  return Array.from({ length: count }, (_, seed) => {
    const service = SERVICES[seed % SERVICES.length] ?? "shop-api";
    const body = Buffer.from(
      encodeRequest("traces", webTraceRequest(SPANS_PER_REQUEST, Date.now(), seed + 1, service)),
    );
    return { body, spans: locateSpans(body) };
  });
}

export interface RefreshOptions {
  /** Every span a trace of its own with a parent elsewhere: the worst case for bytes on disk. */
  readonly isEverySpanATrace?: boolean;
}

const random = Buffer.alloc(64 * 1024);
let randomAt = random.length;

/** Gives all spans of the template new ids and times. */
export function refresh({ body, spans }: Template, nowMs: number, options: RefreshOptions = {}): void {
  let trace = 0;
  for (let first = 0; first < spans.length; trace++) {
    const size = options.isEverySpanATrace ? 1 : (SPANS_PER_TRACE[trace % SPANS_PER_TRACE.length] ?? 4);
    refreshTrace(body, spans.slice(first, first + size), nowMs);
    first += size;
  }
}

function refreshTrace(body: Buffer, spans: readonly SpanPlace[], nowMs: number): void {
  const [root] = spans;
  if (root === undefined) return;
  copyRandom(body, root.traceAt, 16);
  const traceMs = nowMs - Math.random() * AGE_MS_MAX - TRACE_MS_MAX;
  for (const span of spans) {
    if (span !== root) body.copy(body, span.traceAt, root.traceAt, root.traceAt + 16);
    copyRandom(body, span.spanAt, 8);
    moveTimes(body, span, span === root ? traceMs : traceMs + Math.random() * TRACE_MS_MAX);
  }
  spans.forEach((span, i) => {
    if (span.parentAt === 0) return;
    // Entry spans answer a caller that is another service; the rest hang below the last entry span before them.
    if (i === 0) copyRandom(body, span.parentAt, 8);
    else body.copy(body, span.parentAt, spans[i - (i % 4)]!.spanAt, spans[i - (i % 4)]!.spanAt + 8);
  });
}

/** The span starts at the given time and keeps its duration. */
function moveTimes(body: Buffer, span: SpanPlace, startMs: number): void {
  const durationNs = body.readBigUInt64LE(span.endAt) - body.readBigUInt64LE(span.startAt);
  const wholeMs = Math.floor(startMs);
  const startNs =
    BigInt(wholeMs) * 1_000_000n + BigInt(Math.floor((startMs - wholeMs) * 1e6 + Math.random() * 200));
  body.writeBigUInt64LE(startNs, span.startAt);
  body.writeBigUInt64LE(startNs + durationNs, span.endAt);
}

function copyRandom(body: Buffer, at: number, size: number): void {
  if (randomAt + size > random.length) {
    randomFillSync(random);
    randomAt = 0;
  }
  random.copy(body, at, randomAt, randomAt + size);
  randomAt += size;
}
