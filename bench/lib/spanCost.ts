/**
 * Processor time of the main thread for one span, from its start until its bytes have left: `plain` or `throughline` as
 * argument, and where to send. Threads that compress do not count, nor does what the kernel does for them.
 */
import { ROOT_CONTEXT, SpanKind, type TracerProvider } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider as PlainTracerProvider } from "@opentelemetry/sdk-trace";
import { headSampler } from "../../packages/node/src/sampling/headSampler.ts";
import { OtlpSender } from "../../packages/node/src/send/sender.ts";
import { SpanSink } from "../../packages/node/src/send/spanSink.ts";
import { LeanTracerProvider } from "../../packages/node/src/trace/tracerProvider.ts";

const [, , kind, url = "", countText = "100000"] = process.argv;
const COUNT = Number(countText);
/** Spans in one turn of the event loop, as a busy service ends them. */
const BURST = 64;
const FLUSH_EVERY = 8192;
/** Ten attributes, as a server span has them. */
const ATTRIBUTES = {
  "http.request.method": "GET",
  "url.path": "/orders/1234",
  "url.scheme": "http",
  "http.route": "/orders/:id",
  "server.address": "localhost",
  "server.port": 3000,
  "http.response.status_code": 200,
  "network.protocol.version": "1.1",
  "db.query.text": "select * from orders where id = $1 and shop = $2",
  "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64)",
} as const;
const NAMES = Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[];

const resource = resourceFromAttributes({ "service.name": "bench" });
const warn = (text: string): never => {
  throw new Error(text);
};

function plain(): { provider: TracerProvider; flush: () => Promise<void> } {
  const processor = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url: `${url}/v1/traces` }),
    maxQueueSize: COUNT,
    scheduledDelayMillis: 100,
  });
  const provider = new PlainTracerProvider({ resource, spanProcessors: [processor] });
  return { provider, flush: () => processor.forceFlush() };
}

function throughline(): { provider: TracerProvider; flush: () => Promise<void> } {
  const target = { url: `${url}/v1/traces`, headers: {}, timeoutMs: 10_000 };
  const targets = { traces: target, metrics: target, logs: target };
  const sender = new OtlpSender({ targets, encoding: "zstd", queueBytes: 100e6, warn });
  const sampling = { fastTraceRatio: 1, fastQueryRatio: 1, slowRequestMs: 1000, slowQueryMs: 100 };
  const sink = new SpanSink(sender, { resource, sampling, delayMs: 1000, batchSpans: 2048, warn });
  const provider = new LeanTracerProvider({
    resource,
    sampler: headSampler("", "", warn),
    limits: {
      attributeCount: 128,
      attributeValueLength: Number.POSITIVE_INFINITY,
      eventCount: 128,
      linkCount: 128,
    },
    listener: { started: (span) => sink.onStart(span), ended: (span) => sink.onEnd(span) },
  });
  return { provider, flush: () => sink.forceFlush() };
}

if (kind !== "plain" && kind !== "throughline")
  throw new Error("The first argument is plain or throughline.");
const { provider, flush } = kind === "plain" ? plain() : throughline();
const tracer = provider.getTracer("bench", "1.0.0");

await run(COUNT / 5);
const before = process.threadCpuUsage();
await run(COUNT);
const { user, system } = process.threadCpuUsage(before);
process.stdout.write(`${(user + system) / COUNT}\n`);
process.exit();

async function run(count: number): Promise<void> {
  for (let made = 0; made < count; made += BURST) {
    for (let i = 0; i < BURST; i++) {
      const span = tracer.startSpan("GET /orders/:id", { kind: SpanKind.SERVER }, ROOT_CONTEXT);
      for (const name of NAMES) span.setAttribute(name, ATTRIBUTES[name]);
      span.end();
    }
    await new Promise((resolve) => setImmediate(resolve));
    // The plain exporter gives up what is more than thirty requests at once.
    if (made % FLUSH_EVERY === 0) await flush();
  }
  await flush();
}
