/**
 * OTLP over HTTP: `POST /v1/{traces,metrics,logs}`, protobuf or JSON, plain or compressed. Who sends and whether there
 * is room is settled before the body is read. https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { WIRE_BODY_BYTES_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import { IngestRefusal, type Ingest, type OtlpSignal, type Sender } from "../types.ts";
import { answerJson, answerProtobuf, failureJson, failureOf, failureProtobuf } from "./answers.ts";
import { mustAuthenticate, type Authenticate, type LimitSender } from "./authenticate.ts";
import {
  ACCEPTED_COMPRESSIONS,
  checkDeclaredLength,
  CONTENT_TYPES,
  encodingOf,
  mustKnowCompression,
  mustKnowEncoding,
  unsupportedType,
} from "./httpHeaders.ts";
import { BodyAborted, readBody, type ReadBody } from "./readBody.ts";

export interface OtlpHttpOptions {
  readonly ingest: Ingest;
  readonly authenticate: Authenticate;
  /** How often a sender may send. Without: as often as it likes. */
  readonly limitSender?: LimitSender;
  readonly log: Log;
}

/** How far a request came; decides who counts its refusal. */
interface Progress {
  readonly sender: Sender;
  isHandedOver: boolean;
}

const SIGNALS: readonly OtlpSignal[] = ["traces", "metrics", "logs"];

/** A Fastify plugin: register it on every port where the OTLP paths shall answer. */
export async function otlpHttp(app: FastifyInstance, options: OtlpHttpOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(Object.keys(CONTENT_TYPES), (_request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, options.ingest, WIRE_BODY_BYTES_MAX),
  );
  for (const signal of SIGNALS) {
    addExportRoute(app, signal, options);
    app.route({
      method: ["GET", "PUT", "DELETE", "PATCH"],
      url: `/v1/${signal}`,
      handler: (_request, reply) => sendMethodNotAllowed(signal, reply),
    });
  }
}

function addExportRoute(app: FastifyInstance, signal: OtlpSignal, options: OtlpHttpOptions): void {
  const { ingest, authenticate, limitSender, log } = options;
  const progress = new WeakMap<FastifyRequest, Progress>();

  app.post<{ Body: ReadBody | undefined }>(`/v1/${signal}`, {
    onRequest: async (request) => {
      const { headers } = request;
      // The socket's address, never a header's: keyless ingest depends on it.
      const remoteAddress = request.socket.remoteAddress ?? "";
      const sender = await mustAuthenticate(authenticate, { headers, remoteAddress });
      progress.set(request, { sender, isHandedOver: false });
      const limited = limitSender?.(sender, request.ip) ?? null;
      if (limited !== null) throw limited;
      mustKnowEncoding(headers);
      mustKnowCompression(headers["content-encoding"]);
      checkDeclaredLength(headers);
      const refusal = ingest.refusalNow(sender, signal);
      if (refusal !== null) throw refusal;
    },
    handler: async (request, reply) => {
      const encoding = mustKnowEncoding(request.headers);
      const state = progress.get(request);
      if (state === undefined) throw new Error("An OTLP/HTTP request reached its handler unauthenticated.");
      state.isHandedOver = true;
      const answered = ingest.accept({
        signal,
        encoding,
        compression: mustKnowCompression(request.headers["content-encoding"]),
        sender: state.sender,
        body: request.body?.bytes ?? new Uint8Array(0),
        receivedAtMs: Date.now(),
      });
      // accept() holds the bytes itself from here on.
      request.body?.release();
      const answer = await answered;
      return encoding === "json"
        ? reply.type("application/json").send(answerJson(signal, answer))
        : reply.type("application/x-protobuf").send(answerProtobuf(answer));
    },
    errorHandler: (error, request, reply) => {
      const cause = asRefusal(error, request);
      const state = progress.get(request);
      if (cause instanceof IngestRefusal) {
        if (state?.isHandedOver !== true) ingest.countRefusal(state?.sender ?? null, signal, cause.kind, 0);
      } else if (!(cause instanceof BodyAborted)) {
        log.error({ err: cause, signal }, "An OTLP/HTTP request failed unexpectedly.");
      }
      return sendFailure(cause, request, reply);
    },
  });
}

/** The web framework's own refusals, in the terms of ingest. */
function asRefusal(error: unknown, request: FastifyRequest): unknown {
  const statusCode = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (error instanceof IngestRefusal || typeof statusCode !== "number" || statusCode >= 500) return error;
  if (statusCode === 415) return unsupportedType(request.headers["content-type"]);
  return new IngestRefusal("malformed", error instanceof Error ? error.message : "The request is malformed.");
}

function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = failureOf(error);
  reply.code(failure.http);
  if (failure.retryAfterSeconds !== undefined) reply.header("retry-after", failure.retryAfterSeconds);
  if (failure.http === 401) reply.header("www-authenticate", "Bearer");
  if (failure.http === 415) reply.header("accept-encoding", ACCEPTED_COMPRESSIONS);
  return encodingOf(request.headers) === "protobuf"
    ? reply.type("application/x-protobuf").send(failureProtobuf(failure))
    : reply.type("application/json").send(failureJson(failure));
}

function sendMethodNotAllowed(signal: OtlpSignal, reply: FastifyReply): FastifyReply {
  return reply
    .code(405)
    .header("allow", "POST")
    .type("application/problem+json")
    .send(
      JSON.stringify({
        type: "about:blank",
        title: "Method Not Allowed",
        status: 405,
        code: "method_not_allowed",
        detail: `OTLP is sent to /v1/${signal} with POST.`,
      }),
    );
}
