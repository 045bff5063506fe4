/** `GET /api/web-vitals`: how fast pages are for their visitors. What browsers send is taken by ingest/. */
import { vitalsFilter } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { tenantPrincipalOf } from "../../access/index.ts";
import type { Ingest } from "../../ingest/index.ts";
import type { VitalsReader } from "../../budgets/index.ts";
import { readVitalBreakdown, readVitalPages } from "../../insight/index.ts";
import { readQuery, type ReadContexts } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";

export interface VitalsRoutesOptions {
  readonly contexts: ReadContexts;
  readonly vitals: VitalsReader;
  readonly ingest: Pick<Ingest, "status">;
}

const VERIFY_WAIT_MS = 5000;
const VERIFY_POLL_MS = 20;

export const vitalsRoutes: FastifyPluginAsyncZod<VitalsRoutesOptions> = async (app, options) => {
  const { contexts, vitals, ingest } = options;
  const share = createSingleFlight();
  const config = { permission: "telemetry:read" } as const;
  const schema = { querystring: readQuery.extend(vitalsFilter.shape) };
  app.get("/api/web-vitals", { config, schema }, async (request, reply) => {
    reply.header("cache-control", "no-store").header("vary", "origin");
    const { verify, ...filter } = vitalsFilter.parse(request.query);
    const isVerified = verify === "true" && (await isAllStored(ingest));
    const { project, reader, range, nowMs } = await contexts.readRange(
      tenantPrincipalOf(request),
      request.query,
    );
    const ask = () => vitals.read(reader, range, filter, nowMs, isVerified);
    // An answer that began before the wait may lack what was waited for.
    const page = isVerified ? await ask() : await share(["vitals", reader.scope, range, filter], ask);
    return { project, ...page, isVerified };
  });

  app.get("/api/web-vitals/pages", { config, schema }, async (request, reply) => {
    reply.header("cache-control", "no-store");
    const { verify: _, ...filter } = vitalsFilter.parse(request.query);
    const { project, reader, range, nowMs } = await contexts.readRange(
      tenantPrincipalOf(request),
      request.query,
    );
    const ask = () => readVitalPages(reader, range, filter, nowMs);
    return { project, ...(await share(["vitals.pages", reader.scope, range, filter], ask)) };
  });

  app.get("/api/web-vitals/breakdown", { config, schema }, async (request, reply) => {
    reply.header("cache-control", "no-store");
    const { verify: _, ...filter } = vitalsFilter.parse(request.query);
    const { project, reader, range, nowMs } = await contexts.readRange(
      tenantPrincipalOf(request),
      request.query,
    );
    const ask = () => readVitalBreakdown(reader, range, filter, nowMs);
    return { project, ...(await share(["vitals.breakdown", reader.scope, range, filter], ask)) };
  });
};

/** Waits until all that was acknowledged before now is readable; false when that takes too long. */
async function isAllStored(ingest: Pick<Ingest, "status">): Promise<boolean> {
  const askedAtMs = Date.now();
  for (;;) {
    const { oldestUnstoredAgeMs } = ingest.status();
    const waitedMs = Date.now() - askedAtMs;
    if (oldestUnstoredAgeMs === null || oldestUnstoredAgeMs < waitedMs) return true;
    if (waitedMs > VERIFY_WAIT_MS) return false;
    await new Promise((resolve) => setTimeout(resolve, VERIFY_POLL_MS));
  }
}
