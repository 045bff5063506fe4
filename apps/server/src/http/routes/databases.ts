/** Watched PostgreSQL databases. */
import { databaseChange, newDatabase } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  type Access,
  may,
  maySeeProject,
  tenantPrincipalOf,
  type TenantPrincipal,
} from "../../access/index.ts";
import {
  changeDatabase,
  checkRegistered,
  createDatabase,
  deleteDatabase,
  type OpenSession,
  projectOfDatabase,
  readDatabase,
  readDatabases,
  readEmbedded,
  unknownDatabase,
} from "../../databases/index.ts";
import { projectQuery, type ReadContexts, readQuery } from "../readContext.ts";
import { auditOf, DONE, idParams } from "./access/context.ts";

export interface DatabaseRoutesOptions {
  readonly contexts: ReadContexts;
  readonly access: Access;
  readonly openDatabase: OpenSession;
}

export const databaseRoutes: FastifyPluginAsyncZod<DatabaseRoutesOptions> = async (
  app,
  { contexts, access, openDatabase },
) => {
  const { control, box } = access;
  const reads = { permission: "telemetry:read" } as const;
  const writes = { permission: "databases:write" } as const;
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get("/api/databases", { config: reads, schema: { querystring: projectQuery } }, async (request) => {
    const principal = tenantPrincipalOf(request);
    const { project } = await contexts.read(principal, request.query);
    const databases = await readDatabases(control, principal.tenantId, project.id);
    const embedded = may(principal, "system:read") ? await readEmbedded(control) : null;
    return { project, databases, embedded };
  });

  app.get(
    "/api/databases/:id",
    { config: reads, schema: { querystring: readQuery, params: idParams } },
    async (request) => {
      const principal = tenantPrincipalOf(request);
      const { id } = request.params;
      // The database says which project it is of; an address without one leads to it all the same.
      const projectId = await projectOf(principal, id);
      const query = { ...request.query, project: projectId };
      const { project, reader, range, nowMs } = await contexts.readRange(principal, query);
      return { project, ...(await readDatabase(control, reader, id, range, nowMs)) };
    },
  );

  app.post("/api/databases", { config: writes, schema: { body: newDatabase } }, async (request) => {
    const { project } = await contexts.read(tenantPrincipalOf(request), request.body);
    return { id: await createDatabase({ ...auditOf(access, request), box }, project.id, request.body) };
  });

  app.patch(
    "/api/databases/:id",
    { config: writes, schema: { params: idParams, body: databaseChange } },
    async (request) => {
      await projectOf(tenantPrincipalOf(request), request.params.id);
      await changeDatabase({ ...auditOf(access, request), box }, request.params.id, request.body);
      return DONE;
    },
  );

  app.delete("/api/databases/:id", { config: writes, schema: { params: idParams } }, async (request) => {
    await projectOf(tenantPrincipalOf(request), request.params.id);
    await deleteDatabase({ ...auditOf(access, request), box }, request.params.id);
    return DONE;
  });

  app.post("/api/databases/:id/check", { config: writes, schema: { params: idParams } }, async (request) => {
    const { tenantId } = tenantPrincipalOf(request);
    await projectOf(tenantPrincipalOf(request), request.params.id);
    return await checkRegistered({ control, tenantId, box }, openDatabase, request.params.id);
  });

  /** One of a project that the caller may not see does not exist for them. */
  async function projectOf(principal: TenantPrincipal, id: string): Promise<string> {
    const projectId = await projectOfDatabase({ control, tenantId: principal.tenantId }, id);
    if (projectId === null || !maySeeProject(principal, projectId)) throw unknownDatabase();
    return projectId;
  }
};
