/** What services ask their databases: the ranked list, and one statement. */
import { queriesFilter } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { tenantPrincipalOf } from "../../access/index.ts";
import { readStatementPlans } from "../../databases/index.ts";
import type { ControlStore } from "../../engines/control/index.ts";
import { readQueries, readQuery } from "../../insight/queries/index.ts";
import { ProblemError } from "../problem.ts";
import { readQuery as rangedQuery, type ReadContexts } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";

export interface QueriesRoutesOptions {
  readonly contexts: ReadContexts;
  readonly control: ControlStore;
}

const config = { permission: "telemetry:read" } as const;

export const queriesRoutes: FastifyPluginAsyncZod<QueriesRoutesOptions> = async (
  app,
  { contexts, control },
) => {
  const share = createSingleFlight();
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get(
    "/api/queries",
    { config, schema: { querystring: rangedQuery.extend(queriesFilter.shape) } },
    async (request) => {
      const principal = tenantPrincipalOf(request);
      const { project, reader, range, nowMs } = await contexts.readRange(principal, request.query);
      const filter = queriesFilter.parse(request.query);
      const list = await share(["queries", reader.scope, range, filter], () =>
        readQueries(reader, range, filter, nowMs),
      );
      return { project, ...list };
    },
  );

  app.get(
    "/api/queries/:hash",
    { config, schema: { querystring: rangedQuery, params: z.object({ hash: z.string().max(100) }) } },
    async (request) => {
      const hash = request.params.hash.toLowerCase();
      if (!/^[0-9a-f]{16}$/.test(hash))
        throw new ProblemError("invalid_query", "A statement's hash has 16 hexadecimal digits.");
      const principal = tenantPrincipalOf(request);
      const { project, reader, range, nowMs } = await contexts.readRange(principal, request.query);
      const page = await share(["query", reader.scope, range, hash], () =>
        readQuery(reader, range, hash, nowMs),
      );
      if (page === null)
        throw new ProblemError(
          "unknown_query",
          "No such statement is kept. It may have expired, or belong to another project.",
        );
      const plans = await readStatementPlans(control, reader.scope, page.query.statement);
      return { project, ...page, plans };
    },
  );
};
