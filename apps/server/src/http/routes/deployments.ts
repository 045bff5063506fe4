/** Deployments as they are told, and the moments that charts mark. */
import {
  deploymentChange,
  deploymentFilter,
  deploymentId,
  newDeployment,
  rangeQuery,
  resolveRange,
} from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  AccessError,
  auditContextOf,
  DEFAULT_PROJECT,
  may,
  maySeeProject,
  projectsOfTenant,
  type TenantPrincipal,
  tenantPrincipalOf,
} from "../../access/index.ts";
import type { ControlStore } from "../../engines/control/index.ts";
import type { Scope } from "../../engines/telemetry/index.ts";
import { releasesIn } from "../../insight/index.ts";
import {
  changeDeployment,
  deploymentsIn,
  listDeployments,
  markersOf,
  recordDeployment,
} from "../../operate/index.ts";
import type { SourceCache } from "../../sources/index.ts";
import { projectQuery, readQuery, type ReadContexts, type RangedReadContext } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";

export interface DeploymentRoutesOptions {
  readonly control: ControlStore;
  readonly contexts: ReadContexts;
  /** Told of every deployment: what it keeps of them is old then. */
  readonly cache?: SourceCache;
  /** A deployment was told or changed: open pages of its project ask anew. */
  readonly onTold?: (scope: Scope) => void;
}

const write = { permission: "deployments:write" } as const;
const listQuery = projectQuery.extend(rangeQuery.shape).extend(deploymentFilter.shape);

export const deploymentRoutes: FastifyPluginAsyncZod<DeploymentRoutesOptions> = async (
  app,
  { control, contexts, cache, onTold },
) => {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  async function told(scope: Scope): Promise<void> {
    await cache?.forget("deploymentStatus", scope, []);
    onTold?.(scope);
  }

  app.post("/api/deployments", { config: write, schema: { body: newDeployment } }, async (request, reply) => {
    const principal = tenantPrincipalOf(request);
    const { project: named, ...given } = request.body;
    const project = await chosenProject(control, principal, named);
    const context = auditContextOf(control, request, principal);
    const { deployment, isNew } = await recordDeployment(context, project, given, Date.now());
    await told({ tenantId: principal.tenantId, projectId: project });
    return await reply.code(isNew ? 201 : 200).send({ project, deployment, isNew });
  });

  app.patch(
    "/api/deployments/:id",
    { config: write, schema: { params: z.object({ id: deploymentId }), body: deploymentChange } },
    async (request) => {
      const principal = tenantPrincipalOf(request);
      const { project: named, ...given } = request.body;
      const project = await chosenProject(control, principal, named);
      const context = auditContextOf(control, request, principal);
      const { id } = request.params;
      const changed = await changeDeployment(context, project, id, given, Date.now());
      await told({ tenantId: principal.tenantId, projectId: project });
      return { project, ...changed };
    },
  );

  app.get(
    "/api/deployments",
    { config: { permission: "deployments:read" }, schema: { querystring: listQuery } },
    async (request) => {
      const principal = tenantPrincipalOf(request);
      const { query } = request;
      const { project } = await contexts.read(principal, query);
      const isRanged = Boolean(query.range ?? query.from ?? query.to);
      const window = isRanged ? resolveRange(query, Date.now()) : null;
      const scope = { tenantId: principal.tenantId, projectId: project.id };
      const list = await listDeployments(control, scope, deploymentFilter.parse(query), window);
      return { project, ...list, mayRecord: may(principal, "deployments:write"), fetchedAtMs: Date.now() };
    },
  );

  const share = createSingleFlight();
  app.get(
    "/api/markers",
    {
      config: { permission: "telemetry:read" },
      schema: { querystring: readQuery.extend({ service: z.string().max(200).optional() }) },
    },
    async (request) => {
      const context = await contexts.readRange(tenantPrincipalOf(request), request.query);
      const { service } = request.query;
      const markers = await share(["markers", context.reader.scope, context.range, service], () =>
        readMarkers(control, context, service),
      );
      return { project: context.project, markers };
    },
  );
};

/** Those of a range, for charts; of one service when it is named. */
export async function readMarkers(
  control: ControlStore,
  { reader, range, nowMs }: Pick<RangedReadContext, "reader" | "range" | "nowMs">,
  service?: string,
) {
  const [deployments, releases] = await Promise.all([
    deploymentsIn(control, reader.scope, range),
    releasesIn(reader, range, nowMs),
  ]);
  return markersOf(deployments, releases, service);
}

/**
 * Where a deployment is written down: the named project, or the only one there is, or the default one. Never guessed from
 * which has data: a first deployment comes before the first telemetry.
 * @throws {AccessError} unknown_project
 */
async function chosenProject(
  control: ControlStore,
  principal: TenantPrincipal,
  named: string | undefined,
): Promise<string> {
  const records = await projectsOfTenant(control, principal.tenantId);
  const visible = records.map(({ id }) => id).filter((id) => maySeeProject(principal, id));
  const wanted = named ?? (visible.length === 1 ? visible[0] : DEFAULT_PROJECT);
  if (wanted !== undefined && visible.includes(wanted)) return wanted;
  const there = visible.length === 0 ? "none that you may see" : visible.join(", ");
  throw new AccessError(
    "unknown_project",
    named === undefined
      ? `Say which project was deployed ("project"); there are ${there}.`
      : `There is no project ${JSON.stringify(named)}; there are ${there}.`,
  );
}
