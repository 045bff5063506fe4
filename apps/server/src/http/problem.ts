/** Refusals on HTTP as RFC 9457 problem details. Every code is listed here and in docs/errors.md. */
import { RangeError400, type Problem } from "@throughline/contract";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import {
  ACCESS_PROBLEMS,
  AccessError,
  KeyringUnavailable,
  PasswordQueueFull,
  RATE_LIMITED,
  sendProblemDetails,
} from "../access/index.ts";
import { ControlError } from "../engines/control/index.ts";
import { TelemetryError } from "../engines/telemetry/index.ts";
import { CursorError } from "../insight/index.ts";

export const PROBLEMS = {
  ...ACCESS_PROBLEMS,
  rate_limited: RATE_LIMITED,
  invalid_query: { status: 400, title: "The request can't be understood" },
  invalid_range: { status: 400, title: "The time range can't be used" },
  invalid_cursor: { status: 400, title: "The list can't go on from there" },
  document_too_large: { status: 400, title: "The document asks for too much" },
  invalid_trace_id: { status: 400, title: "That is not a trace id" },
  overloaded: { status: 429, title: "Too much at once" },
  quota_exceeded: { status: 429, title: "The daily quota is used up" },
  ingest_key_refused: { status: 401, title: "An ingest key is needed" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  not_found: { status: 404, title: "Not found" },
  unknown_error: { status: 404, title: "There is no such error" },
  unknown_query: { status: 404, title: "There is no such statement" },
  unknown_release: { status: 404, title: "There is no such release" },
  unknown_trace: { status: 404, title: "There is no such trace" },
  unknown_visit: { status: 404, title: "There is no such visit" },
  body_too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  too_many_connections: { status: 503, title: "Too many live connections" },
  query_timeout: { status: 503, title: "The question took too long" },
  store_unavailable: { status: 503, title: "A store does not answer" },
  internal: { status: 500, title: "Something went wrong" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Throw it in a handler; the answer has the code's status and title. `detail` says what to do. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly errors: Problem["errors"];
  readonly retryAfterSeconds: number | undefined;
  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: Problem["errors"]; retryAfterSeconds?: number | undefined } = {},
  ) {
    super(detail);
    this.name = "ProblemError";
    this.code = code;
    this.errors = more.errors;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** Makes every error and every unknown address of this app answer with problem details. */
export function answerWithProblems(
  app: FastifyInstance,
  notFound: (request: FastifyRequest) => string,
): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    if (problem.code === "internal") {
      request.log.error({ err: error, url: request.routeOptions.url }, "A request failed unexpectedly.");
    }
    return sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new ProblemError("not_found", notFound(request))),
  );
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: ProblemError): FastifyReply {
  const { code, message, errors, retryAfterSeconds } = error;
  return sendProblemDetails(request, reply, {
    ...PROBLEMS[code],
    code,
    message,
    errors,
    retryAfterSeconds,
  });
}

/** What a caller is told about any error; those that are our own fault say no more than that. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof AccessError) return new ProblemError(error.code, error.message, error);
  if (error instanceof KeyringUnavailable || error instanceof PasswordQueueFull)
    return new ProblemError("too_busy", error.message, { retryAfterSeconds: 5 });
  if (error instanceof RangeError400) return new ProblemError("invalid_range", error.message);
  if (error instanceof CursorError) return new ProblemError("invalid_cursor", error.message);
  if (error instanceof TelemetryError) return telemetryProblem(error);
  // Class 08: the connection broke; 57: the server shuts down or gave the statement up.
  if (error instanceof ControlError && /^(08|57)|^$/.test(error.sqlState ?? ""))
    return new ProblemError("store_unavailable", `The control store does not answer: ${error.message}`, {
      retryAfterSeconds: 5,
    });
  // Class 22: data that no column takes, such as a NUL in a text.
  if (error instanceof ControlError && error.sqlState?.startsWith("22") === true)
    return new ProblemError(
      "invalid_query",
      "A value has characters that can't be stored, or is out of range.",
    );
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map((issue) => ({
      path: issue.instancePath.replace(/^\//, "").replaceAll("/", "."),
      message: issue.message ?? "is not valid",
    }));
    const detail = errors.map(({ path, message }) => `${path || "request"}: ${message}`).join("; ");
    return new ProblemError("invalid_query", detail, { errors });
  }
  return fromFramework(error);
}

function telemetryProblem(error: TelemetryError): ProblemError {
  if (error.code === "timeout")
    return new ProblemError("query_timeout", "The telemetry store stopped it. Choose a shorter time range.", {
      retryAfterSeconds: 5,
    });
  if (error.code === "statement") return internal();
  return new ProblemError("store_unavailable", `The telemetry store can't answer: ${error.message}`, {
    retryAfterSeconds: 5,
  });
}

function fromFramework(error: unknown): ProblemError {
  const statusCode = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (typeof statusCode !== "number" || statusCode >= 500 || !(error instanceof Error)) return internal();
  if (statusCode === 413) return new ProblemError("body_too_large", error.message);
  if (statusCode === 415) return new ProblemError("unsupported_media_type", error.message);
  return new ProblemError("invalid_query", error.message);
}

function internal(): ProblemError {
  return new ProblemError(
    "internal",
    "The server's log says why; the instance of this answer finds the line.",
  );
}
