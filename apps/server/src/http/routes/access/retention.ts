/** How long the organisation's telemetry is kept. */
import { type Retention, retentionChange } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { changeRetention, readRetention, tenantPrincipalOf } from "../../../access/index.ts";
import { type AccessRoutesOptions, auditOf, DONE } from "./context.ts";

export const retentionRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  app.get(
    "/api/retention",
    { config: { permission: "usage:read" } },
    async (request): Promise<Retention> =>
      await readRetention(access.control, tenantPrincipalOf(request).tenantId, Date.now()),
  );

  app.put(
    "/api/retention",
    { config: { permission: "retention:write" }, schema: { body: retentionChange } },
    async (request) => {
      await changeRetention(auditOf(access, request), request.body);
      void access.retention.run();
      return DONE;
    },
  );
};
