/** The reads of the pages and of the REST API: thin, one insight each. */
import { monitoringFilter, rangeQuery, tailQuery } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  readErrors,
  readMetrics,
  readOverview,
  readService,
  readServices,
  readTraces,
  readVisitOfTrace,
} from "../../insight/index.ts";
import { readTail } from "../../insight/tail/index.ts";
import { readTrace } from "../../insight/traces/index.ts";
import { tenantPrincipalOf } from "../../access/index.ts";
import type { ControlStore } from "../../engines/control/index.ts";
import { ProblemError } from "../problem.ts";
import type { BeneathReader } from "../../sources/index.ts";
import { projectQuery, readQuery, type ReadContexts } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";
import { readMarkers } from "./deployments.ts";

export interface ReadRoutesOptions {
  readonly contexts: ReadContexts;
  /** Deployments, which charts mark. */
  readonly control: ControlStore;
  readonly readBeneath: BeneathReader;
}

const serviceParams = z.object({ service: z.string().min(1).max(200) });
const filteredQuery = monitoringFilter.extend(rangeQuery.shape);

export const readRoutes: FastifyPluginAsyncZod<ReadRoutesOptions> = async (
  app,
  { contexts, control, readBeneath },
) => {
  const config = { permission: "telemetry:read" } as const;
  // Ten people who open the same page at once cost one question.
  const share = createSingleFlight();
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get("/api/projects", { config }, async (request) => ({
    projects: await contexts.projects(tenantPrincipalOf(request)),
  }));

  app.get("/api/overview", { config, schema: { querystring: readQuery } }, async (request) => {
    const { project, reader, range, nowMs } = await contexts.readRange(
      tenantPrincipalOf(request),
      request.query,
    );
    const [overview, beneath, markers] = await Promise.all([
      share(["overview", reader.scope, range], () => readOverview(reader, range, nowMs)),
      readBeneath(reader, range, nowMs),
      share(["markers", reader.scope, range], () => readMarkers(control, { reader, range, nowMs })),
    ]);
    return { project, ...overview, ...beneath, markers, fetchedAtMs: Date.now() };
  });

  app.get("/api/services", { config, schema: { querystring: readQuery } }, async (request) => {
    const { project, reader, range, nowMs } = await contexts.readRange(
      tenantPrincipalOf(request),
      request.query,
    );
    const services = await share(["services", reader.scope, range], () => readServices(reader, range, nowMs));
    return { project, range, services };
  });

  app.get(
    "/api/services/:service",
    { config, schema: { querystring: readQuery, params: serviceParams } },
    async (request) => {
      const { project, reader, range, nowMs } = await contexts.readRange(
        tenantPrincipalOf(request),
        request.query,
      );
      const { service } = request.params;
      const [page, markers] = await Promise.all([
        share(["service", reader.scope, range, service], () => readService(reader, service, range, nowMs)),
        share(["markers", reader.scope, range, service], () =>
          readMarkers(control, { reader, range, nowMs }, service),
        ),
      ]);
      return { project, ...page, markers, fetchedAtMs: Date.now() };
    },
  );

  app.get(
    "/api/traces/:traceId",
    { config, schema: { querystring: projectQuery, params: z.object({ traceId: z.string().max(100) }) } },
    async (request) => {
      const { query } = request;
      const principal = tenantPrincipalOf(request);
      const traceId = request.params.traceId.toLowerCase();
      if (!/^[0-9a-f]{32}$/.test(traceId))
        throw new ProblemError("invalid_trace_id", "A trace id has 32 hexadecimal digits.");
      // Without a project named, a link to a trace works wherever the trace is.
      const candidates = query.project === undefined ? await contexts.projects(principal) : [];
      const projectIds = query.project === undefined ? candidates.map(({ id }) => id) : [query.project];
      for (const projectId of projectIds) {
        const { project, reader } = await contexts.read(principal, { project: projectId });
        const found = await readTrace(reader, traceId);
        if (found !== null) return { project, ...found, visit: await readVisitOfTrace(reader, traceId) };
      }
      throw new ProblemError(
        "unknown_trace",
        "No span of this trace is stored. It may have expired, may not have arrived yet, or was not sampled.",
      );
    },
  );

  app.get("/api/monitoring/metrics", { config, schema: { querystring: filteredQuery } }, async (request) => {
    const { reader, range, nowMs } = await contexts.readRange(tenantPrincipalOf(request), request.query);
    return await readMetrics(reader, range, request.query, nowMs);
  });

  app.get("/api/monitoring/errors", { config, schema: { querystring: filteredQuery } }, async (request) => {
    const { project, reader, range } = await contexts.readRange(tenantPrincipalOf(request), request.query);
    return { project, ...(await readErrors(reader, range, request.query)) };
  });

  app.get("/api/monitoring/traces", { config, schema: { querystring: filteredQuery } }, async (request) => {
    const { project, reader, range } = await contexts.readRange(tenantPrincipalOf(request), request.query);
    return { project, ...(await readTraces(reader, range, request.query)) };
  });

  app.get(
    "/api/tail",
    { config, schema: { querystring: projectQuery.extend(tailQuery.shape) } },
    async (request) => {
      const { project, reader } = await contexts.read(tenantPrincipalOf(request), request.query);
      return { project, ...(await readTail(reader, tailQuery.parse(request.query))) };
    },
  );
};
