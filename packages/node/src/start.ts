/** OpenTelemetry under one call: providers, instrumentations, the way out, and the end of the process. */
import {
  context,
  diag,
  DiagConsoleLogger,
  logs,
  metrics,
  propagation,
  SeverityNumber,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  CompositePropagator,
  diagLogLevelFromString,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import type { Resource } from "@opentelemetry/resources";
import { LoggerProvider } from "@opentelemetry/sdk-logs";
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ViewOptions,
} from "@opentelemetry/sdk-metrics";
import { patchBuiltins } from "./hooks.ts";
import { startInstrumentations } from "./instrumentations.ts";
import { watchEnd } from "./lifecycle.ts";
import { observeHost } from "./measure/hostMetrics.ts";
import { observeProcess } from "./measure/processMetrics.ts";
import { headSampler } from "./sampling/headSampler.ts";
import { LogSink } from "./send/logSink.ts";
import { MetricExporter } from "./send/metricExporter.ts";
import { OtlpSender } from "./send/sender.ts";
import { SpanSink } from "./send/spanSink.ts";
import { LeanTracerProvider } from "./trace/tracerProvider.ts";
import { detectResource, type ServiceOptions } from "./setup/resource.ts";
import { readSettings, type Settings } from "./setup/settings.ts";
import { warnOnce, type Warn } from "./setup/warn.ts";

export type StartOptions = ServiceOptions;

interface Running {
  /** Sends what there is; resolves also when the server does not answer. */
  readonly flush: () => Promise<void>;
}

/** Shared by all copies of this package in the process, so that two of them do not measure twice. */
const RUNNING = Symbol.for("throughline.node.running");
const holder = globalThis as typeof globalThis & { [RUNNING]?: Running };

/** Pool metrics of the pg instrumentation mix several pools up; ours replace them. */
const VIEWS: ViewOptions[] = [
  {
    meterName: "@opentelemetry/instrumentation-pg",
    instrumentName: "db.client.connection.*",
    aggregation: { type: AggregationType.DROP },
  },
];

/** Starts once a process; later calls do nothing. Never throws: what goes wrong is one line on stderr. */
export function start(options: StartOptions = {}): void {
  if (holder[RUNNING] !== undefined) return;
  const warn = warnOnce();
  try {
    const settings = readSettings(process.env, warn);
    if (settings.isDisabled) return;
    holder[RUNNING] = open(settings, detectResource(process.env, options), warn);
  } catch (error) {
    warn(`Telemetry could not be started, the application runs without it: ${String(error)}.`);
  }
}

/** Sends everything made so far. For code that ends its process itself and can wait; never rejects. */
export async function flush(): Promise<void> {
  await holder[RUNNING]?.flush().catch(() => undefined);
}

function open(settings: Settings, resource: Resource, warn: Warn): Running {
  setDiagnostics(process.env["OTEL_LOG_LEVEL"]);
  const { signals, targets, encoding, queueBytes } = settings;
  const sender = new OtlpSender({ targets, encoding, queueBytes, warn });
  const spans = new SpanSink(sender, {
    resource,
    sampling: settings.sampling,
    delayMs: settings.spanDelayMs,
    batchSpans: settings.spanBatch,
    warn,
  });
  const records = new LogSink(sender, settings.logDelayMs, warn);
  const readers = signals.metrics
    ? [
        new PeriodicExportingMetricReader({
          exporter: new MetricExporter(sender),
          exportIntervalMillis: settings.metricEveryMs,
        }),
      ]
    : [];
  const meters = new MeterProvider({ resource, readers, views: VIEWS });

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  setPropagators(settings.propagators, warn);
  if (signals.traces) {
    trace.setGlobalTracerProvider(
      new LeanTracerProvider({
        resource,
        sampler: headSampler(settings.sampler, settings.samplerArgument, warn),
        limits: settings.limits,
        listener: { started: (span) => spans.onStart(span), ended: (span) => spans.onEnd(span) },
      }),
    );
  }
  if (signals.logs) logs.setGlobalLoggerProvider(new LoggerProvider({ resource, processors: [records] }));
  if (signals.metrics) {
    metrics.setGlobalMeterProvider(meters);
    observeProcess();
    if (settings.hasHostMetrics) {
      const reason = observeHost();
      if (reason !== undefined) diag.info(reason);
    }
  }
  startInstrumentations(settings);
  patchBuiltins();
  noteCrashes();

  const finish = (): void => {
    spans.finish();
    records.cut();
  };
  const flush = async (): Promise<void> => {
    finish();
    // Reading metrics waits for asynchronous observers; spans must not wait for them.
    await Promise.allSettled([sender.flush(), meters.forceFlush()]);
    await sender.flush();
  };
  watchEnd({ flush, finish, sender, targets });
  return { flush };
}

/** An error nobody caught is the last thing a process says; Node's own handling of it stays as it is. */
function noteCrashes(): void {
  process.on("uncaughtExceptionMonitor", (error, origin) => {
    logs.getLogger("@throughline/node/crashes", "0.1.0").emit({
      eventName: "exception",
      severityNumber: SeverityNumber.FATAL,
      severityText: "FATAL",
      body: `${origin}: ${error instanceof Error ? error.message : String(error)}`,
      attributes: {
        "exception.type": error instanceof Error ? error.name : typeof error,
        "exception.message": error instanceof Error ? error.message : String(error),
        "exception.stacktrace": error instanceof Error ? (error.stack ?? "") : "",
      },
    });
  });
}

function setDiagnostics(level: string | undefined): void {
  const known = level === undefined ? undefined : diagLogLevelFromString(level);
  if (known !== undefined) diag.setLogger(new DiagConsoleLogger(), { logLevel: known });
}

function setPropagators(names: readonly string[], warn: Warn): void {
  const propagators = names.flatMap((name) => {
    if (name === "tracecontext") return [new W3CTraceContextPropagator()];
    if (name === "baggage") return [new W3CBaggagePropagator()];
    if (name !== "none") warn(`OTEL_PROPAGATORS "${name}" is not known here and is left out.`);
    return [];
  });
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
}
