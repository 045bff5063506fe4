/** The product's own health, whole: the System page. */
import type { SystemPage } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";

export interface SystemRoutesOptions {
  readonly readSystem: () => Promise<SystemPage>;
}

export const systemRoutes: FastifyPluginAsyncZod<SystemRoutesOptions> = async (app, { readSystem }) => {
  app.get("/api/system", { config: { permission: "system:read" } }, async (_request, reply) =>
    reply.header("cache-control", "no-store").send(await readSystem()),
  );
};
