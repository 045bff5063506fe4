/** For this room's tests: the product as main.ts composes it, in this process, with every route that it has. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse, RouteOptions } from "fastify";
import { loadConfig } from "../config/index.ts";
import { otlpJson, type SentTelemetry } from "../insight/testRig.ts";
import { startProduct } from "../main.ts";

export interface AppWithRoutes {
  readonly app: FastifyInstance;
  /** As Fastify tells them, so that none can be forgotten. */
  readonly routes: readonly RouteOptions[];
}

export interface TestProduct {
  /** The pages' port and the OTLP port. */
  readonly apps: readonly AppWithRoutes[];
  /** Asks the app of the pages, from this machine. */
  ask(request: string | InjectOptions): Promise<LightMyRequestResponse>;
  /** Resolves when it is acknowledged. */
  send(project: string, what: SentTelemetry): Promise<void>;
  close(): Promise<void>;
}

const LOCAL = { host: "localhost" };

export async function openTestProduct(env: Readonly<Record<string, string>> = {}): Promise<TestProduct> {
  const dataDir = await mkdtemp(join(tmpdir(), "throughline-http-"));
  const apps: { app: FastifyInstance; routes: RouteOptions[] }[] = [];
  const collect = (message: unknown): void => {
    const { fastify: app } = message as { fastify: FastifyInstance };
    const routes: RouteOptions[] = [];
    app.addHook("onRoute", (route) => {
      routes.push(route);
    });
    apps.push({ app, routes });
  };
  subscribe("fastify.initialization", collect);
  const product = await startProduct(
    loadConfig({
      THROUGHLINE_PORT: "0",
      THROUGHLINE_OTLP_HTTP_PORT: "0",
      THROUGHLINE_OTLP_GRPC_PORT: "0",
      THROUGHLINE_DATA_DIR: dataDir,
      THROUGHLINE_LOG_LEVEL: "silent",
      ...env,
    }),
  ).finally(() => unsubscribe("fastify.initialization", collect));
  const pages = apps.find(({ routes }) => routes.some(({ url }) => url === "/api/overview"))?.app;
  if (pages === undefined) throw new Error("The product made no app with an API.");
  return {
    apps,
    ask: (request) => {
      const options = typeof request === "string" ? { url: request } : request;
      return pages.inject({ ...options, headers: { ...LOCAL, ...options.headers } });
    },
    async send(project, what) {
      for (const { signal, body } of otlpJson(what)) {
        const answer = await pages.inject({
          method: "POST",
          url: `/v1/${signal}`,
          headers: { ...LOCAL, "content-type": "application/json", "x-throughline-project": project },
          payload: body,
        });
        if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${answer.body}`);
      }
    },
    async close() {
      await product.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
