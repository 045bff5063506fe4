/**
 * Health for people and machines: `/api/health` (contract of seed 004) and the three Kubernetes probes.
 * livez: the event loop turns. readyz: requests can be served now. startupz: the start is over.
 */
import type { DetailedHealth } from "@throughline/contract";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { originOfReader } from "../../access/index.ts";
import type { ControlStore } from "../../engines/control/index.ts";
import type { SharedStore } from "../../engines/shared/index.ts";
import type { TelemetryStore } from "../../engines/telemetry/index.ts";
import type { Ingest } from "../../ingest/index.ts";
import { startedAtMs, type Release } from "../../release.ts";

export interface HealthOptions {
  readonly telemetry: Pick<TelemetryStore, "health">;
  readonly control: Pick<ControlStore, "health">;
  readonly ingest: Pick<Ingest, "status">;
  readonly shared: Pick<SharedStore, "backend" | "health">;
  readonly release: Release;
  /** False while the process drains before it ends. */
  readonly isReady: () => boolean;
}

/** A store that hangs is down: nobody who asks for health should hang with it. */
const ANSWER_WITHIN_MS = 3000;
const SAID_ELSEWHERE = "What exactly is wrong stands in the server's log and on its System page.";

export const healthRoutes: FastifyPluginAsyncZod<HealthOptions> = async (app, options) => {
  const config = { permission: "public" } as const;

  /** Open to everybody, so in words to this machine only: those name hosts and folders. */
  const asTold = (request: FastifyRequest, messages: string[]): string[] => {
    const facts = { headers: request.headers, remoteAddress: request.socket.remoteAddress ?? "" };
    return messages.length === 0 || originOfReader(facts).isLoopback ? messages : [SAID_ELSEWHERE];
  };

  app.get(
    "/api/health",
    { config, schema: { querystring: z.object({ detailed: z.enum(["true", "false"]).optional() }) } },
    async (request, reply) => {
      const health = await detailedHealth(options);
      reply.header("cache-control", "no-store").code(health.status === "down" ? 503 : 200);
      if (request.query.detailed !== "true") return { status: health.status };
      return { ...health, messages: asTold(request, health.messages) };
    },
  );

  app.get("/api/monitoring/health", { config }, async (request, reply) => {
    const health = await detailedHealth(options);
    const messages = asTold(request, health.messages);
    return reply.header("cache-control", "no-store").send({ ...health, messages });
  });

  app.get("/livez", { config }, () => ({ status: "ok" }));
  app.get("/startupz", { config }, () => ({ status: "ok" }));
  app.get("/readyz", { config }, async (request, reply) => {
    const reasons = options.isReady() ? await whyNotReady(options) : ["The process is shutting down."];
    return reply
      .header("cache-control", "no-store")
      .code(reasons.length === 0 ? 200 : 503)
      .send({ status: reasons.length === 0 ? "ok" : "down", reasons: asTold(request, reasons) });
  });
};

async function whyNotReady(options: HealthOptions): Promise<string[]> {
  const { checks, messages } = await detailedHealth(options);
  return checks.database === "ok" && checks.telemetry === "ok" ? [] : messages;
}

export async function detailedHealth(options: HealthOptions): Promise<DetailedHealth> {
  const [telemetry, control, shared] = await Promise.all([
    withinTime(options.telemetry.health(), "The telemetry store"),
    withinTime(options.control.health(), "The control store"),
    withinTime(options.shared.health(), "Redis"),
  ]);
  const ingest = options.ingest.status();
  const messages = [telemetry, control, shared].flatMap(({ ok, message }) =>
    ok ? [] : [message ?? "unknown"],
  );
  if (ingest.state === "stopped")
    messages.push("Ingestion has stopped: acknowledged rows are not being stored.");
  if (ingest.state === "degraded")
    messages.push(ingest.lastLoadError ?? "Ingestion is behind; the System page says why.");
  const isDown = !telemetry.ok || !control.ok || ingest.state === "stopped";
  return {
    // Without Redis each instance counts limits for itself: worse, but everything works.
    status: isDown ? "down" : ingest.state === "degraded" || !shared.ok ? "degraded" : "ok",
    ...options.release,
    uptime: Math.round((Date.now() - startedAtMs) / 1000),
    checks: {
      database: control.ok ? "ok" : "error",
      redis: options.shared.backend === "memory" ? "not_configured" : shared.ok ? "ok" : "error",
      telemetry: telemetry.ok ? "ok" : "error",
      ingest: ingest.state === "stopped" ? "error" : "ok",
    },
    messages,
  };
}

interface StoreHealth {
  readonly ok: boolean;
  readonly message?: string;
}

async function withinTime(health: Promise<StoreHealth>, what: string): Promise<StoreHealth> {
  const { promise, resolve } = Promise.withResolvers<StoreHealth>();
  const timer = setTimeout(
    () => resolve({ ok: false, message: `${what} did not answer within ${ANSWER_WITHIN_MS / 1000} s.` }),
    ANSWER_WITHIN_MS,
  );
  try {
    return await Promise.race([
      promise,
      health.catch((error: unknown) => ({
        ok: false,
        message: `${what} failed: ${error instanceof Error ? error.message : String(error)}`,
      })),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
