/** `GET /api/monitoring/alerts`: what is wrong now. */
import type { MonitoringAlert, UsageMeter } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { type Access, may, tenantPrincipalOf, type TenantPrincipal } from "../../access/index.ts";
import { readOpenBreaches } from "../../budgets/index.ts";
import { projectQuery, type ReadContexts } from "../readContext.ts";

export interface AlertRoutesOptions {
  readonly contexts: ReadContexts;
  readonly access: Access;
}

export const alertRoutes: FastifyPluginAsyncZod<AlertRoutesOptions> = async (app, { contexts, access }) => {
  app.get(
    "/api/monitoring/alerts",
    { config: { permission: "telemetry:read" }, schema: { querystring: projectQuery } },
    async (request, reply) => {
      const principal = tenantPrincipalOf(request);
      const { project } = await contexts.read(principal, request.query);
      reply.header("cache-control", "no-store");
      const alerts = await readAlerts(access, principal, project.id);
      return { timestamp: new Date().toISOString(), project, alerts };
    },
  );
};

/** Critical first, then newest first. Quotas are told to those who may see them. */
export async function readAlerts(
  access: Pick<Access, "control" | "quotas">,
  principal: TenantPrincipal,
  projectId: string,
): Promise<MonitoringAlert[]> {
  const breaches = await readOpenBreaches(access.control, principal.tenantId, projectId);
  const meters = may(principal, "usage:read") ? access.quotas.meters(principal.tenantId) : [];
  const ofBudgets = breaches.map(({ page, device, metric, target, sinceMs }): MonitoringAlert => {
    const where = `${page === "" ? "the whole site" : page}${device === null ? "" : ` on ${device}`}`;
    return {
      id: `budget ${page} ${device ?? ""} ${metric}`,
      kind: "budget",
      severity: "warning",
      title: `${metric} is over its target on ${where}`,
      detail: `The 75th percentile is above ${target}${metric === "CLS" ? "" : " ms"}, surely and not by chance.`,
      sinceMs,
    };
  });
  const alerts = [...meters.flatMap(quotaAlert), ...ofBudgets];
  const rank = ({ severity }: MonitoringAlert): number => (severity === "critical" ? 0 : 1);
  return alerts.toSorted((a, b) => rank(a) - rank(b) || (b.sinceMs ?? 0) - (a.sinceMs ?? 0));
}

function quotaAlert({ kind, used, dailyMax, state }: UsageMeter): MonitoringAlert[] {
  if (state === "ok" || dailyMax === null) return [];
  const isExceeded = state === "exceeded";
  return [
    {
      id: `quota ${kind}`,
      kind: "quota",
      severity: isExceeded ? "critical" : "warning",
      title: isExceeded
        ? `The daily quota of ${kind} is used up`
        : `The daily quota of ${kind} is nearly used up`,
      detail: isExceeded
        ? `More ${kind} are refused until 00:00 UTC. Taken today: ${used} of ${dailyMax}.`
        : `Taken today: ${used} of ${dailyMax}. From ${dailyMax} on they are refused until 00:00 UTC.`,
      sinceMs: null,
    },
  ];
}
