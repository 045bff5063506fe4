/**
 * Refuses to start with a route that declares no permission, and refuses requests that lack theirs. With `access`,
 * callers sign in or bring an API key; without, everybody on this machine may read and nobody else may do anything.
 */
import type { FastifyPluginAsync, FastifyRequest, RouteOptions } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { Access } from "./access.ts";
import { actorOf } from "./actor.ts";
import { recordDeed } from "./audit/audited.ts";
import { KeyringUnavailable } from "./keyring.ts";
import { crossSiteReason } from "./ownOrigin.ts";
import { hasTenant, may, type Principal, type TenantPrincipal } from "./principal.ts";
import { presentedApiKey } from "./principals.ts";
import { sendProblemDetails } from "./problemDetails.ts";
import { ACCESS_PROBLEMS, AccessError } from "./problems.ts";
import { originOfReader } from "./requestOrigin.ts";
import {
  ACTIONS,
  type ActionName,
  isAction,
  isPermission,
  type Permission,
  PERMISSIONS,
  ROLES,
} from "./roles.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; null for nobody, on public routes, and in an app without sign-in. */
    principal: Principal | null;
  }
}

export interface AccessPluginOptions {
  readonly access?: Access;
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

const plugin: FastifyPluginAsync<AccessPluginOptions> = async (app, { access }) => {
  const routes: RouteOptions[] = [];
  app.decorateRequest("principal", null);
  app.addHook("onRoute", (route) => {
    routes.push(route);
  });

  // At onReady and not at onRoute: a plugin that we don't own gets its permission from a later hook.
  app.addHook("onReady", async () => {
    refuseUndeclared(routes);
    access?.noteRoutes(
      routes.flatMap(({ method, url, config }) => {
        const permission = config?.permission;
        return permission === undefined
          ? []
          : [method].flat().map((each) => ({ method: each, url, permission }));
      }),
    );
  });

  app.addHook("onRequest", async (request, reply) => {
    if (request.is404) return;
    const { permission } = request.routeOptions.config;
    if (permission === undefined || permission === "ingest:write") return;
    try {
      if (access === undefined) refuseOtherMachines(request, permission);
      else await admit(access, request, permission);
    } catch (error) {
      const refusal = asRefusal(error);
      if (access !== undefined) await recordRefusal(access, request, permission, refusal);
      const { code, message, retryAfterSeconds } = refusal;
      const kind = ACCESS_PROBLEMS[code];
      return await sendProblemDetails(request, reply, { ...kind, code, message, retryAfterSeconds });
    }
  });
};

/** The principal of a route that declares an action. */
export function tenantPrincipalOf(request: FastifyRequest): TenantPrincipal {
  const { principal } = request;
  if (principal === null || !hasTenant(principal))
    throw new Error(`${request.routeOptions.url} asks for an organisation and declares no action.`);
  return principal;
}

async function admit(access: Access, request: FastifyRequest, permission: Permission): Promise<void> {
  const { headers } = request;
  // A header that only a program can set: no page of another site acts with it.
  const isByKey = presentedApiKey(headers.authorization) !== null;
  // A WebSocket starts as a GET, and browsers let any page start one.
  const isSafe = SAFE_METHODS.has(request.method) && headers.upgrade === undefined;
  if (!isSafe && !isByKey) refuseCrossSite(access, request);
  if (permission === "public") return;
  request.principal = await principalOf(access, request);
  const { principal } = request;
  if (principal === null) throw await access.nobody();
  if (isAction(permission)) refuseUnlessAllowed(principal, permission);
  else refuseUnlessPerson(principal, permission);
}

/**
 * Who asks; null for nobody.
 * @throws {AccessError} key_refused, unknown_organisation; {KeyringUnavailable}, {ControlError}
 */
export async function principalOf(access: Access, request: FastifyRequest): Promise<Principal | null> {
  const { headers, socket } = request;
  const known = await access.principals.of(headers);
  if (known !== null || !(await access.isSetupNeeded())) return known;
  // Before there is an owner nobody can sign in: the product shows itself on its own machine, and there only.
  const origin = originOfReader({ headers, remoteAddress: socket.remoteAddress ?? "" });
  if (!origin.isLoopback) return null;
  return {
    kind: "local",
    tenantId: access.firstTenantId,
    role: "VIEWER",
    projectIds: null,
    isFirstTenant: true,
    scopes: null,
  };
}

function refuseCrossSite(access: Access, request: FastifyRequest): void {
  const own = access.ownOriginOf(request.headers);
  const reason = crossSiteReason(request.headers, own);
  if (reason !== null)
    throw new AccessError(
      "cross_site",
      `Changes are taken from the product's own pages only, and ${reason}.`,
    );
  if (own === null)
    throw new AccessError(
      "unknown_host",
      "Under this name changes are not taken: start the server with THROUGHLINE_PUBLIC_URL set to the address people use.",
    );
}

function refuseUnlessAllowed(principal: Principal, action: ActionName): void {
  if (may(principal, action)) return;
  if (principal.kind === "local") refuseUnlessPerson(principal, action);
  const what = `${ACTIONS[action].text} (${action})`;
  if (!hasTenant(principal))
    throw new AccessError(
      "forbidden",
      `You belong to no organisation here yet. Ask to be invited. Needed: ${what}.`,
    );
  if (principal.kind === "api-key" && !principal.scopes.includes(action))
    throw new AccessError("forbidden", `This API key does not have the scope for it: ${what}.`);
  if (ACTIONS[action].isWhole && principal.projectIds !== null)
    throw new AccessError(
      "forbidden",
      `This API key is limited to some projects, and this is about all: ${what}.`,
    );
  const able = ROLES.filter((role) => ACTIONS[action].roles[role]);
  const where = ACTIONS[action].isInstallation
    ? ", in the installation's first organisation and for all projects"
    : "";
  throw new AccessError(
    "forbidden",
    `Not with the role ${principal.role}: ${what}. It takes ${able.join(" or ")}${where}.`,
  );
}

function refuseUnlessPerson(principal: Principal, permission: "signed-in" | "account" | Permission): void {
  if (principal.kind === "local")
    throw new AccessError(
      "setup_required",
      "Nobody can sign in yet: open /setup and make the first account.",
    );
  if (principal.kind !== "person")
    throw new AccessError("forbidden", "An API key can't do this: it is about a person's own account.");
  if (permission === "account" && principal.ssoProviderId !== null)
    throw new AccessError(
      "forbidden",
      "You are signed in through your organisation's single sign-on, which looks after this account: change it there.",
    );
}

function refuseOtherMachines(request: FastifyRequest, permission: Permission): void {
  if (permission === "public") return;
  const { headers, socket } = request;
  const origin = originOfReader({ headers, remoteAddress: socket.remoteAddress ?? "" });
  if (origin.isLoopback) return;
  throw new AccessError(
    "sign_in_required",
    `Without sign-in only the machine it runs on is answered, and ${origin.because}.`,
  );
}

function asRefusal(error: unknown): AccessError {
  if (error instanceof AccessError) return error;
  if (error instanceof KeyringUnavailable)
    return new AccessError("too_busy", `${error.message} Try again.`, 5);
  throw error;
}

/** Somebody who is known tried to change something and may not: that belongs in the log. */
async function recordRefusal(
  access: Access,
  request: FastifyRequest,
  permission: Permission,
  refusal: AccessError,
): Promise<void> {
  const { principal } = request;
  if (SAFE_METHODS.has(request.method) || principal === null || principal.tenantId === null) return;
  const context = {
    control: access.control,
    actor: actorOf(request, principal),
    tenantId: principal.tenantId,
  };
  const detail = {
    method: request.method,
    route: request.routeOptions.url,
    permission,
    reason: { code: refusal.code },
  };
  await recordDeed(context, { action: "request.refused", detail }, "refused");
}

function refuseUndeclared(routes: readonly RouteOptions[]): void {
  const undeclared = routes.filter((route) => !isPermission(route.config?.permission));
  if (undeclared.length === 0) return;
  const list = undeclared.map((route) => `${[route.method].flat().join(",")} ${route.url}`).join("; ");
  throw new Error(
    `These routes declare no permission, so the server does not start: ${list}. ` +
      `Give each { config: { permission } } with one of ${Object.keys(PERMISSIONS).join(", ")}.`,
  );
}

export const accessPlugin = fastifyPlugin(plugin, { name: "access" });
