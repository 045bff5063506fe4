/** The audit log of the organisation: a page at a time, and whole as CSV or JSON. */
import { Readable } from "node:stream";
import { auditExportQuery, auditQuery } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  allAudit,
  type AuditFilter,
  auditActions,
  auditCsvHeader,
  auditCsvLine,
  readAudit,
  recordDeed,
  tenantPrincipalOf,
} from "../../../access/index.ts";
import { type AccessRoutesOptions, auditOf } from "./context.ts";

export const auditRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  const { control } = access;
  const config = { permission: "audit:read" } as const;

  app.get("/api/audit", { config, schema: { querystring: auditQuery } }, async (request) => {
    const { tenantId } = tenantPrincipalOf(request);
    const { cursor, limit, ...filter } = request.query;
    const [page, actions] = await Promise.all([
      readAudit(control, tenantId, filter, { cursor, limit }),
      auditActions(control, tenantId),
    ]);
    return { ...page, actions };
  });

  app.get(
    "/api/audit/export",
    { config: { ...config, rateLimit: "export" }, schema: { querystring: auditExportQuery } },
    async (request, reply) => {
      const { tenantId } = tenantPrincipalOf(request);
      const { format, ...filter } = request.query;
      await recordDeed(
        auditOf(access, request),
        { action: "audit.export", detail: { format, ...filter } },
        "done",
      );
      const lines = format === "csv" ? csvOf(tenantId, filter) : jsonOf(tenantId, filter);
      return reply
        .type(format === "csv" ? "text/csv; charset=utf-8" : "application/json; charset=utf-8")
        .header("content-disposition", `attachment; filename="audit.${format}"`)
        .send(Readable.from(lines));
    },
  );

  async function* csvOf(tenantId: string, filter: AuditFilter): AsyncGenerator<string> {
    yield auditCsvHeader;
    for await (const entry of allAudit(control, tenantId, filter)) yield auditCsvLine(entry);
  }

  async function* jsonOf(tenantId: string, filter: AuditFilter): AsyncGenerator<string> {
    let separator = "[\n";
    for await (const entry of allAudit(control, tenantId, filter)) {
      yield separator + JSON.stringify(entry);
      separator = ",\n";
    }
    yield separator === "[\n" ? "[]\n" : "\n]\n";
  }
};
