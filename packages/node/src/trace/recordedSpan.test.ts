/** The same calls on our tracer and on OpenTelemetry's own give the same span. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Tracer } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace";
import { headSampler } from "../sampling/headSampler.ts";
import { LeanTracerProvider } from "./tracerProvider.ts";

const resource = resourceFromAttributes({ "service.name": "shop" });
const LIMITS = { attributeCount: 5, attributeValueLength: 20, eventCount: 3, linkCount: 2 };
const START = 1_900_000_000_000;
const REMOTE = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
};

function lean(sampler = ""): { tracer: Tracer; spans: ReadableSpan[]; started: () => number } {
  const spans: ReadableSpan[] = [];
  let started = 0;
  const provider = new LeanTracerProvider({
    resource,
    sampler: headSampler(sampler, "", assert.fail),
    limits: LIMITS,
    listener: { started: () => started++, ended: (span) => spans.push(span) },
  });
  return { tracer: provider.getTracer("test", "1"), spans, started: () => started };
}

function plain(): { tracer: Tracer; spans: () => ReadableSpan[] } {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter: memory })],
    spanLimits: {
      attributeCountLimit: LIMITS.attributeCount,
      attributeValueLengthLimit: LIMITS.attributeValueLength,
      linkCountLimit: LIMITS.linkCount,
    },
  });
  return { tracer: provider.getTracer("test", "1"), spans: () => memory.getFinishedSpans() };
}

function shapeOf(span: ReadableSpan): unknown {
  const { name, kind, startTime, endTime, duration, status, attributes, ended } = span;
  return {
    name,
    kind,
    startTime,
    endTime,
    duration,
    status,
    attributes,
    ended,
    parent: span.parentSpanContext,
    events: span.events.map((event) => [event.name, event.time, event.attributes ?? {}]),
    droppedAttributes: span.droppedAttributesCount,
    scope: span.instrumentationScope.name,
  };
}

function assertSame(make: (tracer: Tracer) => void): void {
  const [ours, theirs] = [lean(), plain()];
  make(ours.tracer);
  make(theirs.tracer);
  assert.ok(ours.spans.length > 0);
  assert.deepEqual(ours.spans.map(shapeOf), theirs.spans().map(shapeOf));
}

test("attributes: kinds, replacement, limits of count and length, nothing", () => {
  assertSame((tracer) => {
    const span = tracer.startSpan("a", { startTime: START, attributes: { a: 1, long: "x".repeat(50) } });
    span.setAttribute("a", 2).setAttributes({ list: [1, 2], flag: false });
    span.setAttribute("text", "t").setAttribute("beyond", 1).setAttribute("beyond2", 1);
    span.setAttribute("a", 3);
    span.end(START + 5);
    span.setAttribute("late", 1);
  });
});

test("status: ok is final, unset says nothing, an error keeps its message", () => {
  for (const codes of [
    [SpanStatusCode.OK, SpanStatusCode.ERROR],
    [SpanStatusCode.ERROR, SpanStatusCode.UNSET],
    [SpanStatusCode.ERROR, SpanStatusCode.OK],
  ]) {
    assertSame((tracer) => {
      const span = tracer.startSpan("a", { startTime: START });
      for (const code of codes) span.setStatus({ code, message: "why" });
      span.updateName("b").end(START);
    });
  }
});

test("events and exceptions of every kind", () => {
  assertSame((tracer) => {
    const span = tracer.startSpan("a", { startTime: START });
    span.addEvent("with time", START + 1).addEvent("with both", { a: 1 }, START + 2);
    span.recordException(new TypeError("no"), START + 3);
    span.end(START + 4);
  });
  assertSame((tracer) => {
    const span = tracer.startSpan("a", { startTime: START });
    span.recordException("a text", START);
    span.recordException({ code: "ECONNREFUSED", message: "refused" }, START);
    span.end(START);
  });
});

test("times: given ones in every form, and an end before its start", () => {
  for (const [start, end] of [
    [START, START + 1.5],
    [new Date(START), new Date(START + 7)],
    [
      [1_900_000_000, 5],
      [1_900_000_001, 4],
    ],
    [START, START - 10],
  ] as const) {
    assertSame((tracer) => tracer.startSpan("a", { startTime: start as never }).end(end as never));
  }
});

test("parents: a remote one, a local one, none with root", () => {
  assertSame((tracer) => {
    const remote = trace.setSpanContext(ROOT_CONTEXT, REMOTE);
    tracer.startSpan("a", { startTime: START, kind: SpanKind.SERVER }, remote).end(START);
    tracer.startSpan("b", { startTime: START, root: true }, remote).end(START);
    tracer
      .startSpan(
        "c",
        { startTime: START },
        trace.setSpanContext(ROOT_CONTEXT, { ...REMOTE, spanId: "0".repeat(16) }),
      )
      .end(START);
  });
  const { tracer, spans } = lean();
  tracer.startActiveSpan("outer", {}, ROOT_CONTEXT, (outer) => {
    tracer.startSpan("inner", {}, trace.setSpan(ROOT_CONTEXT, outer)).end();
    outer.end();
  });
  const [inner, outer] = spans;
  assert.equal(inner?.parentSpanContext?.spanId, outer?.spanContext().spanId);
  assert.equal(inner?.spanContext().traceId, outer?.spanContext().traceId);
});

test("an end counts once, and its time is not before its start", () => {
  const { tracer, spans } = lean();
  const span = tracer.startSpan("a");
  span.end();
  span.end();
  assert.equal(spans.length, 1);
  assert.equal(span.isRecording(), false);
  const { duration, startTime } = spans[0]!;
  assert.ok(duration[0] >= 0 && duration[1] >= 0 && duration[1] < 1e9);
  assert.ok(Math.abs(startTime[0] * 1000 + startTime[1] / 1e6 - Date.now()) < 60_000);
});

test("links and events beyond their limit are counted, not kept", () => {
  const { tracer, spans } = lean();
  const links = Array.from({ length: 4 }, () => ({ context: REMOTE }));
  const span = tracer.startSpan("a", { links });
  for (let i = 0; i < 5; i++) span.addEvent(`event ${i}`);
  span.end();
  assert.equal(spans[0]?.links.length, 2);
  assert.equal(spans[0]?.droppedLinksCount, 2);
  assert.equal(spans[0]?.events.length, 3);
  assert.equal(spans[0]?.droppedEventsCount, 2);
});

test("what is not sampled or suppressed is not recorded, and its context is handed on", () => {
  const off = lean("always_off");
  const span = off.tracer.startSpan("a", {}, trace.setSpanContext(ROOT_CONTEXT, REMOTE));
  assert.equal(span.isRecording(), false);
  assert.equal(span.spanContext().traceId, REMOTE.traceId);
  assert.equal(span.spanContext().traceFlags, TraceFlags.NONE);
  span.end();
  const on = lean();
  on.tracer.startSpan("b", {}, suppressTracing(ROOT_CONTEXT)).end();
  const unsampled = { ...REMOTE, traceFlags: TraceFlags.NONE };
  on.tracer.startSpan("c", {}, trace.setSpanContext(ROOT_CONTEXT, unsampled)).end();
  assert.deepEqual([off.started(), on.started(), off.spans.length, on.spans.length], [0, 0, 0, 0]);
});
