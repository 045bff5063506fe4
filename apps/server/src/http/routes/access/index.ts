/** Everything about who may: sign-in, members, keys, organisations, the audit log. */
import type { FastifyPluginAsync } from "fastify";
import { accountRoutes } from "./account.ts";
import { auditRoutes } from "./audit.ts";
import { authRoutes } from "./auth.ts";
import type { AccessRoutesOptions } from "./context.ts";
import { exportRoutes } from "./export.ts";
import { apiKeyRoutes, ingestKeyRoutes } from "./keys.ts";
import { meRoutes } from "./me.ts";
import { memberRoutes } from "./members.ts";
import { retentionRoutes } from "./retention.ts";
import { setupRoutes } from "./setup.ts";
import { ssoRoutes } from "./sso.ts";
import { ssoProviderRoutes } from "./ssoProviders.ts";
import { tenantRoutes } from "./tenant.ts";
import { usageRoutes } from "./usage.ts";

export const accessRoutes: FastifyPluginAsync<AccessRoutesOptions> = async (app, options) => {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  for (const routes of [
    setupRoutes,
    authRoutes,
    meRoutes,
    accountRoutes,
    tenantRoutes,
    memberRoutes,
    ingestKeyRoutes,
    apiKeyRoutes,
    auditRoutes,
    ssoProviderRoutes,
    ssoRoutes,
    usageRoutes,
    retentionRoutes,
    exportRoutes,
  ])
    await app.register(routes, options);
};
