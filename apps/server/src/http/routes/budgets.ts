/** Performance budgets, and when they were left and met again. */
import { budgetChange, newBudget } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  type Access,
  may,
  maySeeProject,
  tenantPrincipalOf,
  type TenantPrincipal,
} from "../../access/index.ts";
import {
  changeBudget,
  createBudget,
  deleteBudget,
  projectOfBudget,
  readBudgetEvents,
  readBudgets,
  unknownBudget,
} from "../../budgets/index.ts";
import { groupedPage } from "../../insight/index.ts";
import { projectQuery, type ReadContexts } from "../readContext.ts";
import { auditOf, DONE, idParams } from "./access/context.ts";

export interface BudgetRoutesOptions {
  readonly contexts: ReadContexts;
  readonly access: Access;
}

const eventsQuery = projectQuery.extend({
  /** A page, an address of it, or a pattern with `*`. */
  page: z.string().min(1).max(2048).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.uuid().optional(),
});

export const budgetRoutes: FastifyPluginAsyncZod<BudgetRoutesOptions> = async (app, { contexts, access }) => {
  const { control } = access;
  const reads = { permission: "telemetry:read" } as const;
  const writes = { permission: "budgets:write" } as const;
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get("/api/budgets", { config: reads, schema: { querystring: projectQuery } }, async (request) => {
    const principal = tenantPrincipalOf(request);
    const { project } = await contexts.read(principal, request.query);
    const withPeople = may(principal, "budgets:write");
    return { project, ...(await readBudgets(control, principal.tenantId, project.id, { withPeople })) };
  });

  app.get("/api/budgets/events", { config: reads, schema: { querystring: eventsQuery } }, async (request) => {
    const principal = tenantPrincipalOf(request);
    const { project } = await contexts.read(principal, request.query);
    const { limit, cursor } = request.query;
    const asked = request.query.page;
    const page = asked === undefined || asked.includes("*") ? asked : groupedPage(asked);
    return {
      project,
      ...(await readBudgetEvents(control, principal.tenantId, project.id, { page, limit, cursor })),
    };
  });

  app.post("/api/budgets", { config: writes, schema: { body: newBudget } }, async (request) => {
    const { project } = await contexts.read(tenantPrincipalOf(request), request.body);
    return { id: await createBudget(auditOf(access, request), project.id, request.body) };
  });

  app.patch(
    "/api/budgets/:id",
    { config: writes, schema: { params: idParams, body: budgetChange } },
    async (request) => {
      const { id } = request.params;
      await changeBudget(
        auditOf(access, request),
        await projectOf(tenantPrincipalOf(request), id),
        id,
        request.body,
      );
      return DONE;
    },
  );

  app.delete("/api/budgets/:id", { config: writes, schema: { params: idParams } }, async (request) => {
    const { id } = request.params;
    await deleteBudget(auditOf(access, request), await projectOf(tenantPrincipalOf(request), id), id);
    return DONE;
  });

  /** One of a project that the caller may not see does not exist for them. */
  async function projectOf(principal: TenantPrincipal, id: string): Promise<string> {
    const projectId = await projectOfBudget({ control, tenantId: principal.tenantId }, id);
    if (projectId === null || !maySeeProject(principal, projectId)) throw unknownBudget();
    return projectId;
  }
};
