/** Releases of services, and one against another. */
import { releaseDiffQuery } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { tenantPrincipalOf } from "../../access/index.ts";
import { readReleaseDiff, readReleases } from "../../insight/releaseDiff/index.ts";
import { ProblemError } from "../problem.ts";
import { projectQuery, type ReadContexts } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";

export interface ReleaseRoutesOptions {
  readonly contexts: ReadContexts;
}

const config = { permission: "telemetry:read" } as const;
const listQuery = projectQuery.extend({ service: z.string().min(1).max(200).optional() });

export const releaseRoutes: FastifyPluginAsyncZod<ReleaseRoutesOptions> = async (app, { contexts }) => {
  const share = createSingleFlight();
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get("/api/releases", { config, schema: { querystring: listQuery } }, async (request) => {
    const { project, reader } = await contexts.read(tenantPrincipalOf(request), request.query);
    return { project, releases: await readReleases(reader, request.query.service) };
  });

  app.get(
    "/api/releases/diff",
    { config, schema: { querystring: projectQuery.extend(releaseDiffQuery.shape) } },
    async (request) => {
      const { project, reader } = await contexts.read(tenantPrincipalOf(request), request.query);
      const { service, a, b } = request.query;
      if (a === b) throw new ProblemError("invalid_query", "Name two different releases as a and b.");
      const diff = await share(["release-diff", reader.scope, service, a, b], () =>
        readReleaseDiff(reader, service, { a, b }),
      );
      if ("unknown" in diff)
        throw new ProblemError(
          "unknown_release",
          `No span of ${service} names the release ${diff.unknown}. It may have expired, or belong to another project.`,
        );
      return { project, ...diff };
    },
  );
};
