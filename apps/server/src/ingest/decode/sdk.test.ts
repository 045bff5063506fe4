import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes } from "@opentelemetry/api";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { IngestRequest, Signal, WireEncoding } from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { openNativeReader, type NativeReader, type Row } from "./testing/nativeRows.ts";
import { SENDER } from "./testing/requests.ts";

const resource = resourceFromAttributes({
  "service.name": "checkout",
  "service.version": "3.2.1",
  "host.name": "web-7",
});
let engine: NativeReader;

before(() => {
  engine = openNativeReader();
});
after(() => engine.close());

function decode(signal: Signal, encoding: WireEncoding, body: Uint8Array | undefined) {
  assert.ok(body !== undefined && body.length > 0);
  const compression = "identity";
  const request: IngestRequest = {
    signal,
    encoding,
    compression,
    sender: SENDER,
    body,
    receivedAtMs: Date.now(),
  };
  const batch = createDecoder().decode(request, { tail: true });
  assert.equal(batch.refusalMessage, "");
  return batch;
}

function rowsOf(
  batch: ReturnType<typeof decode>,
  table: "spans" | "exceptions" | "logs" | "metric_points",
): Row[] {
  return engine.rows(
    table,
    batch.tables.filter((each) => each.table === table),
  );
}

describe("what the OpenTelemetry SDK sends", () => {
  it("spans, with parents, links, events and exceptions, in both encodings", async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({
      resource,
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const tracer = provider.getTracer("shop-tracer", "1.0.0");
    const attributes: Attributes = {
      "http.request.method": "POST",
      "http.route": "/checkout",
      tags: ["a", "b"],
    };
    const parent = tracer.startSpan("POST /checkout", { kind: SpanKind.SERVER, attributes });
    const inParent = trace.setSpan(ROOT_CONTEXT, parent);
    const child = tracer.startSpan(
      "SELECT",
      { kind: SpanKind.CLIENT, links: [{ context: parent.spanContext() }] },
      inParent,
    );
    child.recordException(new TypeError("no stock left"));
    child.setStatus({ code: SpanStatusCode.ERROR, message: "no stock" });
    child.addEvent("retry", { attempt: 2 });
    child.end();
    parent.setAttribute("http.response.status_code", 500);
    parent.end();
    const finished = exporter.getFinishedSpans();
    const wire = decode("traces", "protobuf", ProtobufTraceSerializer.serializeRequest(finished));
    const json = decode("traces", "json", JsonTraceSerializer.serializeRequest(finished));
    const [childRow, parentRow] = rowsOf(wire, "spans");
    assert.deepEqual(withoutArrival(rowsOf(json, "spans")), withoutArrival([childRow!, parentRow!]));
    assert.equal(parentRow!["route"], "POST /checkout");
    assert.equal(parentRow!["http_status"], 500);
    assert.equal(parentRow!["service_version"], "3.2.1");
    assert.equal(parentRow!["scope"], "shop-tracer");
    assert.deepEqual(parentRow!["attributes"], [
      ["http.route", "/checkout"],
      ["tags", '["a","b"]'],
    ]);
    assert.equal(childRow!["parent_span_id"], parent.spanContext().spanId);
    assert.equal(childRow!["trace_id"], parent.spanContext().traceId);
    assert.equal(childRow!["status"], "error");
    const events = JSON.parse(String(childRow!["events"])) as {
      name: string;
      attributes: Record<string, string>;
    }[];
    assert.deepEqual(
      events.map(({ name }) => name),
      ["exception", "retry"],
    );
    assert.deepEqual(events[1]!.attributes, { attempt: "2" });
    const links = JSON.parse(String(childRow!["links"])) as { spanId: string }[];
    assert.equal(links[0]?.spanId, parent.spanContext().spanId);
    const [exception] = rowsOf(wire, "exceptions");
    assert.deepEqual([exception!["type"], exception!["message"]], ["TypeError", "no stock left"]);
    assert.match(String(exception!["stacktrace"]), /sdk\.test\.ts/);
    await provider.shutdown();
  });

  it("log records, in both encodings", async () => {
    const exporter = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({
      resource,
      processors: [new SimpleLogRecordProcessor({ exporter })],
    });
    const logger = provider.getLogger("shop-logs");
    logger.emit({
      severityNumber: 17,
      severityText: "ERROR",
      body: "order failed",
      attributes: { order: 4711 },
    });
    logger.emit({
      severityNumber: 9,
      body: { nested: [1, "two"] },
      attributes: { "exception.type": "E", "exception.message": "m" },
    });
    const records = exporter.getFinishedLogRecords();
    const wire = decode("logs", "protobuf", ProtobufLogsSerializer.serializeRequest(records));
    const json = decode("logs", "json", JsonLogsSerializer.serializeRequest(records));
    const rows = rowsOf(wire, "logs");
    assert.deepEqual(withoutArrival(rowsOf(json, "logs")), withoutArrival(rows));
    assert.deepEqual(
      rows.map((row) => [row["severity_number"], row["severity_text"], row["body"]]),
      [
        [17, "ERROR", "order failed"],
        [9, "", '{"nested":[1,"two"]}'],
      ],
    );
    assert.equal(rowsOf(wire, "exceptions").length, 1);
    assert.deepEqual(
      wire.tail.map(({ kind, severity, text }) => [kind, severity, text]),
      [
        ["log", "error", "order failed"],
        ["log", "info", '{"nested":[1,"two"]}'],
      ],
    );
    await provider.shutdown();
  });

  it("metrics of every kind the SDK has, in both encodings", async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
    const views = [{ instrumentName: "latency.exp", aggregation }];
    const provider = new MeterProvider({ resource, readers: [reader], views });
    const meter = provider.getMeter("shop-meter");
    meter.createCounter("orders", { unit: "{order}", description: "Orders" }).add(3, { region: "eu" });
    meter.createUpDownCounter("carts").add(-2);
    meter.createObservableGauge("load").addCallback((result) => result.observe(0.25));
    meter.createHistogram("latency", { advice: { explicitBucketBoundaries: [10, 100] } }).record(42);
    for (const value of [1, 2, 300]) meter.createHistogram("latency.exp").record(value);
    await provider.forceFlush();
    const [metrics] = exporter.getMetrics();
    assert.ok(metrics !== undefined);
    const wire = decode("metrics", "protobuf", ProtobufMetricsSerializer.serializeRequest(metrics));
    const json = decode("metrics", "json", JsonMetricsSerializer.serializeRequest(metrics));
    const rows = rowsOf(wire, "metric_points");
    assert.deepEqual(withoutArrival(rowsOf(json, "metric_points")), withoutArrival(rows));
    const byName = Object.fromEntries(rows.map((row) => [row["metric"], row]));
    assert.deepEqual(
      ["orders", "carts", "load", "latency", "latency.exp"].map((name) => [
        byName[name]?.["type"],
        byName[name]?.["value"],
      ]),
      [
        ["sum", 3],
        ["sum", -2],
        ["gauge", 0.25],
        ["histogram", 42],
        ["exponential_histogram", 101],
      ],
    );
    assert.deepEqual([byName["orders"]?.["is_monotonic"], byName["carts"]?.["is_monotonic"]], [1, 0]);
    assert.equal(byName["orders"]?.["temporality"], "cumulative");
    assert.deepEqual(byName["latency"]?.["bucket_counts"], ["0", "1", "0"]);
    assert.deepEqual([byName["latency"]?.["min"], byName["latency"]?.["max"]], [42, 42]);
    assert.equal(new Set(rows.map((row) => row["series_id"])).size, rows.length);
    await provider.shutdown();
  });
});

function withoutArrival(rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, received_at: 0 }));
}
