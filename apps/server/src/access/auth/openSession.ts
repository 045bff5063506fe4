/** Opens a session for somebody who has proved who they are elsewhere: at set-up, by invitation, by single sign-on. */
import { createHmac } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Access } from "../access.ts";
import { cookieName } from "./cookies.ts";
import { SESSION_SECONDS_MAX } from "./options.ts";

export async function openSession(
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
  { userId, ssoProviderId = null }: { readonly userId: string; readonly ssoProviderId?: string | null },
): Promise<void> {
  const { internalAdapter } = await access.auth.$context;
  const session = await internalAdapter.createSession(userId, false, {
    ipAddress: request.ip,
    userAgent: String(request.headers["user-agent"] ?? "").slice(0, 500),
    ssoProviderId,
  });
  const signature = createHmac("sha256", access.authSecret).update(session.token).digest("base64");
  setCookie(
    access,
    reply,
    "session_token",
    encodeURIComponent(`${session.token}.${signature}`),
    SESSION_SECONDS_MAX,
  );
}

/** A cookie of ours; `maxAgeSeconds` 0 takes it away. */
export function setCookie(
  access: Pick<Access, "isSecure">,
  reply: FastifyReply,
  name: string,
  value: string,
  maxAgeSeconds: number,
): void {
  const parts = [
    `${cookieName(name, access.isSecure)}=${value}`,
    `Max-Age=${maxAgeSeconds}`,
    "Path=/",
    "HttpOnly",
    "SameSite=Lax",
    ...(access.isSecure ? ["Secure"] : []),
  ];
  // Fastify keeps several of this header side by side.
  reply.header("set-cookie", parts.join("; "));
}
