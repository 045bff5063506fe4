/** `/api/source-maps`: uploaded by a build with an API key, listed, deleted. */
import { newSourceMap } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { type Access, AccessError, maySeeProject, tenantPrincipalOf } from "../../access/index.ts";
import { projectsOfTenant } from "../../access/index.ts";
import { addSourceMap, deleteSourceMap, readSourceMaps } from "../../sourceMaps/index.ts";
import { auditOf, DONE, idParams } from "./access/context.ts";

export interface SourceMapRoutesOptions {
  readonly access: Access;
}

/** A map of a large bundle with its sources, and the bundle. */
const BODY_BYTES_MAX = 48 * 1024 * 1024;

export const sourceMapRoutes: FastifyPluginAsyncZod<SourceMapRoutesOptions> = async (app, { access }) => {
  const { control } = access;
  const config = { permission: "source-maps:write" } as const;

  app.get("/api/source-maps", { config: { permission: "telemetry:read" } }, async (request, reply) => {
    const principal = tenantPrincipalOf(request);
    const all = await readSourceMaps(control, principal.tenantId);
    reply.header("cache-control", "no-store");
    return { sourceMaps: all.filter(({ projectId }) => maySeeProject(principal, projectId)) };
  });

  app.post(
    "/api/source-maps",
    { config, bodyLimit: BODY_BYTES_MAX, schema: { body: newSourceMap } },
    async (request, reply) => {
      const principal = tenantPrincipalOf(request);
      const { project } = request.body;
      const known = await projectsOfTenant(control, principal.tenantId);
      if (!maySeeProject(principal, project) || !known.some(({ id }) => id === project))
        throw new AccessError("unknown_project", `There is no project ${JSON.stringify(project)}.`);
      return reply.code(201).send(await addSourceMap(auditOf(access, request), request.body));
    },
  );

  app.delete("/api/source-maps/:id", { config, schema: { params: idParams } }, async (request) => {
    const principal = tenantPrincipalOf(request);
    const { id } = request.params;
    const [found] = (await readSourceMaps(control, principal.tenantId)).filter((row) => row.id === id);
    if (found === undefined || !maySeeProject(principal, found.projectId))
      throw new AccessError("unknown_source_map", "There is no source map with this id.");
    await deleteSourceMap(auditOf(access, request), id);
    return DONE;
  });
};
