import type { FastifyRequest } from "fastify";
import type { Actor, AuditContext } from "./audit/audited.ts";
import type { ControlStore } from "../engines/control/store.ts";
import type { Principal, TenantPrincipal } from "./principal.ts";

/** Who does it, from where: for the audit log. */
export function actorOf(request: FastifyRequest, principal: Principal | null): Actor {
  const from = {
    address: request.ip,
    userAgent: String(request.headers["user-agent"] ?? ""),
    requestId: request.id,
  };
  if (principal === null || principal.kind === "local") return { kind: "nobody", id: null, ...from };
  if (principal.kind === "person") return { kind: "person", id: principal.userId, ...from };
  return { kind: "api-key", id: principal.keyId, ...from };
}

/** What `audited` needs, for a request in an organisation. */
export function auditContextOf(
  control: ControlStore,
  request: FastifyRequest,
  principal: TenantPrincipal,
): AuditContext & { readonly tenantId: string } {
  return { control, actor: actorOf(request, principal), tenantId: principal.tenantId };
}
