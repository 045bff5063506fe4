import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { ExportResultCode, W3CTraceContextPropagator, type ExportResult } from "@opentelemetry/core";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import pino from "pino";
import type { FastifyInstance } from "fastify";
import { openTestControlStore, type TestControlStore } from "../../../../test/harness/controlStore.ts";
import { createHttpApp } from "../http/app.ts";
import { IngestRefusal, type IngestRequest } from "../ingest/index.ts";
import { openInsightRig, type InsightRig } from "../insight/testRig.ts";
import { createOwnExporters, withControlSpans, withTelemetrySpans } from "./index.ts";

const SCOPE = { tenantId: "acme", projectId: "shop" };
const SENDER = { tenantId: "acme", projectId: "throughline", keyId: "self" };

describe("the product's own spans", () => {
  const exporter = new InMemorySpanExporter();
  let rig: InsightRig;
  let control: TestControlStore;
  let app: FastifyInstance;
  before(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    );
    rig = await openInsightRig();
    control = await openTestControlStore();
    const telemetry = withTelemetrySpans(rig.store);
    const traced = withControlSpans(control.store);
    app = await createHttpApp(pino({ level: "silent" }));
    const config = { permission: "public" } as const;
    app.get("/read/:name", { config }, async ({ params }) => {
      const sql = "SELECT {wanted:String} AS wanted";
      await telemetry.scoped(SCOPE).query(sql, { wanted: JSON.stringify(params) }, { name: "test.read" });
      await traced.asTenant(randomUUID(), (tx) => tx.query("select $1::text as wanted", ["secret"]));
      return "read";
    });
    app.get("/fails", { config }, async () => {
      await telemetry.scoped(SCOPE).query("SELECT nothing FROM nowhere", {}, { name: "test.fails" });
    });
    app.get("/stream", { config: { ...config, isLongLived: true } }, () => "events");
  });
  after(async () => {
    await app.close();
    await control.dispose();
    await rig.close();
  });
  beforeEach(() => exporter.reset());

  function spanOf(name: string) {
    const found = exporter.getFinishedSpans().filter((span) => span.name === name);
    assert.equal(found.length, 1, `${name} among ${exporter.getFinishedSpans().map((span) => span.name)}`);
    return found[0]!;
  }

  test("of a request tell its route and its answer, and nothing of its query", async () => {
    const answer = await app.inject("/read/one?token=secret");
    assert.equal(answer.statusCode, 200);
    const span = spanOf("GET /read/:name");
    assert.equal(span.kind, SpanKind.SERVER);
    assert.equal(span.attributes["http.request.method"], "GET");
    assert.equal(span.attributes["http.route"], "/read/:name");
    assert.equal(span.attributes["url.path"], "/read/one");
    assert.equal(span.attributes["http.response.status_code"], 200);
    assert.equal(span.status.code, SpanStatusCode.UNSET);
    assert.ok(!JSON.stringify(span.attributes).includes("secret"));
  });

  test("of the stores hang below the request, and hold statements without their values", async () => {
    await app.inject("/read/secret");
    const request = spanOf("GET /read/:name");
    const question = spanOf("test.read");
    assert.equal(question.kind, SpanKind.CLIENT);
    assert.equal(question.parentSpanContext?.spanId, request.spanContext().spanId);
    assert.equal(question.attributes["db.system.name"], "clickhouse");
    assert.equal(question.attributes["db.query.text"], "SELECT {wanted:String} AS wanted");
    const statement = spanOf("SELECT");
    assert.equal(statement.parentSpanContext?.spanId, request.spanContext().spanId);
    assert.equal(statement.attributes["db.system.name"], "postgresql");
    assert.equal(statement.attributes["db.query.text"], "select $1::text as wanted");
    for (const { attributes } of [question, statement])
      assert.ok(!JSON.stringify(attributes).includes("secret"));
  });

  test("of stores are not made outside of a traced request", async () => {
    const reader = withTelemetrySpans(rig.store).scoped(SCOPE);
    assert.deepEqual(await reader.query("SELECT 1 AS one", {}, { name: "alone" }), [{ one: 1 }]);
    const traced = withControlSpans(control.store);
    assert.deepEqual(await traced.query("select 1 as one"), [{ one: 1 }]);
    assert.deepEqual(await traced.transaction((tx) => tx.query("select 2 as two")), [{ two: 2 }]);
    assert.deepEqual(exporter.getFinishedSpans(), []);
  });

  test("of a failure say so, below and above, with the exception", async () => {
    assert.equal((await app.inject("/fails")).statusCode, 500);
    for (const name of ["test.fails", "GET /fails"]) {
      const span = spanOf(name);
      assert.equal(span.status.code, SpanStatusCode.ERROR, name);
      const [event] = span.events;
      assert.equal(event?.name, "exception", name);
      assert.equal(event?.attributes?.["exception.type"], "TelemetryError", name);
    }
  });

  test("of refusals are no errors", async () => {
    assert.equal((await app.inject("/nowhere")).statusCode, 404);
    const span = spanOf("GET");
    assert.equal(span.attributes["http.response.status_code"], 404);
    assert.equal(span.status.code, SpanStatusCode.UNSET);
  });

  test("go on with the caller's trace, and are internal where the product asks itself", async () => {
    const traceId = "ab".repeat(16);
    const parentId = "cd".repeat(8);
    await app.inject({ url: "/read/x", headers: { traceparent: `00-${traceId}-${parentId}-01` } });
    const span = spanOf("GET /read/:name");
    assert.equal(span.spanContext().traceId, traceId);
    assert.equal(span.parentSpanContext?.spanId, parentId);
    assert.equal(spanOf("test.read").spanContext().traceId, traceId);

    exporter.reset();
    await trace.getTracer("test").startActiveSpan("a page", async (page) => {
      await app.inject({ url: "/read/x", headers: { traceparent: `00-${traceId}-${parentId}-01` } });
      page.end();
      const inner = spanOf("GET /read/:name");
      assert.equal(inner.kind, SpanKind.INTERNAL);
      assert.equal(inner.parentSpanContext?.spanId, page.spanContext().spanId);
    });
  });

  test("are not made of event streams, whose duration says nothing", async () => {
    assert.equal((await app.inject("/stream")).body, "events");
    assert.deepEqual(exporter.getFinishedSpans(), []);
  });
});

describe("the exporters of the product's own telemetry", () => {
  async function exported(accept: (request: IngestRequest) => Promise<never>): Promise<ExportResult> {
    const { traces } = createOwnExporters({ accept }, SENDER);
    const ended = Promise.withResolvers<ExportResult>();
    traces.export([], ended.resolve);
    return await ended.promise;
  }

  test("hand everything to ingest as the product's own sender, and say when it was refused", async () => {
    const requests: IngestRequest[] = [];
    const result = await exported(async (request) => {
      requests.push(request);
      throw new IngestRefusal("overloaded", "The journal is full.");
    });
    assert.deepEqual(
      requests.map(({ sender, signal, encoding, compression }) => ({
        sender,
        signal,
        encoding,
        compression,
      })),
      [{ sender: SENDER, signal: "traces", encoding: "protobuf", compression: "identity" }],
    );
    assert.equal(result.code, ExportResultCode.FAILED);
    assert.equal(result.error?.message, "The journal is full.");
  });
});
