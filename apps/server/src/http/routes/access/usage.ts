/** Daily usage of the organisation, and the quotas of all organisations for those who look after the installation. */
import { quotaChange, type UsagePage } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { changeQuota, may, readUsageDays, tenantPrincipalOf } from "../../../access/index.ts";
import { type AccessRoutesOptions, auditOf, DONE } from "./context.ts";

const HISTORY_MS = 30 * 86_400_000;
const tenantParams = z.object({ tenantId: z.uuid() });

export const usageRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  const { control, quotas } = access;

  app.get("/api/usage", { config: { permission: "usage:read" } }, async (request): Promise<UsagePage> => {
    const principal = tenantPrincipalOf(request);
    const { tenantId } = principal;
    const mayChange = may(principal, "quotas:write");
    // What the other instances took is known once this one has written down its own.
    await Promise.all([quotas.flush(), quotas.reload()]);
    const resetsAtMs = quotas.resetsAtMs();
    const days = await readUsageDays(control, tenantId, resetsAtMs - HISTORY_MS);
    return {
      meters: quotas.meters(tenantId),
      resetsAtMs,
      days: days.map(({ dayMs, counts }) => ({ dayMs, ...counts })),
      organisations: mayChange
        ? quotas.all().map(({ meters, ...of }) => ({ ...of, meters: [...meters] }))
        : null,
    };
  });

  app.patch(
    "/api/quotas/:tenantId",
    { config: { permission: "quotas:write" }, schema: { params: tenantParams, body: quotaChange } },
    async (request) => {
      const { tenantId } = request.params;
      await changeQuota(auditOf(access, request), { ...request.body, tenantId });
      await quotas.reload();
      return DONE;
    },
  );
};
