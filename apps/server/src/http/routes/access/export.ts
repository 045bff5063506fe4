/** Everything the organisation stores, as one file. */
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { AccessError, exportTenant, tenantPrincipalOf } from "../../../access/index.ts";
import { type AccessRoutesOptions, auditOf } from "./context.ts";

const AT_ONCE_MAX = 2;

export const exportRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  const underWay = new Map<string, AbortController>();
  // A download may last for hours: the server does not wait for it to end.
  app.addHook("preClose", async () => {
    for (const ending of underWay.values()) ending.abort();
  });

  app.route({
    method: "GET",
    url: "/api/tenant/export",
    // HEAD would make the whole file to tell its length.
    exposeHeadRoute: false,
    config: { permission: "tenant:export", rateLimit: "export" },
    handler: async (request, reply) => {
      const { tenantId } = tenantPrincipalOf(request);
      if (underWay.has(tenantId))
        throw new AccessError(
          "conflict",
          "An export of this organisation is under way: wait until it is done.",
        );
      if (underWay.size >= AT_ONCE_MAX)
        throw new AccessError(
          "conflict",
          "Other organisations are being exported: try again in some minutes.",
        );
      const ending = new AbortController();
      underWay.set(tenantId, ending);
      const context = auditOf(access, request);
      const lines = exportTenant({ context, telemetry: access.telemetry, signal: ending.signal });
      const file = createGzip({ level: 3 });
      const source = Readable.from(lines, { objectMode: true, highWaterMark: 1 });
      ending.signal.addEventListener("abort", () => file.destroy(new Error("The server is closing.")));
      pipeline(source, file, (error) => {
        underWay.delete(tenantId);
        if (!error) return;
        // The reader left, or a store failed: the file has no last line, and its gzip no end.
        ending.abort();
        request.log.info({ err: error }, "An export was broken off.");
      });
      const day = new Date().toISOString().slice(0, 10);
      return await reply
        .type("application/gzip")
        .header("content-disposition", `attachment; filename="throughline-${tenantId}-${day}.ndjson.gz"`)
        .send(file);
    },
  });
};
