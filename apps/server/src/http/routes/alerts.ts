/** `GET /api/monitoring/alerts`: what is wrong now. */
import { alertsFilter } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { type Access, may, tenantPrincipalOf, type TenantPrincipal } from "../../access/index.ts";
import { type AlertSources, pageOfAlerts, readAlerts } from "../../alerts/index.ts";
import { readMissingIndexes } from "../../databases/index.ts";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { Ingest } from "../../ingest/index.ts";
import { projectQuery, type ReadContexts } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";

export interface AlertRoutesOptions {
  readonly contexts: ReadContexts;
  readonly access: Pick<Access, "control" | "quotas">;
  readonly ingest: Pick<Ingest, "status">;
}

export const alertRoutes: FastifyPluginAsyncZod<AlertRoutesOptions> = async (
  app,
  { contexts, access, ingest },
) => {
  const share = createSingleFlight();
  app.get(
    "/api/monitoring/alerts",
    {
      config: { permission: "telemetry:read" },
      schema: { querystring: projectQuery.extend(alertsFilter.shape) },
    },
    async (request, reply) => {
      const principal = tenantPrincipalOf(request);
      const { project, reader } = await contexts.read(principal, request.query);
      reply.header("cache-control", "no-store");
      const sources = alertSources({ access, ingest }, principal, reader);
      const isShown = sources.meters === null ? "without quotas" : "with quotas";
      const all = await share(["alerts", reader.scope, isShown], () => readAlerts(sources));
      const page = pageOfAlerts(all, alertsFilter.parse(request.query));
      return { timestamp: new Date().toISOString(), project, ...page };
    },
  );
};

/** Quotas are told to those who may see them. */
export function alertSources(
  { access, ingest }: Pick<AlertRoutesOptions, "access" | "ingest">,
  principal: TenantPrincipal,
  reader: ScopedReader,
): AlertSources {
  const { control, quotas } = access;
  return {
    control,
    reader,
    ingest,
    meters: may(principal, "usage:read") ? quotas.meters(principal.tenantId) : null,
    readPlans: (scope) => readMissingIndexes(control, scope),
    nowMs: Date.now(),
  };
}
