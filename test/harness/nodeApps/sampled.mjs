// Requests with queries whose trace ids are spread evenly, so that a sampler keeps exactly its share of them. Times are given.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";

const TRACES = 256;
const tracer = trace.getTracer("sampled");
const startMs = Date.now() - 30_000;

/** The last 56 bits decide; the bits before tell the series of traces apart. */
function caller(series, index) {
  const random = (BigInt(index) << 56n) / BigInt(TRACES);
  const traceId = String(series).repeat(18) + random.toString(16).padStart(14, "0");
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: "f".repeat(16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

function handle(route, context, { queries = 1, queryMs = 2, isFailed = false } = {}) {
  const attributes = { "http.route": route, "http.request.method": "GET" };
  const root = tracer.startSpan(
    `GET ${route}`,
    { kind: SpanKind.SERVER, startTime: startMs, attributes },
    context,
  );
  for (let i = 0; i < queries; i++) {
    const query = tracer.startSpan(
      "select",
      {
        kind: SpanKind.CLIENT,
        startTime: startMs,
        attributes: { "db.system.name": "postgresql", "db.query.text": `select a from ${route.slice(1)}` },
      },
      trace.setSpan(context, root),
    );
    query.end(startMs + queryMs);
  }
  if (isFailed) root.setStatus({ code: SpanStatusCode.ERROR });
  root.end(startMs + queryMs * queries + 1);
}

for (let i = 0; i < TRACES; i++) {
  handle("/fast", caller(1, i), { queries: 2 });
  handle("/repeated", caller(2, i), { queries: 6 });
  if (i % 8 === 0) handle("/failed", caller(3, i), { isFailed: true });
  if (i % 16 === 0) handle("/slow", caller(4, i), { queryMs: 150 });
}
console.log("{}");
