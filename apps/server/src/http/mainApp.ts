/** All routes of the main port: what main.ts serves and what tests walk. */
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import {
  type Access,
  type ActionName,
  AccessError,
  ACTIONS,
  may,
  maySeeProject,
  principalOf,
  type RateLimiter,
  tenantPrincipalOf,
} from "../access/index.ts";
import type { VitalsReader } from "../budgets/index.ts";
import { type OpenSession, readMissingIndexes } from "../databases/index.ts";
import type { Scope, TelemetryStore } from "../engines/telemetry/index.ts";
import type { BrowserHttpOptions, OtlpHttpOptions } from "../ingest/index.ts";
import type { OwnPerformance, SystemPage } from "@throughline/contract";
import { type LiveHub, liveStream } from "../live/index.ts";
import { addBrowserIngest, addOtlp, createHttpApp } from "./app.ts";
import { pagesPlugin, type PagesOptions } from "./pages/index.ts";
import type { ReadContexts } from "./readContext.ts";
import { graphqlRoutes } from "./graphql/graphqlRoutes.ts";
import { openApi } from "./openapi/document.ts";
import { docsRoutes } from "./openapi/docsRoutes.ts";
import { accessRoutes } from "./routes/access/index.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { businessRoutes } from "./routes/business.ts";
import { changesRoutes } from "./routes/changes.ts";
import { dashboardRoutes } from "./routes/dashboard.ts";
import { deploymentRoutes } from "./routes/deployments.ts";
import { detailedHealth, type HealthOptions, healthRoutes } from "./routes/health.ts";
import { performanceRoutes } from "./routes/performance.ts";
import { errorRoutes } from "./routes/errors.ts";
import { releaseRoutes } from "./routes/releases.ts";
import { readRoutes } from "./routes/reads.ts";
import { queriesRoutes } from "./routes/queries.ts";
import { budgetRoutes } from "./routes/budgets.ts";
import type { BeneathReader, SourceCache } from "../sources/index.ts";
import type { Symbolicator } from "../sourceMaps/index.ts";
import { sourceMapRoutes } from "./routes/sourceMaps.ts";
import { visitsRoutes } from "./routes/visits.ts";
import { databaseRoutes } from "./routes/databases.ts";
import { vitalsRoutes } from "./routes/vitals.ts";
import { storageRoutes } from "./routes/storage.ts";
import { systemRoutes } from "./routes/system.ts";

export interface MainAppParts {
  readonly log: FastifyBaseLogger;
  readonly access: Access;
  readonly symbolicator: Symbolicator;
  readonly limiter: RateLimiter;
  readonly trustedProxies?: readonly string[] | undefined;
  readonly contexts: ReadContexts;
  readonly telemetry: Pick<TelemetryStore, "internal">;
  readonly health: HealthOptions;
  readonly vitals: VitalsReader;
  readonly openDatabase: OpenSession;
  readonly readSystem: () => Promise<SystemPage>;
  readonly hub: LiveHub;
  readonly cache: SourceCache;
  readonly readBeneath: BeneathReader;
  readonly otlp: OtlpHttpOptions;
  readonly browser: BrowserHttpOptions;
  /** For what the product's own pages say of themselves; without it they say nothing. */
  readonly ownPages?: BrowserHttpOptions;
  readonly readOwnPerformance: () => Promise<OwnPerformance>;
  readonly pages: PagesOptions;
}

export async function createMainApp(parts: MainAppParts): Promise<FastifyInstance> {
  const { access, contexts, limiter, trustedProxies = [] } = parts;
  const app = await createHttpApp(parts.log, { access, limiter, trustedProxies });
  // Before the routes that it describes.
  await app.register(openApi);
  await app.register(healthRoutes, parts.health);
  await app.register(accessRoutes, { access });
  await app.register(queriesRoutes, { contexts, control: access.control });
  await app.register(performanceRoutes, { contexts, control: access.control });
  await app.register(budgetRoutes, { contexts, access });
  await app.register(databaseRoutes, { contexts, access, openDatabase: parts.openDatabase });
  await app.register(vitalsRoutes, { contexts, vitals: parts.vitals, ingest: parts.browser.ingest });
  await app.register(readRoutes, { contexts, control: access.control, readBeneath: parts.readBeneath });
  await app.register(alertRoutes, { contexts, access, ingest: parts.health.ingest });
  await app.register(businessRoutes, { contexts });
  await app.register(changesRoutes, { contexts, control: access.control });
  await app.register(deploymentRoutes, {
    contexts,
    control: access.control,
    cache: parts.cache,
    onTold: (scope) => parts.hub.deploymentsChanged(scope),
  });
  await app.register(dashboardRoutes, {
    contexts,
    access,
    ingest: parts.health.ingest,
    cache: parts.cache,
    readHealth: () => detailedHealth(parts.health),
  });
  await app.register(releaseRoutes, { contexts });
  await app.register(visitsRoutes, { contexts, symbolicator: parts.symbolicator });
  await app.register(errorRoutes, {
    contexts,
    access,
    symbolicator: parts.symbolicator,
    onDecided: (scope) => parts.hub.errorsChanged(scope),
  });
  await app.register(sourceMapRoutes, { access });
  await app.register(storageRoutes, { telemetry: parts.telemetry, cache: parts.cache });
  await app.register(systemRoutes, {
    readSystem: parts.readSystem,
    readOwnPerformance: parts.readOwnPerformance,
  });
  await app.register(liveStream, {
    hub: parts.hub,
    scopeOf: async (request, needs) => {
      const principal = tenantPrincipalOf(request);
      const missing = needs.find((action) => !may(principal, action));
      if (missing !== undefined)
        throw new AccessError("forbidden", `This topic needs: ${ACTIONS[missing].text} (${missing}).`);
      return { scope: (await contexts.read(principal, request.query)).reader.scope };
    },
    mayGoOn: async (request, needs, scope) => await mayWatch(access, request, needs, scope),
  });
  await app.register(graphqlRoutes, {
    contexts,
    hub: parts.hub,
    readPlans: (scope) => readMissingIndexes(access.control, scope),
    mayGoOn: async (request, needs, scope) => await mayWatch(access, request, needs, scope),
  });
  await addOtlp(app, parts.otlp);
  await addBrowserIngest(app, parts.browser);
  if (parts.ownPages !== undefined) await addBrowserIngest(app, parts.ownPages, "/own");
  await app.register(docsRoutes);
  await app.register(pagesPlugin, parts.pages);
  return app;
}

async function mayWatch(
  access: Access,
  request: Parameters<typeof principalOf>[1],
  needs: readonly ActionName[],
  scope: Scope,
): Promise<boolean> {
  try {
    const principal = await principalOf(access, request);
    return (
      principal !== null &&
      principal.tenantId === scope.tenantId &&
      maySeeProject(principal, scope.projectId) &&
      needs.every((action) => may(principal, action))
    );
  } catch (error) {
    // A key that was revoked, an organisation one was removed from.
    if (error instanceof AccessError) return false;
    throw error;
  }
}
