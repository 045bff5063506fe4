/** `GET /api/what-changed`: what happened around a change of a vital, a response time or an error rate. */
import { changesFilter, resolveRange } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { may, readAudit, type TenantPrincipal, tenantPrincipalOf } from "../../access/index.ts";
import type { ControlStore } from "../../engines/control/index.ts";
import { readWhatChanged } from "../../insight/index.ts";
import { deploymentsIn } from "../../operate/index.ts";
import { type RangedReadContext, readQuery, type ReadContexts } from "../readContext.ts";
import { readMarkers } from "./deployments.ts";

export interface ChangesRoutesOptions {
  readonly control: ControlStore;
  readonly contexts: ReadContexts;
}

/** Deeds of a range that are looked through for changes of configuration. */
const AUDIT_MAX = 500;

export const changesRoutes: FastifyPluginAsyncZod<ChangesRoutesOptions> = async (
  app,
  { control, contexts },
) => {
  app.get(
    "/api/what-changed",
    {
      config: { permission: "telemetry:read" },
      schema: { querystring: readQuery.extend(changesFilter.shape) },
    },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      const principal = tenantPrincipalOf(request);
      const filter = changesFilter.parse(request.query);
      // Read as `from` is: a bad moment is refused with the same sentences.
      const { at } = filter;
      const atMs = at === undefined ? null : momentOf(at);
      const context = await contexts.readRange(principal, request.query);
      const { project, reader, range, nowMs } = context;
      const known = await knownEvents(control, principal, context);
      const page = await readWhatChanged(reader, { range, filter, atMs, nowMs }, known);
      return { project, ...page, fetchedAtMs: Date.now() };
    },
  );
};

/** @throws {RangeError400} */
function momentOf(at: string): number {
  const parsed = /^\d{10,14}$/.test(at) ? Number(at) : Date.parse(at);
  resolveRange({ from: at, to: String((Number.isFinite(parsed) ? parsed : 0) + 1) }, 0);
  return parsed;
}

async function knownEvents(
  control: ControlStore,
  principal: TenantPrincipal,
  { reader, range, nowMs }: RangedReadContext,
) {
  const { tenantId } = reader.scope;
  const between = { from: String(range.fromMs), to: String(range.toMs) };
  const [deployments, audit, markers] = await Promise.all([
    deploymentsIn(control, reader.scope, range),
    may(principal, "audit:read")
      ? readAudit(control, tenantId, between, { limit: AUDIT_MAX }).then(({ entries }) => entries)
      : null,
    readMarkers(control, { reader, range, nowMs }),
  ]);
  return {
    // Who may not see deployments is not told of them.
    deployments: may(principal, "deployments:read") ? deployments : [],
    audit,
    markers,
  };
}
