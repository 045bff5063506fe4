/**
 * The nine real exporters (three signals, three protocols) and two web pages, each sending batches of unique items until
 * told to stop.
 */
import { ExportResultCode, type ExportResult } from "@opentelemetry/core";
import { OTLPLogExporter as LogGrpc } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPLogExporter as LogJson } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as LogProto } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as MetricGrpc } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as MetricJson } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as MetricProto } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as TraceGrpc } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as TraceJson } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as TraceProto } from "@opentelemetry/exporter-trace-otlp-proto";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import type { BrowserSignal, OtlpSignal, Signal } from "../../apps/server/src/ingest/index.ts";
import { browserEvents, logRecords, metricPoints, spans, webVitals, type Batch } from "./items.ts";

/**
 * Exporters try again by themselves, and a second attempt after an answer that got lost stores its items twice by
 * design. Below the first back-off (800 ms) there is no second attempt, so "exactly once" can be checked.
 */
const TIMEOUT_MS = 700;

interface Ports {
  readonly httpPort: number;
  readonly grpcPort: number;
}

interface Exporter<Item> {
  export(items: Item, done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

/** Unique ids of all items whose export was answered with success, by signal. */
export type Acknowledged = Readonly<Record<Signal, Set<string>>>;

export function nothingAcknowledged(): Acknowledged {
  return { traces: new Set(), logs: new Set(), metrics: new Set(), web_vitals: new Set(), events: new Set() };
}

export interface Senders {
  /** Ends after the exports under way; adds what was acknowledged to the sets given at the start. */
  stop(): Promise<void>;
}

export interface SenderOptions {
  readonly ports: Ports;
  readonly prefix: string;
  readonly acknowledged: Acknowledged;
  readonly itemsPerBatch?: number;
  /** Pause between two exports of one exporter. */
  readonly pauseMs?: number;
}

export function startSenders(options: SenderOptions): Senders {
  const { httpPort, grpcPort } = options.ports;
  const http = (signal: OtlpSignal, compression: CompressionAlgorithm) => ({
    url: `http://127.0.0.1:${httpPort}/v1/${signal}`,
    timeoutMillis: TIMEOUT_MS,
    compression,
  });
  const plain = CompressionAlgorithm.NONE;
  const gzip = CompressionAlgorithm.GZIP;
  const grpc = { url: `http://127.0.0.1:${grpcPort}`, timeoutMillis: TIMEOUT_MS };
  const stopping = new AbortController();
  const run = <Item>(
    signal: Signal,
    exporter: Exporter<Item>,
    make: (prefix: string, count: number) => Batch<Item>,
    name: string,
  ): Promise<void> => sendUntil(stopping.signal, { ...options, signal, exporter, make, name });
  const running = [
    run("traces", new TraceProto(http("traces", gzip)), spans, "tp"),
    run("traces", new TraceJson(http("traces", plain)), spans, "tj"),
    run("traces", new TraceGrpc(grpc), spans, "tg"),
    run("logs", new LogProto(http("logs", plain)), logRecords, "lp"),
    run("logs", new LogJson(http("logs", gzip)), logRecords, "lj"),
    run("logs", new LogGrpc({ ...grpc, compression: gzip }), logRecords, "lg"),
    run("metrics", new MetricProto(http("metrics", gzip)), metricPoints, "mp"),
    run("metrics", new MetricJson(http("metrics", plain)), metricPoints, "mj"),
    run("metrics", new MetricGrpc(grpc), metricPoints, "mg"),
    run("web_vitals", browserPage(httpPort, "web_vitals"), webVitals, "wv"),
    run("events", browserPage(httpPort, "events"), browserEvents, "ev"),
  ];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

const BROWSER_PATHS: Readonly<Record<BrowserSignal, string>> = {
  web_vitals: "/api/web-vitals",
  events: "/api/events",
};

/** Sends as a page does, once. */
export async function postAsPage(
  httpPort: number,
  signal: BrowserSignal,
  items: object,
  timeoutMs: number,
): Promise<Response> {
  return await fetch(`http://127.0.0.1:${httpPort}${BROWSER_PATHS[signal]}`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: JSON.stringify(items),
    signal: AbortSignal.timeout(timeoutMs),
  });
}

function browserPage(httpPort: number, signal: BrowserSignal): Exporter<object> {
  return {
    export(items, done) {
      postAsPage(httpPort, signal, items, TIMEOUT_MS).then(
        ({ ok }) => done({ code: ok ? ExportResultCode.SUCCESS : ExportResultCode.FAILED }),
        () => done({ code: ExportResultCode.FAILED }),
      );
    },
    shutdown: async () => {},
  };
}

interface SendLoop<Item> extends SenderOptions {
  readonly signal: Signal;
  readonly exporter: Exporter<Item>;
  readonly make: (prefix: string, count: number) => Batch<Item>;
  readonly name: string;
}

async function sendUntil<Item>(stop: AbortSignal, loop: SendLoop<Item>): Promise<void> {
  for (let sequence = 0; !stop.aborted; sequence += 1) {
    const batch = loop.make(`${loop.prefix}-${loop.name}-${sequence}`, loop.itemsPerBatch ?? 20);
    const result = await exported(loop.exporter, batch.items);
    if (result.code === ExportResultCode.SUCCESS) {
      for (const uid of batch.uids) loop.acknowledged[loop.signal].add(uid);
    }
    await new Promise((resolve) => setTimeout(resolve, loop.pauseMs ?? 5));
  }
  await loop.exporter.shutdown();
}

function exported<Item>(exporter: Exporter<Item>, items: Item): Promise<ExportResult> {
  return new Promise((resolve) => exporter.export(items, resolve));
}
