/**
 * What browsers send: `POST /api/web-vitals` and `POST /api/events`, with the content types that sendBeacon can have, and
 * the preflight of those that ask first. Who sends and whether there is room is settled before the body is read. Answers
 * may be read by pages of the key's origins only.
 */
import type { IncomingMessage } from "node:http";
import type { BrowserEventsAnswer, Problem, WebVitalsAnswer } from "@throughline/contract";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BROWSER_BODY_BYTES_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import {
  IngestRefusal,
  type BrowserSignal,
  type Ingest,
  type IngestAnswer,
  type RefusalKind,
  type Sender,
} from "../types.ts";
import { failureOf } from "./answers.ts";
import type { LimitSender } from "./authenticate.ts";
import type { BrowserAuthenticationRequest, BrowserAuthenticator } from "./authenticateBrowser.ts";
import { BodyAborted, readBody, tooLarge, type ReadBody } from "./readBody.ts";
import { visitorOf } from "./visitor.ts";

export interface BrowserHttpOptions {
  readonly ingest: Ingest;
  readonly authenticator: BrowserAuthenticator;
  /** How often a sender may send. Without: as often as it likes. */
  readonly limitSender?: LimitSender;
  readonly log: Log;
}

/** sendBeacon sends text as text/plain, a Blob with its own type, and one without a type with none. */
const CONTENT_TYPES = ["text/plain", "application/json", "application/octet-stream"];
const PATHS: Readonly<Record<BrowserSignal, string>> = {
  web_vitals: "/api/web-vitals",
  events: "/api/events",
};
/** Preflights are remembered for ten minutes; a key that is changed meanwhile still refuses the requests themselves. */
const PREFLIGHT_SECONDS = 600;

/** How far a request came; decides who counts its refusal. */
interface Progress {
  readonly sender: Sender;
  isHandedOver: boolean;
}

/** A Fastify plugin. Every route of it takes the permission `ingest:write` from whoever registers it. */
export async function browserHttp(app: FastifyInstance, options: BrowserHttpOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  const read = (_request: FastifyRequest, payload: IncomingMessage): Promise<ReadBody> =>
    readBody(payload, options.ingest, BROWSER_BODY_BYTES_MAX);
  app.addContentTypeParser(CONTENT_TYPES, read);
  app.addContentTypeParser("*", (request: FastifyRequest, payload: IncomingMessage) => {
    if (request.headers["content-type"] !== undefined) throw unsupportedType();
    return read(request, payload);
  });
  for (const signal of ["web_vitals", "events"] as const) {
    addRoute(app, signal, options);
    addPreflight(app, PATHS[signal], options.authenticator);
  }
}

function addRoute(app: FastifyInstance, signal: BrowserSignal, options: BrowserHttpOptions): void {
  const { ingest, authenticator, limitSender, log } = options;
  const progress = new WeakMap<FastifyRequest, Progress>();

  app.post<{ Body: ReadBody | undefined }>(PATHS[signal], {
    // Rule `browser_ingest`, taken by limitSender once the key is known.
    onRequest: async (request, reply) => {
      reply.header("vary", "origin").header("cache-control", "no-store");
      const found = await authenticator.authenticate(factsOf(request));
      if ("refusal" in found) {
        const { code, message } = found.refusal;
        throw new IngestRefusal(code, message, code === "overloaded" ? 1 : undefined);
      }
      progress.set(request, { sender: found, isHandedOver: false });
      allowOrigin(request, reply);
      const limited = limitSender?.(found, request.ip) ?? null;
      if (limited !== null) throw limited;
      if (Number(request.headers["content-length"] ?? 0) > BROWSER_BODY_BYTES_MAX)
        throw tooLarge(BROWSER_BODY_BYTES_MAX);
      const encoding = request.headers["content-encoding"];
      if (encoding !== undefined && encoding !== "identity")
        throw new IngestRefusal("unsupported", "Browsers' requests are taken uncompressed.");
      const refusal = ingest.refusalNow(found, signal);
      if (refusal !== null) throw refusal;
    },
    handler: async (request, reply) => {
      const state = progress.get(request);
      if (state === undefined) throw new Error("A browser's request reached its handler unauthenticated.");
      state.isHandedOver = true;
      const answered = ingest.accept({
        signal,
        encoding: "json",
        compression: "identity",
        sender: state.sender,
        body: request.body?.bytes ?? new Uint8Array(0),
        receivedAtMs: Date.now(),
        // More than the socket's own address: a proxy that the app trusts passed it on.
        visitor: visitorOf(request.headers, (request.ips?.length ?? 0) > 1),
      });
      // accept() holds the bytes itself from here on.
      request.body?.release();
      const answer = await answered;
      if (answer.accepted === 0) return sendNothingTaken(request, reply, answer);
      return reply.type("application/json").send(JSON.stringify(answerOf(signal, answer)));
    },
    errorHandler: (error, request, reply) => {
      const cause = asRefusal(error);
      const state = progress.get(request);
      if (cause instanceof IngestRefusal) {
        if (state?.isHandedOver !== true) ingest.countRefusal(state?.sender ?? null, signal, cause.kind, 0);
      } else if (!(cause instanceof BodyAborted)) {
        log.error({ err: cause, signal }, "A browser's request failed unexpectedly.");
      }
      return sendFailure(cause, request, reply);
    },
  });
}

