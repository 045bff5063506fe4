/** The product's own health and speed: the System pages. */
import type { OwnPerformance, SystemPage } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";

export interface SystemRoutesOptions {
  readonly readSystem: () => Promise<SystemPage>;
  readonly readOwnPerformance: () => Promise<OwnPerformance>;
}

export const systemRoutes: FastifyPluginAsyncZod<SystemRoutesOptions> = async (app, options) => {
  const config = { permission: "system:read" } as const;
  app.get("/api/system", { config }, async (_request, reply) =>
    reply.header("cache-control", "no-store").send(await options.readSystem()),
  );
  app.get("/api/system/performance", { config }, async (_request, reply) =>
    reply.header("cache-control", "no-store").send(await options.readOwnPerformance()),
  );
};
