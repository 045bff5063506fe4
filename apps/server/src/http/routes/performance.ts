/** Endpoints, resources and bottlenecks. */
import { endpointQuery, endpointsFilter, resourcesFilter } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { tenantPrincipalOf } from "../../access/index.ts";
import { readMissingIndexes } from "../../databases/index.ts";
import type { ControlStore } from "../../engines/control/index.ts";
import { readBottlenecks } from "../../insight/bottlenecks/index.ts";
import { readEndpoint, readEndpoints } from "../../insight/endpoints/index.ts";
import { readResources } from "../../insight/resources/index.ts";
import { readQuery, type ReadContexts } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";
import { readMarkers } from "./deployments.ts";

export interface PerformanceRoutesOptions {
  readonly contexts: ReadContexts;
  readonly control: ControlStore;
}

const config = { permission: "telemetry:read" } as const;

export const performanceRoutes: FastifyPluginAsyncZod<PerformanceRoutesOptions> = async (
  app,
  { contexts, control },
) => {
  const share = createSingleFlight();
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get(
    "/api/endpoints",
    { config, schema: { querystring: readQuery.extend(endpointsFilter.shape) } },
    async (request) => {
      const principal = tenantPrincipalOf(request);
      const { project, reader, range, nowMs } = await contexts.readRange(principal, request.query);
      const filter = endpointsFilter.parse(request.query);
      const list = await share(["endpoints", reader.scope, range, filter], () =>
        readEndpoints(reader, range, filter, nowMs),
      );
      return { project, ...list };
    },
  );

  app.get(
    "/api/endpoints/detail",
    { config, schema: { querystring: readQuery.extend(endpointQuery.shape) } },
    async (request) => {
      const principal = tenantPrincipalOf(request);
      const { project, reader, range, nowMs } = await contexts.readRange(principal, request.query);
      const { service, route, apdexMs } = request.query;
      const [page, markers] = await Promise.all([
        share(["endpoint", reader.scope, range, service, route, apdexMs], () =>
          readEndpoint(reader, range, { service, route }, apdexMs, nowMs),
        ),
        share(["markers", reader.scope, range, service], () =>
          readMarkers(control, { reader, range, nowMs }, service),
        ),
      ]);
      return { project, ...page, markers };
    },
  );

  app.get(
    "/api/resources",
    { config, schema: { querystring: readQuery.extend(resourcesFilter.shape) } },
    async (request) => {
      const principal = tenantPrincipalOf(request);
      const { project, reader, range, nowMs } = await contexts.readRange(principal, request.query);
      const filter = resourcesFilter.parse(request.query);
      const [page, markers] = await Promise.all([
        share(["resources", reader.scope, range, filter], () => readResources(reader, range, filter, nowMs)),
        share(["markers", reader.scope, range, filter.service], () =>
          readMarkers(control, { reader, range, nowMs }, filter.service),
        ),
      ]);
      return { project, ...page, markers };
    },
  );

  app.get("/api/bottlenecks", { config, schema: { querystring: readQuery } }, async (request) => {
    const principal = tenantPrincipalOf(request);
    const { project, reader, range, nowMs } = await contexts.readRange(principal, request.query);
    const list = await share(["bottlenecks", reader.scope, range], () =>
      readBottlenecks(reader, range, nowMs, (scope) => readMissingIndexes(control, scope)),
    );
    return { project, ...list };
  });
};
