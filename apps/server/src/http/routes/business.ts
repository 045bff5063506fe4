/** `GET /api/business`: orders, conversion, revenue and what else the standard events tell. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { tenantPrincipalOf } from "../../access/index.ts";
import { readBusiness } from "../../insight/index.ts";
import { readQuery, type ReadContexts } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";

export const businessRoutes: FastifyPluginAsyncZod<{ readonly contexts: ReadContexts }> = async (
  app,
  { contexts },
) => {
  const share = createSingleFlight();
  app.get(
    "/api/business",
    { config: { permission: "telemetry:read" }, schema: { querystring: readQuery } },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      const { project, reader, range, nowMs } = await contexts.readRange(
        tenantPrincipalOf(request),
        request.query,
      );
      const page = await share(["business", reader.scope, range], () => readBusiness(reader, range, nowMs));
      return { project, ...page, fetchedAtMs: Date.now() };
    },
  );
};
