/**
 * Signing in through an organisation's provider. The browser itself opens `start` and `callback`; what goes wrong there it
 * is shown on the sign-in page, in words that are kept sealed in a cookie: an address could be written by anybody.
 */
import { type SsoAnswer, ssoQuestion, type SsoRefusal } from "@throughline/contract";
import { ownPath } from "@throughline/contract/ownPath";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  type Access,
  AccessError,
  actorOf,
  cookieName,
  domainOf,
  finishSignOn,
  FLOW_SECONDS,
  openFlow,
  openSession,
  providersOfDomain,
  readCookie,
  SecretError,
  setCookie,
  startSignOn,
} from "../../../access/index.ts";
import { type AccessRoutesOptions, idParams, linkTo } from "./context.ts";

const FLOW_COOKIE = "sso_flow";
const REFUSAL_COOKIE = "sso_refusal";
/** What the sealed words belong to. */
const REFUSAL = "cookie.sso_refusal";
const REFUSAL_SECONDS = 120;
const NEXT_CHARACTERS_MAX = 1000;

/** Without HEAD: asking whether a callback is there must not sign anybody in. */
const byBrowser = {
  config: { permission: "public", rateLimit: "single_sign_on" },
  exposeHeadRoute: false,
} as const;

export const ssoRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  app.post(
    "/api/sso/find",
    { config: { permission: "public", rateLimit: "account" }, schema: { body: ssoQuestion } },
    async (request): Promise<SsoAnswer> => ({
      providers: await providersOfDomain(access.control, domainOf(request.body.email)),
    }),
  );

  app.get(
    "/api/sso/:id/start",
    { ...byBrowser, schema: { params: idParams, querystring: z.object({ next: z.string().optional() }) } },
    async (request, reply) => {
      const { id: providerId } = request.params;
      const next = pathOf(request.query.next);
      return await orBackToSignIn(access, request, reply, next, async () => {
        const redirectUrl = linkTo(access, request, `/api/sso/${providerId}/callback`);
        const started = await startSignOn(contextOf(access, request), { providerId, redirectUrl, next });
        setCookie(access, reply, FLOW_COOKIE, started.cookie, FLOW_SECONDS);
        return reply.redirect(started.url, 302);
      });
    },
  );

  app.get("/api/sso/:id/callback", { ...byBrowser, schema: { params: idParams } }, async (request, reply) => {
    const { id: providerId } = request.params;
    const flow = openFlow(access.box, cookieOf(access, request, FLOW_COOKIE));
    // Whatever comes of it, it was used.
    setCookie(access, reply, FLOW_COOKIE, "", 0);
    const next = flow?.next ?? "/";
    return await orBackToSignIn(access, request, reply, next, async () => {
      const search = new URL(request.url, "http://page.invalid").searchParams;
      const { userId } = await finishSignOn(contextOf(access, request), { providerId, flow, search });
      await openSession(access, request, reply, { userId, ssoProviderId: providerId });
      return reply.redirect(next, 302);
    });
  });

  app.get("/api/sso/refusal", { config: { permission: "public" } }, (request): SsoRefusal => ({
    detail: openRefusal(access, request),
  }));
};

const contextOf = (access: Access, request: FastifyRequest) => ({
  control: access.control,
  oidc: access.oidc,
  box: access.box,
  firstTenantId: access.firstTenantId,
  actor: actorOf(request, null),
  accessChanged: async (userId: string) => {
    access.principals.forget(userId);
    await access.apiKeys.reload();
  },
});

function pathOf(next: string | undefined): string {
  return next === undefined || next.length > NEXT_CHARACTERS_MAX ? "/" : ownPath(next);
}

/** A browser comes back to the sign-in page with the refusal in words; a program gets it as everywhere. */
async function orBackToSignIn(
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
  next: string,
  work: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    const isPerson = String(request.headers.accept ?? "").includes("text/html");
    if (!isPerson || !(error instanceof AccessError)) throw error;
    setCookie(access, reply, REFUSAL_COOKIE, access.box.seal(error.message, REFUSAL), REFUSAL_SECONDS);
    const search = new URLSearchParams({ sso: "refused", ...(next === "/" ? {} : { next }) });
    return reply.redirect(`/sign-in?${search.toString()}`, 302);
  }
}

function openRefusal(access: Access, request: FastifyRequest): string | null {
  const cookie = cookieOf(access, request, REFUSAL_COOKIE);
  if (cookie === null || cookie === "") return null;
  try {
    return access.box.open(cookie, REFUSAL);
  } catch (error) {
    // Not ours, or of a key that is gone.
    if (error instanceof SecretError) return null;
    throw error;
  }
}

function cookieOf(access: Access, request: FastifyRequest, name: string): string | null {
  return readCookie(request.headers.cookie, cookieName(name, access.isSecure));
}
