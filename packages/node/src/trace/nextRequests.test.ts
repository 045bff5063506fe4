/** Spans as Next.js makes them, below Node's own: one server span a request, with its route, whatever comes between. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ROOT_CONTEXT, SpanKind, trace, type Context, type Span } from "@opentelemetry/api";
import { RPCType, setRPCMetadata, type RPCMetadata } from "@opentelemetry/core";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { headSampler } from "../sampling/headSampler.ts";
import { LeanTracerProvider } from "./tracerProvider.ts";

let ended: ReadableSpan[];
let provider: LeanTracerProvider;
beforeEach(() => {
  ended = [];
  provider = new LeanTracerProvider({
    resource: resourceFromAttributes({}),
    sampler: headSampler("", "", assert.fail),
    limits: { attributeCount: 128, attributeValueLength: 1000, eventCount: 10, linkCount: 10 },
    listener: { started: () => undefined, ended: (span) => ended.push(span) },
  });
});

const within = (span: Span, outer: Context = ROOT_CONTEXT): Context => trace.setSpan(outer, span);
const openHttp = (outer: Context = ROOT_CONTEXT): Span =>
  provider
    .getTracer("@opentelemetry/instrumentation-http")
    .startSpan("GET", { kind: SpanKind.SERVER, attributes: { "http.request.method": "GET" } }, outer);
const openNext = (outer: Context): Span =>
  provider
    .getTracer("next.js")
    .startSpan(
      "GET",
      { kind: SpanKind.SERVER, attributes: { "next.span_type": "BaseServer.handleRequest" } },
      outer,
    );
const resolveRoute = (outer: Context): void =>
  provider
    .getTracer("next.js")
    .startSpan("resolve page components", { attributes: { "next.route": "/products/[id]" } }, outer)
    .end();
/** As a header says it. */
const remote = (span: Span): Context =>
  trace.setSpanContext(ROOT_CONTEXT, { ...span.spanContext(), isRemote: true });
const kinds = (): SpanKind[] => ended.map(({ kind }) => kind);

test("the span that Next.js opens below Node's is internal", () => {
  const http = openHttp();
  const next = openNext(within(http));
  next.end();
  http.end();
  assert.deepEqual(kinds(), [SpanKind.INTERNAL, SpanKind.SERVER]);
});

test("behind middleware too, where a header names its parent", () => {
  const http = openHttp();
  const middleware = openNext(within(http));
  middleware.end();
  const next = openNext(remote(middleware));
  resolveRoute(within(next));
  next.end();
  http.end();
  assert.deepEqual(kinds(), [SpanKind.INTERNAL, SpanKind.INTERNAL, SpanKind.INTERNAL, SpanKind.SERVER]);
  const request = ended.at(-1);
  assert.deepEqual(
    [request?.name, request?.attributes["http.route"]],
    ["GET /products/[id]", "/products/[id]"],
  );
});

test("without Node's it stays the server's", () => {
  openNext(ROOT_CONTEXT).end();
  const http = openHttp();
  http.end();
  openNext(remote(http)).end();
  assert.deepEqual(kinds(), [SpanKind.SERVER, SpanKind.SERVER, SpanKind.SERVER]);
});

test("the route is known before the answer is, so the end of Node's span can't be too early for it", () => {
  const metadata = { type: RPCType.HTTP, span: openHttp() } as RPCMetadata;
  resolveRoute(setRPCMetadata(within(metadata.span), metadata));
  assert.equal(metadata.route, "/products/[id]");
});

test("a service that calls itself has two server spans in one trace, and neither takes the other's route", () => {
  const outer = openHttp();
  const call = provider.getTracer("undici").startSpan("GET", { kind: SpanKind.CLIENT }, within(outer));
  const inner = openHttp(remote(call));
  resolveRoute(remote(inner));
  for (const span of [inner, call, outer]) span.end();
  assert.deepEqual(kinds(), [SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.SERVER]);
  assert.ok(ended.every(({ attributes }) => attributes["http.route"] === undefined));
});

test("other spans stay as they are", () => {
  const http = openHttp();
  const other = provider.getTracer("grpc").startSpan("Call", { kind: SpanKind.SERVER }, within(http));
  other.end();
  http.end();
  assert.deepEqual(kinds(), [SpanKind.SERVER, SpanKind.SERVER]);
});
