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
  const userAgent = String(request.headers["user-agent"] ?? "").slice(0, 500);
  const value = await newSession(access, { userId, ssoProviderId, address: request.ip, userAgent });
  setCookie(access, reply, "session_token", value, SESSION_SECONDS_MAX);
}

/** @returns the value of its cookie: token and signature, as better-auth writes them */
export async function newSession(
  access: Pick<Access, "auth" | "authSecret">,
  session: { userId: string; ssoProviderId: string | null; address: string; userAgent: string },
): Promise<string> {
  const { internalAdapter } = await access.auth.$context;
  const { token } = await internalAdapter.createSession(session.userId, false, {
    ipAddress: session.address,
    userAgent: session.userAgent,
    ssoProviderId: session.ssoProviderId,
  });
  const signature = createHmac("sha256", access.authSecret).update(token).digest("base64");
  return encodeURIComponent(`${token}.${signature}`);
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
