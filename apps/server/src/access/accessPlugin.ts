/** Refuses to start with a route that declares no permission, and refuses requests that lack theirs. */
import type { Problem } from "@throughline/contract";
import type { FastifyPluginAsync, RouteOptions } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { PERMISSIONS, type Permission } from "./permissions.ts";
import { originOfReader } from "./requestOrigin.ts";

/** Both let the request through to the route; the ingest routes check the key themselves. */
const WITHOUT_READER: readonly Permission[] = ["public", "ingest:write"];

const plugin: FastifyPluginAsync = async (app) => {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => {
    routes.push(route);
  });

  // At onReady and not at onRoute: a plugin that we don't own gets its permission from a later hook.
  app.addHook("onReady", async () => {
    const undeclared = routes.filter((route) => !isPermission(route.config?.permission));
    if (undeclared.length === 0) return;
    const list = undeclared.map((route) => `${[route.method].flat().join(",")} ${route.url}`).join("; ");
    throw new Error(
      `These routes declare no permission, so the server does not start: ${list}. ` +
        `Give each { config: { permission } } with one of ${Object.keys(PERMISSIONS).join(", ")}.`,
    );
  });

  app.addHook("onRequest", async (request, reply) => {
    if (request.is404) return;
    const { permission } = request.routeOptions.config;
    if (permission !== undefined && WITHOUT_READER.includes(permission)) return;
    const { headers, socket } = request;
    const origin = originOfReader({ headers, remoteAddress: socket.remoteAddress ?? "" });
    if (origin.isLoopback) return;
    const body: Problem = {
      type: "about:blank",
      title: "Sign-in is needed",
      status: 401,
      code: "sign_in_required",
      detail:
        `This first version shows its pages and data only on the machine it runs on, and ${origin.because}. ` +
        "Sign-in comes with the Access release; until then use an SSH tunnel, " +
        "for example: ssh -L 3300:127.0.0.1:3300 this-machine, and open http://localhost:3300.",
    };
    return await reply.code(401).type("application/problem+json").send(body);
  });
};

function isPermission(value: unknown): boolean {
  return typeof value === "string" && Object.hasOwn(PERMISSIONS, value);
}

export const accessPlugin = fastifyPlugin(plugin, { name: "access" });
