/** What the routes of this folder share: who asks, the audit line's context, addresses in links. */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import {
  type Access,
  AccessError,
  auditContextOf,
  type PersonPrincipal,
  tenantPrincipalOf,
} from "../../../access/index.ts";

export interface AccessRoutesOptions {
  readonly access: Access;
}

export const DONE = { ok: true } as const;
export const idParams = z.object({ id: z.uuid() });
export const userParams = z.object({ userId: z.string().min(1).max(100) });

/** For `audited`: the change is made in the caller's organisation. */
export function auditOf(access: Access, request: FastifyRequest) {
  return auditContextOf(access.control, request, tenantPrincipalOf(request));
}

/** Behind `signed-in`, `account`, and actions that are no scopes: there is always a person. */
export function personOf(request: FastifyRequest): PersonPrincipal {
  const { principal } = request;
  if (principal?.kind !== "person")
    throw new AccessError("forbidden", "An API key can't do this: it takes a person who is signed in.");
  return principal;
}

/** Who is recorded as the maker; null for a key. */
export function personIdOf(request: FastifyRequest): string | null {
  return request.principal?.kind === "person" ? request.principal.userId : null;
}

/** A page's address for somebody else: under the name that people use, else under the one that was asked. */
export function linkTo(access: Access, request: FastifyRequest, path: string): string {
  const origin = access.publicUrl ?? access.ownOriginOf(request.headers)?.origin;
  if (origin === undefined)
    throw new AccessError("unknown_host", "No address for the link is known: set THROUGHLINE_PUBLIC_URL.");
  return new URL(path, origin).href;
}

/** A body may be left out where all of it is optional. */
export function optionalBody<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((body) => body ?? {}, schema);
}
