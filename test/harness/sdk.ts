/** An application instrumented with the real OpenTelemetry SDK, over each of the three protocols. */
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPLogExporter as LogsGrpc } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPLogExporter as LogsJson } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as LogsProto } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as MetricsGrpc } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as MetricsJson } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as MetricsProto } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as TracesGrpc } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as TracesJson } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as TracesProto } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Product } from "./product.ts";

export const PROTOCOLS = ["http/protobuf", "http/json", "grpc"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface SentRequest {
  readonly traceId: string;
  readonly serverSpanId: string;
}

export interface App {
  /** One handled request: a server span over a database span, a log line and a count. */
  handle(route: string, outcome: "ok" | "failed"): SentRequest;
  /** Everything made so far is acknowledged by the product. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export function startApp(product: Product, service: string, protocol: Protocol): App {
  const resource = resourceFromAttributes({
    "service.name": service,
    "service.version": "1.2.3",
    "deployment.environment.name": "test",
  });
  const exporters = exportersOf(product, protocol);
  const tracers = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ exporter: exporters.traces })],
  });
  const loggers = new LoggerProvider({
    resource,
    processors: [new SimpleLogRecordProcessor({ exporter: exporters.logs })],
  });
  const meters = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({ exporter: exporters.metrics, exportIntervalMillis: 3_600_000 }),
    ],
  });
  const tracer = tracers.getTracer("test");
  const logger = loggers.getLogger("test");
  const handled = meters.getMeter("test").createCounter("shop.requests", { unit: "{request}" });
  const latency = meters.getMeter("test").createHistogram("shop.latency", { unit: "ms" });
  return {
    handle(route, outcome) {
      const span = tracer.startSpan(`GET ${route}`, {
        kind: SpanKind.SERVER,
        attributes: { "http.request.method": "GET", "http.route": route },
      });
      const inside = trace.setSpan(context.active(), span);
      const query = tracer.startSpan(
        "SELECT carts",
        {
          kind: SpanKind.CLIENT,
          attributes: {
            "db.system.name": "postgresql",
            "db.query.text": "select * from carts where id = $1",
          },
        },
        inside,
      );
      query.end();
      if (outcome === "failed") {
        span.recordException(new TypeError("the cart is empty"));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.setAttribute("http.response.status_code", outcome === "ok" ? 200 : 500);
      logger.emit({ severityNumber: 9, severityText: "INFO", body: `handled ${route}`, context: inside });
      handled.add(1, { route });
      latency.record(12, { route });
      span.end();
      const { traceId, spanId } = span.spanContext();
      return { traceId, serverSpanId: spanId };
    },
    flush: async () => {
      await Promise.all([tracers.forceFlush(), loggers.forceFlush(), meters.forceFlush()]);
    },
    close: async () => {
      await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
    },
  };
}

function exportersOf({ otlpUrl, otlpGrpcUrl }: Product, protocol: Protocol) {
  const http = (signal: string) => ({ url: `${otlpUrl}/v1/${signal}` });
  if (protocol === "grpc") {
    const url = { url: otlpGrpcUrl };
    return { traces: new TracesGrpc(url), logs: new LogsGrpc(url), metrics: new MetricsGrpc(url) };
  }
  return protocol === "http/json"
    ? {
        traces: new TracesJson(http("traces")),
        logs: new LogsJson(http("logs")),
        metrics: new MetricsJson(http("metrics")),
      }
    : {
        traces: new TracesProto(http("traces")),
        logs: new LogsProto(http("logs")),
        metrics: new MetricsProto(http("metrics")),
      };
}
