/** Requests below the exporters: bytes over HTTP and over raw HTTP/2, for what no exporter would send. */
import { connect, type ClientHttp2Session } from "node:http2";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import type { OtlpSignal, WireEncoding } from "../../apps/server/src/ingest/index.ts";
import { logRecords, metricPoints, spans } from "./items.ts";

export interface EncodedBatch {
  readonly uids: readonly string[];
  readonly bytes: Uint8Array;
}

/** A batch of unique items as the real exporters put it on the wire. */
export function encodedBatch(
  signal: OtlpSignal,
  encoding: WireEncoding,
  prefix: string,
  count: number,
): EncodedBatch {
  const isJson = encoding === "json";
  if (signal === "traces") {
    const { uids, items } = spans(prefix, count);
    return encoded(uids, (isJson ? JsonTraceSerializer : ProtobufTraceSerializer).serializeRequest(items));
  }
  if (signal === "logs") {
    const { uids, items } = logRecords(prefix, count);
    return encoded(uids, (isJson ? JsonLogsSerializer : ProtobufLogsSerializer).serializeRequest(items));
  }
  const { uids, items } = metricPoints(prefix, count);
  return encoded(uids, (isJson ? JsonMetricsSerializer : ProtobufMetricsSerializer).serializeRequest(items));
}

function encoded(uids: readonly string[], bytes: Uint8Array | undefined): EncodedBatch {
  if (bytes === undefined) throw new Error("The exporter's serializer gave nothing.");
  return { uids, bytes };
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Buffer;
}

export async function postOtlp(
  httpPort: number,
  signal: OtlpSignal,
  encoding: WireEncoding,
  bytes: Uint8Array,
  contentEncoding?: string,
): Promise<HttpAnswer> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/v1/${signal}`, {
    method: "POST",
    headers: {
      "content-type": encoding === "json" ? "application/json" : "application/x-protobuf",
      ...(contentEncoding === undefined ? {} : { "content-encoding": contentEncoding }),
    },
    body: Buffer.from(bytes),
  });
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, retryAfter: response.headers.get("retry-after"), body };
}

const SERVICE: Readonly<Record<OtlpSignal, string>> = {
  traces: "trace.v1.TraceService",
  logs: "logs.v1.LogsService",
  metrics: "metrics.v1.MetricsService",
};

export interface GrpcAnswer {
  readonly status: number;
  readonly message: string;
  readonly hasRetryInfo: boolean;
}

export interface RawGrpc {
  /** Sends the bytes as they are: framing is up to the caller. */
  call(signal: OtlpSignal, body: Uint8Array, encoding?: string): Promise<GrpcAnswer>;
  close(): void;
}

export function openRawGrpc(grpcPort: number): RawGrpc {
  const session: ClientHttp2Session = connect(`http://127.0.0.1:${grpcPort}`);
  // Every call reports the failure of its connection itself.
  session.on("error", () => {});
  return {
    call: (signal, body, encoding) => {
      const { promise, resolve, reject } = Promise.withResolvers<GrpcAnswer>();
      const stream = session.request({
        ":method": "POST",
        ":path": `/opentelemetry.proto.collector.${SERVICE[signal]}/Export`,
        "content-type": "application/grpc",
        ...(encoding === undefined ? {} : { "grpc-encoding": encoding }),
      });
      const take = (headers: Record<string, unknown>): void => {
        if (headers["grpc-status"] === undefined) return;
        const details = Buffer.from(String(headers["grpc-status-details-bin"] ?? ""), "base64");
        resolve({
          status: Number(headers["grpc-status"]),
          message: decodeURIComponent(String(headers["grpc-message"] ?? "")),
          hasRetryInfo: details.includes("google.rpc.RetryInfo"),
        });
      };
      stream.on("response", take).on("trailers", take).on("error", reject).resume();
      stream.on("close", () => reject(new Error("The call was closed without a status.")));
      stream.end(body);
      return promise;
    },
    close: () => session.close(),
  };
}

export function grpcFrame(message: Uint8Array, flag = 0): Buffer {
  const frame = Buffer.alloc(5 + message.byteLength);
  frame.writeUInt8(flag);
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, 5);
  return frame;
}
