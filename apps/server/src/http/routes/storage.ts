/** What the organisation's telemetry takes on disk. */
import type { StorageReport } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { tenantPrincipalOf } from "../../access/index.ts";
import type { TelemetryStore } from "../../engines/telemetry/index.ts";
import { readStorage } from "../../insight/storage/index.ts";
import type { SourceCache } from "../../sources/index.ts";

export interface StorageRoutesOptions {
  readonly telemetry: Pick<TelemetryStore, "internal">;
  readonly cache: SourceCache;
}

export const storageRoutes: FastifyPluginAsyncZod<StorageRoutesOptions> = async (app, options) => {
  const { telemetry, cache } = options;
  app.get(
    "/api/storage",
    { config: { permission: "usage:read" } },
    async (request, reply): Promise<StorageReport> => {
      reply.header("cache-control", "no-store");
      const { tenantId } = tenantPrincipalOf(request);
      // Of the whole organisation: no project has this name.
      const { data } = await cache.get(
        "storage",
        { tenantId, projectId: "" },
        [],
        async () => await readStorage(telemetry.internal, tenantId, Date.now()),
      );
      return data;
    },
  );
};
