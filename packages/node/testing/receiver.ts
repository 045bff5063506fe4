/** A receiver of OTLP/HTTP that answers as a test wants and keeps what it is sent, decoded by the server's own tables. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import type { OtlpSignal } from "../../../apps/server/src/ingest/types.ts";
import { plainAttributes, readOtlp, type Message } from "./readOtlp.ts";

export interface Received {
  readonly signal: OtlpSignal;
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
  readonly message: Message;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array;
}

export interface ReceivedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string;
  readonly isError: boolean;
  readonly attributes: Record<string, unknown>;
  readonly exceptions: Record<string, unknown>[];
  readonly resource: Record<string, unknown>;
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

const OK: Answer = { status: 200 };
const DEADLINE_MS = 30_000;

/** @param answer decides over each request, by how many came before it; it is kept only when that is a 2xx */
export async function startReceiver(answer: (index: number) => Answer = () => OK, port = 0) {
  const requests: Received[] = [];
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { status, headers = {}, body = new Uint8Array() } = answer(requests.length);
      const signal = incoming.url!.split("/").at(-1) as OtlpSignal;
      const bytes = inflate(Buffer.concat(chunks), incoming.headers["content-encoding"]);
      requests.push({ signal, headers: incoming.headers, status, message: readOtlp(signal, bytes) });
      outgoing.writeHead(status, headers).end(body);
      server.emit("news");
    })();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver got no port.");

  const kept = (signal: OtlpSignal): Message[] =>
    requests.filter((each) => each.signal === signal && each.status < 300).map(({ message }) => message);
  const spans = (): ReceivedSpan[] =>
    kept("traces").flatMap((message) =>
      list(message, "resourceSpans").flatMap((group) =>
        list(group, "scopeSpans")
          .flatMap((scope) => list(scope, "spans"))
          .map((span) => asSpan(span, group)),
      ),
    );
  const logs = () =>
    kept("logs").flatMap((message) =>
      list(message, "resourceLogs")
        .flatMap((group) => list(group, "scopeLogs"))
        .flatMap((scope) => list(scope, "logRecords"))
        .map((record) => ({
          eventName: record["eventName"] as string | undefined,
          severityNumber: Number(record["severityNumber"]),
          attributes: plainAttributes(record["attributes"]),
          traceId: record["traceId"] as string | undefined,
        })),
    );
  const points = () =>
    kept("metrics").flatMap((message) =>
      list(message, "resourceMetrics")
        .flatMap((group) => list(group, "scopeMetrics"))
        .flatMap((scope) => list(scope, "metrics"))
        .flatMap((metric) => {
          const data = (metric["gauge"] ?? metric["sum"] ?? metric["histogram"]) as Message | undefined;
          return list(data ?? {}, "dataPoints").map((point) => ({
            name: String(metric["name"]),
            unit: String(metric["unit"]),
            attributes: plainAttributes(point["attributes"]),
            value: Number(point["asDouble"] ?? point["asInt"] ?? point["count"]),
          }));
        }),
    );

  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    requests,
    spans,
    logs,
    points,
    /** Asks again at everything that arrives, until there is an answer. */
    async until<T>(what: string, ask: () => T | undefined | false): Promise<T> {
      const signal = AbortSignal.timeout(DEADLINE_MS);
      for (;;) {
        const found = ask();
        if (found !== undefined && found !== false) return found;
        await once(server, "news", { signal }).catch((error: unknown) => {
          throw new Error(`never received: ${what}`, { cause: error });
        });
      }
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function inflate(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === "zstd") return zstdDecompressSync(body);
  return encoding === "gzip" ? gunzipSync(body) : body;
}

function list(message: Message, name: string): Message[] {
  return (message[name] ?? []) as Message[];
}

function asSpan(span: Message, group: Message): ReceivedSpan {
  const status = span["status"] as Message | undefined;
  return {
    name: String(span["name"]),
    kind: Number(span["kind"]),
    traceId: String(span["traceId"]),
    spanId: String(span["spanId"]),
    parentSpanId: span["parentSpanId"] as string | undefined,
    traceState: String(span["traceState"] ?? ""),
    isError: Number(status?.["code"] ?? 0) === 2,
    attributes: plainAttributes(span["attributes"]),
    exceptions: list(span, "events")
      .filter((event) => event["name"] === "exception")
      .map((event) => plainAttributes(event["attributes"])),
    resource: plainAttributes((group["resource"] as Message)["attributes"]),
  };
}
