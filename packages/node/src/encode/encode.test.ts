/** Our bytes say what OpenTelemetry's own serializer says, also for values no sane application sets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
} from "@opentelemetry/api";
import { TraceState } from "@opentelemetry/core";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace";
import { readOtlp, type Message } from "../../testing/readOtlp.ts";
import { TraceRequest } from "./traceRequest.ts";

const RESOURCE = resourceFromAttributes({ "service.name": "shop", "process.pid": 7, tags: ["a", "b"] });
const memory = new InMemorySpanExporter();
const provider = new TracerProvider({
  resource: RESOURCE,
  spanProcessors: [new SimpleSpanProcessor({ exporter: memory })],
});

function record(make: () => void): readonly ReadableSpan[] {
  memory.reset();
  make();
  return memory.getFinishedSpans();
}

function ours(spans: readonly ReadableSpan[]): Message {
  const request = new TraceRequest();
  for (const span of spans) request.add(span);
  return readOtlp("traces", request.take(RESOURCE));
}

/** What a field that is left out means. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, each]): [string, unknown] => [name, withoutDefaults(each)])
      .filter(([name, each]) => !(each === 0n && name !== "intValue") && each !== "" && !isEmpty(each))
      .toSorted(([a], [b]) => a.localeCompare(b)),
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function assertSame(spans: readonly ReadableSpan[]): void {
  assert.ok(spans.length > 0);
  const theirs = ProtobufTraceSerializer.serializeRequest([...spans]);
  assert.deepEqual(withoutDefaults(ours(spans)), withoutDefaults(readOtlp("traces", theirs!)));
}

function assertSameAttributes(attributes: Attributes): void {
  assertSame(record(() => provider.getTracer("test").startSpan("a", { attributes }).end()));
}

test("a request of several spans, scopes and traces is the same", () => {
  const spans = record(() => {
    for (let i = 0; i < 20; i++) {
      const tracer = provider.getTracer(i % 2 === 0 ? "http" : "pg", "1.0.0", {
        schemaUrl: "https://example.com/schema",
      });
      const remote = {
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
        traceState: new TraceState().set("vendor", "x:1"),
      };
      const root = tracer.startSpan(
        "GET /",
        { kind: SpanKind.SERVER },
        trace.setSpanContext(ROOT_CONTEXT, remote),
      );
      const child = tracer.startSpan("SELECT", { kind: SpanKind.CLIENT }, trace.setSpan(ROOT_CONTEXT, root));
      child.addEvent("cache.miss", { key: "a".repeat(i * 20) });
      child.addLink({ context: remote, attributes: { why: "retry" } });
      child.recordException(new TypeError("no such row"));
      child.setStatus({ code: SpanStatusCode.ERROR, message: "no such row" });
      child.end();
      root.setStatus({ code: SpanStatusCode.OK });
      root.end();
    }
  });
  assertSame(spans);
});

test("texts of every length and script are the same", () => {
  const lengths = [0, 1, 95, 96, 97, 120, 127, 128, 129, 1000, 16_383, 16_384, 16_400, 70_000];
  for (const length of lengths) {
    assertSameAttributes({
      ascii: "x".repeat(length),
      wide: "ü€😀".repeat(length / 3),
      mixed: `${"x".repeat(length)}é`,
    });
  }
  for (const length of [10, 40, 90, 110, 125, 126, 130])
    assertSameAttributes({ ["k".repeat(length)]: "v".repeat(length) });
});

test("half of a surrogate pair becomes the replacement character and spoils nothing", () => {
  const spans = record(() =>
    provider
      .getTracer("test")
      .startSpan("\ud800", { attributes: { a: "x\udc00y", b: 1 } })
      .end(),
  );
  const text = JSON.stringify(ours(spans), (_, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );
  assert.match(text, /"name":"\ufffd"/);
  assert.match(text, /"stringValue":"x\ufffdy"/);
});

test("numbers at every border are the same", () => {
  const numbers = [
    0,
    1,
    127,
    128,
    16_383,
    16_384,
    2_097_151,
    2_097_152,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    2 ** 35,
    2 ** 53 - 1,
  ];
  for (const number of numbers)
    assertSameAttributes({ up: number, down: -number || 0, list: [number, -number || 0] });
  assertSameAttributes({
    half: 0.5,
    tiny: 5e-324,
    huge: 1e300,
    nan: Number.NaN,
    infinite: -Number.POSITIVE_INFINITY,
  });
  assertSameAttributes({
    yes: true,
    no: false,
    list: [true, false],
    texts: ["", "a", "é".repeat(300)],
    empty: [],
  });
});

test("times are exact to the nanosecond", () => {
  const times: [number, number][] = [
    [0, 0],
    [1, 999_999_999],
    [65_535, 1],
    [65_536, 0],
    [1_795_000_000, 123_456_789],
    [4_294_967_296, 999_999_999],
  ];
  const spans = times.map((time) => {
    const [span] = record(() => provider.getTracer("test").startSpan("a", { startTime: time }).end(time));
    return span!;
  });
  assertSame(spans);
});

test("a span that cannot be encoded leaves the others whole", () => {
  const [good, bad] = record(() => {
    provider.getTracer("test").startSpan("good").end();
    provider.getTracer("test").startSpan("bad").end();
  });
  Object.defineProperty(bad!.attributes, "boom", {
    enumerable: true,
    get: () => {
      throw new Error("hostile getter");
    },
  });
  const request = new TraceRequest();
  request.add(good!);
  assert.throws(() => request.add(bad!), /hostile getter/);
  request.add(good!);
  assert.equal(request.count, 2);
  assert.match(
    JSON.stringify(readOtlp("traces", request.take(RESOURCE)), (_, value: unknown) =>
      String(value) === value ? value : typeof value === "bigint" ? Number(value) : value,
    ),
    /good.*good/,
  );
});

test("values that hold themselves and ids of a wrong length spoil nothing", () => {
  const loop: Record<string, unknown> = { a: 1 };
  loop["self"] = loop;
  const [span] = record(() => {
    const made = provider.getTracer("test").startSpan("a", { attributes: { fine: 1 } });
    made.addLink({ context: { traceId: "abc", spanId: "f".repeat(99), traceFlags: 1 } });
    made.end();
  });
  Object.assign(span!.attributes, { loop, odd: 12n, nothing: null, call: () => 1 });
  const message = ours([span!]);
  assert.ok(message["resourceSpans"]);
});
