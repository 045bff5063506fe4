/** Single sign-on as a super administrator sets it up. A client secret comes in and never goes out. */
import { randomUUIDv7 } from "node:crypto";
import {
  newSsoProvider,
  type SsoCheck,
  type SsoProviderList,
  ssoProviderChange,
  ssoProviderRemoval,
} from "@throughline/contract";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  AccessError,
  changeProvider,
  createProvider,
  deleteProvider,
  domainProofOf,
  oidcProviderOf,
  providerOfTenant,
  providersOfTenant,
  recordDeed,
  shownProvider,
  tenantPrincipalOf,
} from "../../../access/index.ts";
import { type AccessRoutesOptions, auditOf, DONE, idParams, linkTo, optionalBody } from "./context.ts";

export const ssoProviderRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  const { control, box } = access;
  const config = { permission: "sso:write" } as const;
  const addressesOf = (request: FastifyRequest, id: string) => ({
    redirectUrl: linkTo(access, request, `/api/sso/${id}/callback`),
    startUrl: linkTo(access, request, `/api/sso/${id}/start`),
  });
  const contextOf = (request: FastifyRequest) => ({
    ...auditOf(access, request),
    box,
    isFirstTenant: tenantPrincipalOf(request).isFirstTenant,
    resolveTxt: access.resolveTxt,
  });

  app.get("/api/sso-providers", { config }, async (request): Promise<SsoProviderList> => {
    const { tenantId, isFirstTenant } = tenantPrincipalOf(request);
    const rows = await providersOfTenant(control, tenantId);
    const id = randomUUIDv7();
    return {
      providers: rows.map((row) => shownProvider(row, addressesOf(request, row.id))),
      next: { id, ...addressesOf(request, id) },
      domainProof: isFirstTenant ? null : domainProofOf(tenantId),
    };
  });

  app.post("/api/sso-providers", { config, schema: { body: newSsoProvider } }, async (request) => {
    const made = await createProvider(contextOf(request), request.body);
    return shownProvider(made, addressesOf(request, made.id));
  });

  app.put(
    "/api/sso-providers/:id",
    { config, schema: { params: idParams, body: ssoProviderChange } },
    async (request) => {
      const { id } = request.params;
      const changed = await changeProvider(contextOf(request), id, request.body);
      // Sessions that ended with it end on this instance at once.
      access.principals.forget();
      return shownProvider(changed, addressesOf(request, id));
    },
  );

  app.delete(
    "/api/sso-providers/:id",
    { config, schema: { params: idParams, body: optionalBody(ssoProviderRemoval) } },
    async (request) => {
      await deleteProvider(auditOf(access, request), request.params.id, request.body.why);
      access.principals.forget();
      return DONE;
    },
  );

  app.post(
    "/api/sso-providers/:id/check",
    { config, schema: { params: idParams } },
    async (request): Promise<SsoCheck> => {
      const { id } = request.params;
      const row = await providerOfTenant(control, tenantPrincipalOf(request).tenantId, id);
      if (row === null)
        throw new AccessError("unknown_provider", "There is no sign-on provider with this id here.");
      const findings = await access.oidc.check(oidcProviderOf(row, box));
      const isUsable = findings.every(({ tone }) => tone !== "bad");
      const target = { kind: "sso-provider", id, name: row.name };
      await recordDeed(
        auditOf(access, request),
        { action: "sso.check", target, detail: { isUsable } },
        "done",
      );
      return { isUsable, findings: [...findings] };
    },
  );
};
