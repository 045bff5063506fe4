/**
 * OTLP over gRPC, spoken directly on HTTP/2. The three Export methods are unary, so the protocol is a length-prefixed
 * message in and one out; a library would inflate bodies on this thread, read them before knowing who sends, and
 * answer a damaged gzip body with INTERNAL (docs/decisions/0010). https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { WIRE_BODY_BYTES_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import { IngestRefusal, type Ingest, type IngestAnswer, type Sender, type Signal } from "../types.ts";
import { answerProtobuf, failureOf, failureProtobuf, GRPC } from "./answers.ts";
import { mustAuthenticate, type Authenticate, type LimitSender } from "./authenticate.ts";
import { decodeFrame, encodeFrame, FRAME_HEADER_BYTES, percentEncoded } from "./grpcFrame.ts";
import { mustKnowCompression } from "./httpHeaders.ts";
import { BodyAborted, readBody } from "./readBody.ts";

export interface OtlpGrpcOptions {
  readonly ingest: Ingest;
  readonly authenticate: Authenticate;
  /** How often a sender may send. Without: as often as it likes. */
  readonly limitSender?: LimitSender;
  readonly host: string;
  readonly port: number;
  readonly log: Log;
}

export interface OtlpGrpcServer {
  readonly port: number;
  /** Takes no new calls, answers those under way, then closes; after the time connections are cut. */
  close(options: { readonly drainMs: number }): Promise<void>;
}

/** Every method that there is. */
export const SIGNAL_BY_PATH: ReadonlyMap<string, Signal> = new Map([
  ["/opentelemetry.proto.collector.trace.v1.TraceService/Export", "traces"],
  ["/opentelemetry.proto.collector.logs.v1.LogsService/Export", "logs"],
  ["/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "metrics"],
] as const);

const STREAM_WINDOW_BYTES = 1024 * 1024;
const SESSION_WINDOW_BYTES = 4 * 1024 * 1024;
const CONCURRENT_CALLS_PER_CONNECTION = 256;
/** A call that neither sends nor ends for this long is reset. */
const IDLE_CALL_MS = 60_000;

/** How long a refused sender may go on sending before its call is reset. */
const DISCARD_MS = 10_000;

const RESPONSE_HEADERS = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": "identity,gzip,deflate,zstd",
} as const;

export async function openOtlpGrpc(options: OtlpGrpcOptions): Promise<OtlpGrpcServer> {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({
    settings: {
      maxConcurrentStreams: CONCURRENT_CALLS_PER_CONNECTION,
      initialWindowSize: STREAM_WINDOW_BYTES,
      enablePush: false,
    },
    maxSessionMemory: 64,
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.once("connect", () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
  });
  server.on("sessionError", (error) => options.log.info({ err: error }, "An OTLP/gRPC connection broke."));
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    // A reset by the peer surfaces as an error event; readBody and the closed stream already tell the story.
    stream.on("error", (error) => options.log.info({ err: error }, "An OTLP/gRPC call broke off."));
    stream.setTimeout(IDLE_CALL_MS, () => stream.close(constants.NGHTTP2_CANCEL));
    void serve(stream, headers, options);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options.port, options.host, resolve);
  await promise;
  server.off("error", reject);
  server.on("error", (error) => options.log.error({ err: error }, "The OTLP/gRPC port failed."));

  return {
    port: (server.address() as AddressInfo).port,
    close: async ({ drainMs }) => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const session of sessions) session.close();
      const timer = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, drainMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  options: OtlpGrpcOptions,
): Promise<void> {
  const { ingest, log } = options;
  if (!String(headers["content-type"] ?? "").startsWith("application/grpc")) {
    stream.respond({ ":status": 415 }, { endStream: true });
    return discardRest(stream);
  }
  const signal = SIGNAL_BY_PATH.get(headers[":path"] ?? "");
  if (signal === undefined) {
    const message = "Throughline serves the Export methods of OTLP's trace, logs and metrics services.";
    return sendStatus(stream, { "grpc-status": GRPC.unimplemented, "grpc-message": message });
  }
  const progress: Progress = { sender: null, isHandedOver: false };
  try {
    sendAnswer(stream, await exportCall(stream, headers, signal, options, progress));
  } catch (error) {
    if (error instanceof IngestRefusal) {
      if (!progress.isHandedOver) ingest.countRefusal(progress.sender, signal, error.kind, 0);
    } else if (error instanceof BodyAborted) {
      return;
    } else {
      log.error({ err: error, signal }, "An OTLP/gRPC request failed unexpectedly.");
    }
    sendFailure(stream, error);
  }
}

/** How far a call came; decides who counts its refusal. */
interface Progress {
  sender: Sender | null;
  isHandedOver: boolean;
}

async function exportCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  signal: Signal,
  options: OtlpGrpcOptions,
  progress: Progress,
): Promise<IngestAnswer> {
  const { ingest, authenticate, limitSender } = options;
  const remoteAddress = stream.session?.socket.remoteAddress ?? "";
  const sender = await mustAuthenticate(authenticate, { headers, remoteAddress });
  progress.sender = sender;
  const limited = limitSender?.(sender, remoteAddress) ?? null;
  if (limited !== null) throw limited;
  const messageEncoding = mustKnowCompression(headers["grpc-encoding"]);
  const refusal = ingest.refusalNow(sender, signal);
  if (refusal !== null) throw refusal;
  const body = await readBody(stream, ingest, WIRE_BODY_BYTES_MAX + FRAME_HEADER_BYTES);
  let answered: Promise<IngestAnswer>;
  try {
    const { isCompressed, message } = decodeFrame(body.bytes);
    progress.isHandedOver = true;
    answered = ingest.accept({
      signal,
      encoding: "protobuf",
      compression: isCompressed ? messageEncoding : "identity",
      sender,
      body: message,
      receivedAtMs: Date.now(),
    });
  } finally {
    // accept() holds the bytes itself from here on.
    body.release();
  }
  return await answered;
}

function sendAnswer(stream: ServerHttp2Stream, answer: IngestAnswer): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond(RESPONSE_HEADERS, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(GRPC.ok) }));
  stream.end(encodeFrame(answerProtobuf(answer)));
}

function sendFailure(stream: ServerHttp2Stream, error: unknown): void {
  const failure = failureOf(error);
  sendStatus(stream, {
    "grpc-status": failure.grpc,
    "grpc-message": failure.message,
    "grpc-status-details-bin": failureProtobuf(failure).toString("base64"),
  });
}

/** A call that ends without a message: its status travels in the only header block. */
function sendStatus(stream: ServerHttp2Stream, status: Record<string, string | number>): void {
  if (stream.destroyed || stream.closed) return;
  const message = percentEncoded(String(status["grpc-message"]));
  stream.respond({ ...RESPONSE_HEADERS, ...status, "grpc-message": message }, { endStream: true });
  discardRest(stream);
}

/**
 * Lets the sender finish, bytes going nowhere. An immediate reset would be shorter, but it overtakes the status in
 * Node's HTTP/2 and senders then report INTERNAL.
 */
function discardRest(stream: ServerHttp2Stream): void {
  stream.resume();
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), DISCARD_MS);
  stream.once("close", () => clearTimeout(timer));
}
