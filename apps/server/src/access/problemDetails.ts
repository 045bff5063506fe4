/** Refusals on HTTP as problem details. https://www.rfc-editor.org/rfc/rfc9457 */
import type { Problem } from "@throughline/contract";
import type { FastifyReply, FastifyRequest } from "fastify";

/** What is refused: its entry in the catalogue of problems, and what to do about it. */
export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly message: string;
  readonly errors?: Problem["errors"];
  readonly retryAfterSeconds?: number | undefined;
}

/** Nobody keeps a refusal: what is refused now may be allowed in a moment. */
export function sendProblemDetails(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, title, code, message, errors, retryAfterSeconds }: Refusal,
): FastifyReply {
  const body: Problem = {
    type: "about:blank",
    title,
    status,
    detail: message,
    instance: request.id,
    code,
    ...(errors === undefined ? {} : { errors }),
  };
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  return reply
    .code(status)
    .header("cache-control", "no-store")
    .type("application/problem+json")
    .send(JSON.stringify(body));
}
