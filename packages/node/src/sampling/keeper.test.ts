/** What is kept and what it stands for, with trace ids spread evenly, so that shares are exact. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { TraceState } from "@opentelemetry/core";
import { TracerProvider, type ReadableSpan } from "@opentelemetry/sdk-trace";
import { headSampler } from "./headSampler.ts";
import { Keeper, type SamplingOptions } from "./keeper.ts";
import { stateWith, thresholdOf, weightOf } from "./threshold.ts";

const OPTIONS: SamplingOptions = {
  fastTraceRatio: 0.25,
  fastQueryRatio: 0.125,
  slowRequestMs: 500,
  slowQueryMs: 100,
};
const TRACES = 64;
const QUERIES = 3;

interface Kept {
  readonly name: string;
  readonly traceId: string;
  readonly weight: number;
}

function open(options: SamplingOptions, sampler = headSampler("", "", assert.fail)) {
  const kept: Kept[] = [];
  const keeper = new Keeper(options, (span, traceState) => {
    const state = traceState === undefined ? span.spanContext().traceState : new TraceState(traceState);
    kept.push({ name: span.name, traceId: span.spanContext().traceId, weight: weightOf(state) });
  });
  let traces = 0;
  let spans = 0;
  const provider = new TracerProvider({
    sampler,
    spanProcessors: [
      {
        onStart: (span) => keeper.started(span),
        onEnd: (span) => keeper.ended(span),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
    idGenerator: {
      // The last 56 bits decide: evenly from 0 up.
      generateTraceId: () => {
        const random = (BigInt(traces++ % TRACES) << 56n) / BigInt(TRACES);
        return "1".repeat(18) + random.toString(16).padStart(14, "0");
      },
      generateSpanId: () => (++spans).toString(16).padStart(16, "0"),
    },
  });
  return { kept, keeper, tracer: provider.getTracer("test") };
}

type Tracer = ReturnType<typeof open>["tracer"];

interface RequestShape {
  readonly durationMs?: number;
  readonly queryMs?: number;
  readonly isFailed?: boolean;
  readonly hasFailedQuery?: boolean;
  readonly context?: ReturnType<typeof trace.setSpanContext>;
}

/** One request of a few queries; times are given, so no clock decides. */
function handle(tracer: Tracer, shape: RequestShape = {}): void {
  const {
    durationMs = 20,
    queryMs = 2,
    isFailed = false,
    hasFailedQuery = false,
    context = ROOT_CONTEXT,
  } = shape;
  const start = Date.UTC(2030, 0, 1);
  const root = tracer.startSpan("request", { kind: SpanKind.SERVER, startTime: start }, context);
  for (let i = 0; i < QUERIES; i++) {
    const attributes = { "db.system.name": "postgresql" };
    const within = trace.setSpan(ROOT_CONTEXT, root);
    const query = tracer.startSpan("query", { kind: SpanKind.CLIENT, startTime: start, attributes }, within);
    if (hasFailedQuery && i === 0) query.setStatus({ code: SpanStatusCode.ERROR });
    query.end(start + queryMs);
  }
  if (isFailed) root.setStatus({ code: SpanStatusCode.ERROR });
  root.end(start + durationMs);
}

const weights = (kept: readonly Kept[], name: string): number =>
  kept.filter((each) => each.name === name).reduce((sum, { weight }) => sum + weight, 0);
const countOf = (kept: readonly Kept[], name: string): number =>
  kept.filter((each) => each.name === name).length;

test("keeps a share of fast traces and of their queries, and the weights add up to all of them", () => {
  const { kept, keeper, tracer } = open(OPTIONS);
  for (let i = 0; i < TRACES; i++) handle(tracer);
  assert.equal(countOf(kept, "request"), TRACES / 4);
  assert.equal(countOf(kept, "query"), (TRACES * QUERIES) / 8);
  assert.equal(weights(kept, "request"), TRACES);
  assert.equal(weights(kept, "query"), TRACES * QUERIES);
  assert.equal(keeper.leftOut, TRACES * (1 + QUERIES) - kept.length);
});

test("a trace's fast queries are kept all or not at all, so that repeated ones stay repeated", () => {
  const { kept, tracer } = open(OPTIONS);
  for (let i = 0; i < TRACES; i++) handle(tracer);
  const queries = Map.groupBy(
    kept.filter(({ name }) => name === "query"),
    ({ traceId }) => traceId,
  );
  for (const group of queries.values()) assert.equal(group.length, QUERIES);
});

