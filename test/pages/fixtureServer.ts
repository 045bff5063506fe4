/** The pages on fixture answers: for tests of rendering, and to look at them (`node test/pages/fixtureServer.ts`). */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { AddressInfo } from "node:net";
import type { Problem } from "@throughline/contract";
import fastify, { type FastifyInstance } from "fastify";
import { pagesPlugin } from "../../apps/server/src/http/pages/index.ts";
import * as fixtures from "./fixtures.ts";
import * as operate from "./operateFixtures.ts";

export const DIST_DIR = fileURLToPath(new URL("../../apps/web/dist", import.meta.url));

const BUILD = fileURLToPath(new URL("../../apps/web/build.ts", import.meta.url));

/** Builds the web app where it changed; quick where not. */
export async function ensureBuilt(): Promise<void> {
  await promisify(execFile)(process.execPath, [BUILD]);
}

export interface FixtureServer {
  readonly url: string;
  readonly app: FastifyInstance;
  /** Every request for the API or the stream that came over the network, newest last. */
  readonly requests: string[];
  /** Sends an event to all open streams. */
  emit(event: string, data: unknown, id?: string): void;
  /** Streams that are open now. */
  openStreams(): number;
  /** Ends all streams, as a restart of the server would. */
  dropStreams(): void;
  close(): Promise<void>;
}

export type Variant = "full" | "empty" | "own";

/** `?project=broken` makes every answer a refusal, to see those. */
export async function startFixtureServer(variant: Variant = "full", port = 0): Promise<FixtureServer> {
  await ensureBuilt();
  const app = fastify({ forceCloseConnections: true });
  const requests: string[] = [];
  const streams = new Set<NodeJS.WritableStream>();
  // In-process questions of the pages have no real socket.
  app.addHook("onRequest", async (request) => {
    if (request.url.startsWith("/api/") && request.socket.remotePort !== undefined)
      requests.push(request.url);
  });
  app.get("/api/projects", () => ({
    projects: variant === "full" ? fixtures.projects : [fixtures.empty, fixtures.own],
  }));
  const overviews = {
    full: fixtures.overview,
    empty: fixtures.emptyOverview,
    own: { ...fixtures.overview, project: fixtures.own },
  };
  answer(app, "/api/overview", overviews[variant]);
  const project = overviews[variant].project;
  answer(app, "/api/services", { ...fixtures.serviceList, project });
  answer(app, "/api/services/:service", { ...fixtures.servicePage, project });
  const isFull = variant === "full";
  answer(app, "/api/deployments", {
    ...operate.deploymentPage,
    project,
    ...(isFull ? {} : { deployments: [], nextCursor: null }),
  });
  answer(app, "/api/what-changed", {
    ...(variant === "own" ? operate.calmChangesPage : operate.changesPage),
    project,
  });
  answer(app, "/api/business", { ...operate.businessPage, project, hasEvents: isFull });
  answer(app, "/api/monitoring/traces", { ...fixtures.monitoringTraces, project });
  answer(
    app,
    "/api/tail",
    variant === "full" ? fixtures.tailPage : { ...fixtures.tailPage, project, items: [] },
  );
  app.get("/api/system", () => fixtures.systemPage);
  app.get<{ Params: { traceId: string } }>("/api/traces/:traceId", ({ params }) =>
    params.traceId === fixtures.TRACE_ID
      ? fixtures.trace
      : { ...fixtures.longTrace, traceId: params.traceId },
  );
  app.get("/api/admin/dashboard/stream", (request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    reply.raw.write("event: connected\ndata: {}\n\n");
    streams.add(reply.raw);
    request.raw.on("close", () => streams.delete(reply.raw));
  });
  await app.register(pagesPlugin, {
    distDir: DIST_DIR,
    installation: () => ({ version: "0.1.0", otlpHttpPort: 4318, otlpGrpcPort: 4317 }),
  });
  await app.listen({ port, host: "127.0.0.1" });
  const { port: listening } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${listening}`,
    app,
    requests,
    emit: (event, data, id) => {
      const text = `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      for (const stream of streams) stream.write(text);
    },
    openStreams: () => streams.size,
    dropStreams: () => {
      for (const stream of streams) stream.end();
    },
    close: () => app.close(),
  };
}

function answer(app: FastifyInstance, path: string, body: object): void {
  app.get<{ Querystring: { project?: string; range?: string } }>(path, (request, reply) => {
    if (request.query.project !== "broken") {
      return request.query.range === "custom"
        ? { ...body, range: { ...fixtures.range, key: "custom" } }
        : body;
    }
    const problem: Problem = {
      type: "about:blank",
      title: "There is no such project",
      status: 404,
      code: "unknown_project",
      detail: 'There is no project "broken"; there are default, throughline.',
      instance: request.id,
    };
    return reply.code(404).type("application/problem+json").send(JSON.stringify(problem));
  });
}

if (import.meta.main) {
  const variant = process.argv[2];
  const chosen: Variant = variant === "empty" || variant === "own" ? variant : "full";
  const server = await startFixtureServer(chosen, Number(process.argv[3] ?? 0));
  console.log(server.url);
}
