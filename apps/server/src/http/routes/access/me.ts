/** Who asks, and what they may do; one's own sessions; which organisation one works in. */
import { chooseTenant, roleTable, type SessionState } from "@throughline/contract";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  type Access,
  AccessError,
  ACTIONS,
  may,
  actorOf,
  permissionsOf,
  type Principal,
  principalOf,
  readSessions,
  revokeOtherSessions,
  revokeSession,
  ROLES,
  setCookie,
  TENANT_SECONDS,
} from "../../../access/index.ts";
import { type AccessRoutesOptions, DONE, personOf } from "./context.ts";

const config = { permission: "signed-in" } as const;

export const meRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  app.get("/api/me", { config: { permission: "public" } }, async (request) => {
    // A key that has ended or an organisation one has left: nobody, which is what the page has to know.
    const principal = await principalOf(access, request).catch((error: unknown) => {
      if (error instanceof AccessError) return null;
      throw error;
    });
    return await sessionState(access, request, principal);
  });

  app.post("/api/me/tenant", { config, schema: { body: chooseTenant } }, async (request, reply) => {
    const { tenantId } = request.body;
    if (!personOf(request).memberships.some((each) => each.tenantId === tenantId))
      throw new AccessError("unknown_organisation", "You belong to no organisation with this id.");
    setCookie(access, reply, "tenant", tenantId, TENANT_SECONDS);
    return DONE;
  });

  app.get("/api/me/sessions", { config }, (request) => readSessions(access.control, personOf(request)));

  app.delete("/api/me/sessions", { config }, async (request) => {
    const person = personOf(request);
    const context = { control: access.control, actor: actorOf(request, person), tenantId: person.tenantId };
    await revokeOtherSessions(context, person);
    access.principals.forget(person.userId);
    return DONE;
  });

  app.delete(
    "/api/me/sessions/:sessionId",
    { config, schema: { params: z.object({ sessionId: z.string().min(1).max(100) }) } },
    async (request) => {
      const person = personOf(request);
      const context = { control: access.control, actor: actorOf(request, person), tenantId: person.tenantId };
      await revokeSession(context, person.userId, request.params.sessionId);
      access.principals.forget(person.userId);
      return DONE;
    },
  );

  app.get("/api/roles", { config }, () => {
    const actions = Object.entries(ACTIONS).map(([name, action]) => ({
      name,
      ...action,
      isInUse: access.routes.some(({ permission }) => permission === name),
    }));
    return roleTable.parse({ roles: ROLES, actions });
  });
};

async function sessionState(
  access: Access,
  request: FastifyRequest,
  principal: Principal | null,
): Promise<SessionState> {
  const person = principal?.kind === "person" ? principal : null;
  return {
    person:
      person === null
        ? null
        : {
            userId: person.userId,
            name: person.name,
            email: person.email,
            hasTwoFactor: person.hasTwoFactor,
            isSingleSignOn: person.ssoProviderId !== null,
          },
    memberships: [...(person?.memberships ?? [])],
    tenantId: principal?.tenantId ?? null,
    role: principal?.role ?? null,
    projectIds: principal?.projectIds == null ? null : [...principal.projectIds],
    permissions: principal === null ? [] : [...permissionsOf(principal)],
    quotaAlerts: quotaAlertsOf(access, principal),
    isSetupNeeded: await access.isSetupNeeded(),
    canMail: access.mailer !== null,
    canPasskey: hasPasskeys(access, request),
  };
}

/** Quotas that are nearly or wholly used up: every page says so. */
function quotaAlertsOf({ quotas }: Access, principal: Principal | null): SessionState["quotaAlerts"] {
  if (principal === null || principal.tenantId === null || !may(principal, "usage:read")) return [];
  return quotas.meters(principal.tenantId).filter(({ state }) => state !== "ok");
}

/** They are bound to one host name, and browsers offer them over https and on localhost only. */
function hasPasskeys(access: Access, { headers }: FastifyRequest): boolean {
  const own = access.ownOriginOf(headers);
  const name = own === null ? null : new URL(own.origin).hostname;
  return name === access.passkeyHost && (access.isSecure || name === "localhost");
}