for (const [what, shape] of Object.entries({
  "a failed request": { isFailed: true },
  "a slow request": { durationMs: 500 },
  "a request with one failed query": { hasFailedQuery: true },
  "a request with a slow query": { queryMs: 100, durationMs: 120 },
})) {
  test(`keeps every trace of ${what}, whole and with weight 1`, () => {
    const { kept, tracer } = open({ ...OPTIONS, fastTraceRatio: 0, fastQueryRatio: 0 });
    for (let i = 0; i < TRACES; i++) handle(tracer, shape);
    assert.equal(kept.length, TRACES * (1 + QUERIES));
    assert.ok(kept.every(({ weight }) => weight === 1));
  });
}

test("fast and notable traces together still add up", () => {
  const { kept, tracer } = open(OPTIONS);
  for (let i = 0; i < TRACES; i++) {
    handle(tracer);
    // The same trace id is over by now.
    if (i % 8 === 0)
      handle(tracer, { isFailed: true, context: trace.setSpanContext(ROOT_CONTEXT, remote(i)) });
  }
  assert.equal(weights(kept, "request"), TRACES + TRACES / 8);
});

function remote(i: number, traceState?: TraceState) {
  const traceId = "2".repeat(18) + ((BigInt(i) << 56n) / BigInt(TRACES)).toString(16).padStart(14, "0");
  return { traceId, spanId: "f".repeat(16), traceFlags: TraceFlags.SAMPLED, isRemote: true, traceState };
}

test("a share that a service before us kept counts, and the stricter of both is what a span stands for", () => {
  const half = stateWith(undefined, thresholdOf(0.5)) as TraceState;
  const { kept, tracer } = open({ ...OPTIONS, fastQueryRatio: 0.25 });
  // Only the upper half of the ids comes through.
  for (let i = TRACES / 2; i < TRACES; i++) {
    handle(tracer, { context: trace.setSpanContext(ROOT_CONTEXT, remote(i, half)) });
    handle(tracer, { isFailed: true, context: trace.setSpanContext(ROOT_CONTEXT, remote(i, half)) });
  }
  assert.equal(weights(kept, "request"), 2 * TRACES);
  assert.deepEqual(new Set(kept.map(({ weight }) => weight)), new Set([2, 4]));
});

test("other members of tracestate stay as they are", () => {
  const state = new TraceState().set("vendor", "a:b").set("ot", "rv:ffffffffffffff;th:4;x:1");
  const strict = stateWith(state, thresholdOf(0.25));
  assert.equal(strict?.serialize(), "ot=th:c;rv:ffffffffffffff;x:1,vendor=a:b");
  assert.equal(stateWith(strict, thresholdOf(0.5)), strict);
});

test("OTEL_TRACES_SAMPLER=traceidratio says what it kept", () => {
  const sampler = headSampler("traceidratio", "0.25", assert.fail);
  const { kept, tracer } = open({ ...OPTIONS, fastTraceRatio: 1, fastQueryRatio: 1 }, sampler);
  for (let i = 0; i < TRACES; i++) tracer.startSpan("request", {}, ROOT_CONTEXT).end();
  assert.equal(kept.length, TRACES / 4);
  assert.equal(weights(kept, "request"), TRACES);
});

test("samplers that are not understood keep all, with a warning", () => {
  for (const [name, argument] of [
    ["jaeger_remote", ""],
    ["traceidratio", "many"],
    ["parentbased_traceidratio", "2"],
  ] as const) {
    const warnings: string[] = [];
    const { kept, tracer } = open(
      { ...OPTIONS, fastTraceRatio: 1, fastQueryRatio: 1 },
      headSampler(name, argument, (text) => warnings.push(text)),
    );
    for (let i = 0; i < TRACES; i++) tracer.startSpan("request", {}, ROOT_CONTEXT).end();
    assert.equal(kept.length, TRACES);
    assert.equal(warnings.length, 1);
  }
});

test("traces without an end do not gather without bound, and an ending process writes what is held", () => {
  const written: ReadableSpan[] = [];
  const keeper = new Keeper({ ...OPTIONS, fastTraceRatio: 0.5 }, (span) => written.push(span));
  const { tracer } = open(OPTIONS);
  const root = tracer.startSpan("root", { startTime: 1 }, ROOT_CONTEXT) as unknown as ReadableSpan;
  keeper.started(root);
  const child = tracer.startSpan("child", { startTime: 1 }, trace.setSpan(ROOT_CONTEXT, root as never));
  child.end(2);
  for (let i = 0; i < 2000; i++) keeper.ended(child as unknown as ReadableSpan);
  assert.equal(written.length, 0);
  keeper.ended(child as unknown as ReadableSpan);
  assert.equal(written.length, 2001);
  keeper.finish();
  assert.equal(written.length, 2001);
});
