/** `GET /api/admin/dashboard/aggregate`: everything a dashboard opens with, in one answer. */
import {
  type DashboardAggregate,
  type DashboardSource,
  type DetailedHealth,
  resolveRange,
} from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { type Access, ACTIONS, type ActionName, may, tenantPrincipalOf } from "../../access/index.ts";
import { readAlerts } from "../../alerts/index.ts";
import type { Ingest } from "../../ingest/index.ts";
import { readErrors, readMetrics } from "../../insight/index.ts";
import { listDeployments } from "../../operate/index.ts";
import { type CacheKind, isolated, type SourceCache } from "../../sources/index.ts";
import { toProblem } from "../problem.ts";
import { projectQuery, type ReadContexts } from "../readContext.ts";
import { alertSources } from "./alerts.ts";

export interface DashboardRoutesOptions {
  readonly contexts: ReadContexts;
  readonly access: Access;
  readonly ingest: Pick<Ingest, "status">;
  readonly cache: SourceCache;
  readonly readHealth: () => Promise<DetailedHealth>;
}

interface Source {
  readonly kind: CacheKind;
  readonly needs: ActionName | null;
  /** A source that has not answered by then is left out. */
  readonly budgetMs: number;
  /** What else than the project its answer depends on. */
  readonly part: readonly string[];
  readonly load: () => Promise<unknown>;
}

const ERRORS_SHOWN = 20;
const ALERTS_SHOWN = 50;
const DEPLOYMENTS_SHOWN = 10;

export const dashboardRoutes: FastifyPluginAsyncZod<DashboardRoutesOptions> = async (app, options) => {
  const { contexts, access, ingest, cache, readHealth } = options;

  app.get(
    "/api/admin/dashboard/aggregate",
    { config: { permission: "telemetry:read" }, schema: { querystring: projectQuery } },
    async (request, reply): Promise<DashboardAggregate> => {
      reply.header("cache-control", "no-store");
      const startedMs = performance.now();
      const principal = tenantPrincipalOf(request);
      const { project, reader } = await contexts.read(principal, request.query);
      const { scope } = reader;
      const nowMs = Date.now();
      const hour = resolveRange({ range: "1h" }, nowMs);
      const seesQuotas = may(principal, "usage:read");
      const sources: Readonly<Record<DashboardSource, Source>> = {
        health: { kind: "systemHealth", needs: null, budgetMs: 4000, part: [], load: readHealth },
        metrics: {
          kind: "metrics",
          needs: "telemetry:read",
          budgetMs: 3000,
          part: [],
          load: async () => ({ kpis: (await readMetrics(reader, hour, {}, nowMs)).kpis }),
        },
        errors: {
          kind: "errorAlerts",
          needs: "telemetry:read",
          budgetMs: 3000,
          part: [seesQuotas ? "with quotas" : "without quotas"],
          load: async () => {
            const [{ errors }, { alerts }] = await Promise.all([
              readErrors(reader, hour, { limit: ERRORS_SHOWN }),
              readAlerts(alertSources({ access, ingest }, principal, reader)),
            ]);
            return { recent: errors, alerts: alerts.slice(0, ALERTS_SHOWN) };
          },
        },
        deployments: {
          kind: "deploymentStatus",
          needs: "deployments:read",
          budgetMs: 3000,
          part: [],
          load: async () => {
            const list = await listDeployments(access.control, scope, { limit: DEPLOYMENTS_SHOWN }, null);
            return { recent: list.deployments };
          },
        },
      };
      const asked = await Promise.all(
        Object.entries(sources).map(async ([name, { kind, needs, budgetMs, part, load }]) => {
          if (needs !== null && !may(principal, needs))
            return { name, ok: false, reason: `It needs: ${ACTIONS[needs].text}.` } as const;
          const outcome = await isolated(
            () => cache.get(kind, scope, part, load),
            budgetMs,
            (error) => {
              request.log.warn({ err: error, source: name }, "A source of the dashboard failed.");
              return toProblem(error).message;
            },
          );
          return { name, ...outcome };
        }),
      );
      const answered = asked.filter((each) => each.ok);
      return {
        ...(Object.fromEntries(asked.map((each) => [each.name, each.ok ? each.data.data : null])) as Pick<
          DashboardAggregate,
          DashboardSource
        >),
        project,
        _meta: {
          fetchedAt: Date.now(),
          cacheHits: answered.filter(({ data }) => data.isHit).map(({ name }) => name as DashboardSource),
          fetchDurationMs: Math.round(performance.now() - startedMs),
          stale: answered.filter(({ data }) => data.isStale).map(({ name }) => name as DashboardSource),
          failed: Object.fromEntries(asked.flatMap((each) => (each.ok ? [] : [[each.name, each.reason]]))),
          fetchedAtBySource: Object.fromEntries(answered.map(({ name, data }) => [name, data.fetchedAtMs])),
        },
      };
    },
  );
};
