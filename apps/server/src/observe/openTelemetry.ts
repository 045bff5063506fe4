/** The OpenTelemetry SDK of this process. Switched off, everything here costs a no-op call. */
import { context, metrics, propagation, trace, logs } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  AlwaysOnSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from "@opentelemetry/semantic-conventions";
import { hostname } from "node:os";
import type { Release } from "../release.ts";
import type { OwnExporters } from "./ingestExporter.ts";

export const OWN_SERVICE = "throughline";
/** Spans gather this long: the page that shows them is a second behind at most. */
const SPAN_DELAY_MS = 1000;
const METRIC_EVERY_MS = 10_000;

export interface OpenTelemetry {
  /** Exports what is gathered; call it while ingest still takes requests. */
  shutdown(): Promise<void>;
}

/** Sets the global providers, once per process. */
export function startOpenTelemetry(exporters: OwnExporters, release: Release): OpenTelemetry {
  const resource = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: OWN_SERVICE,
    [ATTR_SERVICE_VERSION]: release.version,
    [ATTR_SERVICE_INSTANCE_ID]: `${hostname()}:${process.pid}`,
    "process.pid": process.pid,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
    "host.name": hostname(),
    "vcs.ref.head.revision": release.commit,
  });
  const tracers = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: exporters.traces, scheduledDelayMillis: SPAN_DELAY_MS }),
    ],
  });
  const loggers = new LoggerProvider({
    resource,
    processors: [
      new BatchLogRecordProcessor({ exporter: exporters.logs, scheduledDelayMillis: SPAN_DELAY_MS }),
    ],
  });
  const meters = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: exporters.metrics,
        exportIntervalMillis: METRIC_EVERY_MS,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(tracers);
  logs.setGlobalLoggerProvider(loggers);
  metrics.setGlobalMeterProvider(meters);
  return {
    shutdown: async () => {
      await Promise.allSettled([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
    },
  };
}
