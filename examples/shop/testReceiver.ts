/** A receiver of OTLP/HTTP with JSON for the tests: keeps what it gets and can be asked to wait for more. */
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

const DEADLINE_MS = 30_000;

type Value = string | number | boolean | undefined;
type Attributes = Record<string, Value>;

export interface ReceivedSpan {
  service: string;
  version: Value;
  name: string;
  kind: "internal" | "server" | "client" | "producer" | "consumer";
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  attributes: Attributes;
  isError: boolean;
  exceptions: Attributes[];
}

export interface ReceivedLog {
  service: string;
  severity: string;
  body: Value;
  traceId: string | undefined;
  attributes: Attributes;
}

export interface ReceivedPoint {
  service: string;
  name: string;
  attributes: Attributes;
  /** The value of a gauge or sum; the count of a histogram. */
  value: number;
}

interface JsonValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number;
  doubleValue?: number;
}
interface JsonAttribute {
  key: string;
  value: JsonValue;
}
interface JsonPoint {
  attributes?: JsonAttribute[];
  asInt?: string | number;
  asDouble?: number;
  count?: string | number;
}
interface JsonMetric {
  name: string;
  gauge?: { dataPoints: JsonPoint[] };
  sum?: { dataPoints: JsonPoint[] };
  histogram?: { dataPoints: JsonPoint[] };
}
interface JsonSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes?: JsonAttribute[];
  status?: { code?: number };
  events?: { name: string; attributes?: JsonAttribute[] }[];
}
interface JsonLog {
  severityText: string;
  body: JsonValue;
  traceId?: string;
  attributes?: JsonAttribute[];
}
interface JsonGroup {
  resource: { attributes: JsonAttribute[] };
  scopeSpans?: { spans: JsonSpan[] }[];
  scopeLogs?: { logRecords: JsonLog[] }[];
  scopeMetrics?: { metrics: JsonMetric[] }[];
}

const KINDS = ["internal", "internal", "server", "client", "producer", "consumer"] as const;
const STATUS_ERROR = 2;

function plain({ stringValue, boolValue, intValue, doubleValue }: JsonValue): Value {
  return stringValue ?? boolValue ?? doubleValue ?? (intValue === undefined ? undefined : Number(intValue));
}

function attributesOf(list: JsonAttribute[] = []): Attributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, plain(value)]));
}

export type TestReceiver = Awaited<ReturnType<typeof startTestReceiver>>;

/** Listens on a free loopback port. */
export async function startTestReceiver() {
  const spans: ReceivedSpan[] = [];
  const logs: ReceivedLog[] = [];
  const points: ReceivedPoint[] = [];
  const news = new EventEmitter();

  function keep(group: JsonGroup): void {
    const resource = attributesOf(group.resource.attributes);
    const service = String(resource["service.name"]);
    for (const span of group.scopeSpans?.flatMap((scope) => scope.spans) ?? []) {
      spans.push({
        service,
        version: resource["service.version"],
        name: span.name,
        kind: KINDS[span.kind] ?? "internal",
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId === "" ? undefined : span.parentSpanId,
        attributes: attributesOf(span.attributes),
        isError: span.status?.code === STATUS_ERROR,
        exceptions: (span.events ?? [])
          .filter((event) => event.name === "exception")
          .map((event) => attributesOf(event.attributes)),
      });
    }
    for (const { severityText, body, traceId, attributes } of group.scopeLogs?.flatMap((s) => s.logRecords) ??
      []) {
      logs.push({
        service,
        severity: severityText,
        body: plain(body),
        traceId,
        attributes: attributesOf(attributes),
      });
    }
    for (const metric of group.scopeMetrics?.flatMap((scope) => scope.metrics) ?? []) {
      for (const point of (metric.gauge ?? metric.sum ?? metric.histogram)?.dataPoints ?? []) {
        const value = Number(point.asDouble ?? point.asInt ?? point.count);
        points.push({ service, name: metric.name, attributes: attributesOf(point.attributes), value });
      }
    }
  }

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const bytes = Buffer.concat(chunks);
      const text = (incoming.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
      const body = JSON.parse(text) as Record<string, JsonGroup[]>;
      for (const group of Object.values(body).flat()) keep(group);
      outgoing.setHeader("content-type", "application/json").end("{}");
      news.emit("news");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receiver got no port");

  /** Asks again at everything that arrives, until there is an answer. */
  async function until<Answer>(what: string, ask: () => Answer | undefined | false): Promise<Answer> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const answer = ask();
      if (answer !== undefined && answer !== false) return answer;
      try {
        await once(news, "news", { signal });
      } catch (error) {
        throw new Error(`never received: ${what}`, { cause: error });
      }
    }
  }

  const childrenOf = (span: ReceivedSpan) => spans.filter((other) => other.parentSpanId === span.spanId);

  /**
   * The whole trace that starts with the first span `isRoot` accepts. Spans leave a process in the order they end, so
   * a server span comes after all that happened under it: the trace is whole when every call has been answered.
   */
  function traceOf(what: string, isRoot: (span: ReceivedSpan) => boolean) {
    return until(what, () => {
      const root = spans.find(isRoot);
      if (root === undefined) return undefined;
      const trace = spans.filter((span) => span.traceId === root.traceId);
      const calls = trace.filter(
        (span) => span.kind === "client" && span.attributes["url.full"] !== undefined,
      );
      return calls.every((call) => childrenOf(call).length > 0) && { root, spans: trace };
    });
  }

  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    logs,
    points,
    until,
    childrenOf,
    traceOf,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