function addPreflight(app: FastifyInstance, path: string, authenticator: BrowserAuthenticator): void {
  app.options(path, { config: { rateLimit: "browser_ingest" } }, async (request, reply) => {
    reply.header("vary", "origin, access-control-request-headers");
    if (!(await authenticator.mayAsk(factsOf(request))))
      return reply
        .code(403)
        .type("application/problem+json")
        .send(
          JSON.stringify(problemOf(request, 403, "forbidden", "Pages of this origin may not send here.")),
        );
    allowOrigin(request, reply);
    return reply
      .code(204)
      .header("access-control-allow-methods", "POST")
      .header("access-control-allow-headers", "content-type, authorization, x-throughline-key")
      .header("access-control-max-age", PREFLIGHT_SECONDS)
      .send();
  });
}

function factsOf(request: FastifyRequest): BrowserAuthenticationRequest {
  const { headers } = request;
  const query = request.query as Readonly<Record<string, unknown>>;
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return {
    headers,
    // The socket's address, never a header's: keyless ingest depends on it.
    remoteAddress: request.socket.remoteAddress ?? "",
    key: text(query["key"]),
    project: text(query["project"]) ?? text(headers["x-throughline-project"]),
  };
}

/** For origins that were let through; never for all. */
function allowOrigin(request: FastifyRequest, reply: FastifyReply): void {
  const { origin } = request.headers;
  if (origin !== undefined) reply.header("access-control-allow-origin", origin);
}

function answerOf(signal: BrowserSignal, answer: IngestAnswer): WebVitalsAnswer | BrowserEventsAnswer {
  const { alerts = [], refused = [] } = answer.browser ?? {};
  const counted: BrowserEventsAnswer = {
    ok: true,
    received: answer.accepted,
    ...(refused.length === 0 ? {} : { refused: [...refused] }),
  };
  return signal === "events" ? counted : { ...counted, alerts: [...alerts] };
}

/** Of http/problem.ts's catalogue, for each way to refuse. */
const PROBLEMS: Readonly<Record<RefusalKind, string>> = {
  malformed: "invalid_input",
  too_large: "body_too_large",
  unsupported: "unsupported_media_type",
  unauthenticated: "ingest_key_refused",
  forbidden: "forbidden",
  rate_limited: "rate_limited",
  quota_exceeded: "quota_exceeded",
  overloaded: "overloaded",
  disk_full: "store_unavailable",
  shutting_down: "store_unavailable",
};

function sendNothingTaken(request: FastifyRequest, reply: FastifyReply, answer: IngestAnswer): FastifyReply {
  const errors = (answer.browser?.refused ?? []).map(({ index, detail }) => ({
    path: String(index),
    message: detail,
  }));
  const problem: Problem = {
    ...problemOf(request, 400, "invalid_input", `Nothing was taken. ${answer.refusalMessage}`.toWellFormed()),
    errors,
  };
  return reply.code(400).type("application/problem+json").send(JSON.stringify(problem));
}

function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { http, message, retryAfterSeconds } = failureOf(error);
  const code = error instanceof IngestRefusal ? PROBLEMS[error.kind] : "internal";
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  return reply
    .code(http)
    .type("application/problem+json")
    .send(JSON.stringify(problemOf(request, http, code, message)));
}

function problemOf(request: FastifyRequest, status: number, code: string, detail: string): Problem {
  return {
    type: "about:blank",
    title: TITLES[status] ?? "Refused",
    status,
    code,
    detail,
    instance: request.id,
  };
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Nothing of it can be taken",
  401: "An ingest key is needed",
  403: "Not from here",
  413: "The request is too large",
  415: "Unsupported media type",
  429: "Too much at once",
  500: "Something went wrong",
  503: "It can't be stored now",
};

/** The web framework's own refusals, in the terms of ingest. */
function asRefusal(error: unknown): unknown {
  const statusCode = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (error instanceof IngestRefusal || typeof statusCode !== "number" || statusCode >= 500) return error;
  if (statusCode === 415) return unsupportedType();
  return new IngestRefusal("malformed", error instanceof Error ? error.message : "The request is malformed.");
}

function unsupportedType(): IngestRefusal {
  return new IngestRefusal("unsupported", "Send application/json or text/plain, as sendBeacon does.");
}
