/**
 * From a request of ours to better-auth and back. It sees the address under which people reach us and the client's own
 * address, both found out by us; of the client's headers only those that it needs.
 */
import type { FastifyRequest } from "fastify";
import type { Access } from "../access.ts";
import { AccessError } from "../problems.ts";
import { TOO_BUSY } from "./createAuth.ts";
import { PasswordQueueFull } from "./password.ts";
import { AUTH_PATH, PEER_ADDRESS_HEADER } from "./options.ts";

export interface AuthAnswer {
  readonly status: number;
  readonly cookies: readonly string[];
  /** Without session tokens: those are for cookies, which no script can read. */
  readonly body: unknown;
}

/** @param path below /api/auth */
export async function askAuth(
  access: Pick<Access, "auth" | "ownOriginOf">,
  request: FastifyRequest,
  path: string,
  body: unknown,
): Promise<AuthAnswer> {
  const own = access.ownOriginOf(request.headers);
  if (own === null)
    throw new AccessError(
      "unknown_host",
      "Under this name nobody can sign in: start the server with THROUGHLINE_PUBLIC_URL set to the address people use.",
    );
  const isPost = request.method === "POST";
  const { cookie, "user-agent": userAgent } = request.headers;
  const headers = new Headers({ [PEER_ADDRESS_HEADER]: request.ip });
  // Another site's pages were refused before (accessPlugin.ts), and passkeys are bound to this very origin.
  if (isPost) headers.set("origin", own.origin);
  if (cookie !== undefined) headers.set("cookie", cookie);
  if (userAgent !== undefined) headers.set("user-agent", userAgent);
  if (isPost) headers.set("content-type", "application/json");
  const answer = await access.auth.handler(
    new Request(`${own.origin}${AUTH_PATH}${path}`, {
      method: request.method,
      headers,
      ...(isPost ? { body: JSON.stringify(body ?? {}) } : {}),
    }),
  );
  const text = await answer.text();
  return {
    status: answer.status,
    cookies: answer.headers.getSetCookie(),
    body: text === "" ? null : withoutTokens(JSON.parse(text)),
  };
}

function withoutTokens(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== "token" && name !== "session"));
}

/** What better-auth refuses with, in our terms. @throws {AccessError} always; {Error} when it is our own fault */
export function refuseAs({ status, body }: AuthAnswer): never {
  const { code, message } = refusalOf(body);
  if (code === TOO_BUSY) throw new PasswordQueueFull();
  if (status >= 500) throw new Error(`better-auth answered ${status} (${code}): ${message}`);
  if (code === "INVALID_PASSWORD")
    throw new AccessError("wrong_password", "The current password is another one.");
  if (code === "SESSION_NOT_FRESH" || code === "SESSION_EXPIRED")
    throw new AccessError("sign_in_again", "You signed in a while ago: sign in again to change this.");
  if (status === 401) throw new AccessError("sign_in_failed", `${message}.`);
  if (status === 403) throw new AccessError("forbidden", `${message}.`);
  if (status === 429) throw new AccessError("too_many_attempts", `${message}.`, 60);
  throw new AccessError("invalid_input", `${message}.`);
}

function refusalOf(body: unknown): { readonly code: string; readonly message: string } {
  if (typeof body !== "object" || body === null) return { code: "", message: "It was refused" };
  const code = "code" in body && typeof body.code === "string" ? body.code : "";
  const message = "message" in body && typeof body.message === "string" ? body.message : "It was refused";
  return { code, message: message.replace(/\.$/, "") };
}
