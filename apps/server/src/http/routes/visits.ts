/** `GET /api/visits` and `GET /api/visits/{sessionId}`: what browsers told, visit by visit. */
import { visitsFilter } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { tenantPrincipalOf } from "../../access/index.ts";
import { readVisit, readVisits } from "../../insight/index.ts";
import type { Symbolicator } from "../../sourceMaps/index.ts";
import { ProblemError } from "../problem.ts";
import { projectQuery, readQuery, type ReadContexts } from "../readContext.ts";

export interface VisitsRoutesOptions {
  readonly contexts: ReadContexts;
  readonly symbolicator: Symbolicator;
}

const sessionParams = z.object({ sessionId: z.string().regex(/^[\w-]{8,64}$/) });

export const visitsRoutes: FastifyPluginAsyncZod<VisitsRoutesOptions> = async (
  app,
  { contexts, symbolicator },
) => {
  const config = { permission: "telemetry:read" } as const;
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get(
    "/api/visits",
    { config, schema: { querystring: readQuery.extend(visitsFilter.shape) } },
    async (request) => {
      const { project, reader, range } = await contexts.readRange(tenantPrincipalOf(request), request.query);
      return { project, ...(await readVisits(reader, range, visitsFilter.parse(request.query))) };
    },
  );

  app.get(
    "/api/visits/:sessionId",
    { config, schema: { querystring: projectQuery, params: sessionParams } },
    async (request) => {
      const { query } = request;
      const principal = tenantPrincipalOf(request);
      // Without a project named, a link to a visit works wherever the visit is.
      const candidates = query.project === undefined ? await contexts.projects(principal) : [];
      const projectIds = query.project === undefined ? candidates.map(({ id }) => id) : [query.project];
      for (const projectId of projectIds) {
        const { project, reader } = await contexts.read(principal, { project: projectId });
        const found = await readVisit(
          reader,
          request.params.sessionId,
          symbolicator.of(principal.tenantId, project.id),
        );
        if (found !== null) return { project, ...found };
      }
      throw new ProblemError(
        "unknown_visit",
        "Nothing is stored of this visit. It may have expired, or may not have arrived yet.",
      );
    },
  );
};
