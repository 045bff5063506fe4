/** The organisation and its projects. `GET /api/projects` is among the reads: it also says which have data. */
import {
  newProject,
  projectChange,
  projectDeletion,
  tenantDeletion,
  tenantName,
} from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  AccessError,
  actorOf,
  createProject,
  createTenant,
  deleteProject,
  deleteTenant,
  maySeeProject,
  readTenant,
  renameProject,
  renameTenant,
  type TenantPrincipal,
  tenantPrincipalOf,
} from "../../../access/index.ts";
import { type AccessRoutesOptions, auditOf, DONE, personOf } from "./context.ts";

const projectParams = z.object({ projectId: z.string().min(1).max(63) });

export const tenantRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  app.get("/api/tenant", { config: { permission: "telemetry:read" } }, (request) =>
    readTenant(access.control, tenantPrincipalOf(request)),
  );

  app.patch(
    "/api/tenant",
    { config: { permission: "tenant:write" }, schema: { body: tenantName } },
    async (request) => {
      await renameTenant(auditOf(access, request), request.body.name);
      access.principals.forget();
      return DONE;
    },
  );

  app.post(
    "/api/tenants",
    { config: { permission: "tenants:create" }, schema: { body: tenantName } },
    async (request) => {
      const person = personOf(request);
      const context = { control: access.control, actor: actorOf(request, person), tenantId: person.tenantId };
      const tenantId = await createTenant(context, person.userId, request.body.name);
      access.principals.forget(person.userId);
      await access.ingestKeys.reload();
      return { tenantId };
    },
  );

  app.delete(
    "/api/tenant",
    { config: { permission: "tenant:delete" }, schema: { body: tenantDeletion } },
    async (request) => {
      const { isFirstTenant } = tenantPrincipalOf(request);
      await deleteTenant(auditOf(access, request), { ...request.body, isFirstTenant });
      access.principals.forget();
      access.projectLists.forget();
      await Promise.all([access.apiKeys.reload(), access.ingestKeys.reload()]);
      void access.eraser.run();
      return DONE;
    },
  );

  app.post(
    "/api/projects",
    { config: { permission: "projects:write" }, schema: { body: newProject } },
    async (request) => {
      if (tenantPrincipalOf(request).projectIds !== null)
        throw new AccessError(
          "forbidden",
          "This API key is limited to some projects and can't make further ones.",
        );
      await createProject(auditOf(access, request), request.body);
      access.projectLists.forget();
      await access.ingestKeys.reload();
      return DONE;
    },
  );

  app.patch(
    "/api/projects/:projectId",
    { config: { permission: "projects:write" }, schema: { params: projectParams, body: projectChange } },
    async (request) => {
      const { projectId } = request.params;
      refuseUnseen(tenantPrincipalOf(request), projectId);
      await renameProject(auditOf(access, request), projectId, request.body.name);
      access.projectLists.forget();
      return DONE;
    },
  );

  app.delete(
    "/api/projects/:projectId",
    { config: { permission: "projects:delete" }, schema: { params: projectParams, body: projectDeletion } },
    async (request) => {
      const { projectId: id } = request.params;
      if (request.body.id !== id)
        throw new AccessError("confirmation_needed", "Type the project's id exactly as it is.");
      const { isFirstTenant } = tenantPrincipalOf(request);
      await deleteProject(auditOf(access, request), { id, why: request.body.why, isFirstTenant });
      // Grants of viewers and of keys went with it.
      access.principals.forget();
      access.projectLists.forget();
      await Promise.all([access.apiKeys.reload(), access.ingestKeys.reload()]);
      void access.eraser.run();
      return DONE;
    },
  );
};

function refuseUnseen(principal: TenantPrincipal, projectId: string): void {
  if (!maySeeProject(principal, projectId))
    throw new AccessError("unknown_project", `There is no project ${JSON.stringify(projectId)}.`);
}
