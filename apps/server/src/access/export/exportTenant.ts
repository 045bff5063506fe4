/**
 * Everything that is stored about an organisation, as lines of JSON:
 *
 *   {"format":"throughline-export","version":1,"tenantId":…,"startedAt":…}
 *   {"section":"projects","row":{…}}                          control data: controlSections.ts, then "audit_log"
 *   {"section":"telemetry.spans","project":"shop","row":{…}}  each table of each project: telemetryTables.ts
 *   {"end":true,"rows":{"projects":2,…}}                      rows by section; without this line it was broken off
 *
 * Times of control data are ISO 8601; of telemetry in UTC as the engine writes them, 64-bit integers as text, ids in
 * hexadecimal. What was acknowledged in the last seconds may still be on its way into the engine and is not in it.
 */
import { type AuditContext, recordDeed } from "../audit/audited.ts";
import { allAudit } from "../audit/readAudit.ts";
import type { TelemetryStore } from "../../engines/telemetry/store.ts";
import { AccessError } from "../problems.ts";
import { readControlSections } from "./controlSections.ts";
import { telemetryTables } from "./telemetryTables.ts";

export const EXPORT_FORMAT = "throughline-export";
export const EXPORT_VERSION = 1;

export interface ExportOptions {
  readonly context: AuditContext & { readonly tenantId: string };
  readonly telemetry: Pick<TelemetryStore, "internal" | "stream">;
  /** Ends the queries: the reader has gone. */
  readonly signal: AbortSignal;
}

/**
 * Pieces of whole lines. Its begin is in the audit log before the first piece, its end or why it broke off after the
 * last row. Leaving the iteration ends the queries.
 */
export async function* exportTenant(options: ExportOptions): AsyncGenerator<string> {
  const { context } = options;
  const target = { kind: "tenant", id: context.tenantId };
  const counts = new Map<string, number>();
  await recordDeed(context, { action: "tenant.export.begin", target }, "done");
  const startedAtMs = Date.now();
  let isWhole = false;
  let reason = "The download was broken off.";
  try {
    yield* rowsOf(options, counts);
    isWhole = true;
  } catch (error) {
    reason = options.signal.aborted ? reason : error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    const rows = Object.fromEntries(counts);
    const detail = { seconds: Math.round((Date.now() - startedAtMs) / 1000), rows };
    if (isWhole) await recordDeed(context, { action: "tenant.export.end", target, detail }, "done");
    else
      await recordDeed(
        context,
        { action: "tenant.export.end", target, detail: { ...detail, reason } },
        "failed",
      );
  }
  yield `${JSON.stringify({ end: true, rows: Object.fromEntries(counts) })}\n`;
}

async function* rowsOf(
  { context, telemetry, signal }: ExportOptions,
  counts: Map<string, number>,
): AsyncGenerator<string> {
  const { control, tenantId } = context;
  const count = (section: string, rows: number): void => {
    counts.set(section, (counts.get(section) ?? 0) + rows);
  };
  const sections = await control.readAsTenant(tenantId, readControlSections);
  const [organisation] = sections;
  if (organisation?.section !== "organisation")
    throw new AccessError("unknown_organisation", "This organisation was just deleted.");
  const startedAt = new Date().toISOString();
  const head = { format: EXPORT_FORMAT, version: EXPORT_VERSION, tenantId, startedAt };
  yield `${JSON.stringify(head)}\n`;
  for (const line of sections) {
    count(line.section, 1);
    yield `${JSON.stringify(line)}\n`;
  }
  for await (const row of allAudit(control, tenantId, {})) {
    count("audit_log", 1);
    yield `${JSON.stringify({ section: "audit_log", row })}\n`;
  }
  const tables = await telemetryTables(telemetry);
  const projects = sections.flatMap(({ section, row }) =>
    section === "projects" && "id" in row ? [String(row.id)] : [],
  );
  for (const projectId of projects) {
    for (const { name, sql } of tables) {
      const section = `telemetry.${name}`;
      count(section, 0);
      const before = `{"section":"${section}","project":${JSON.stringify(projectId)},"row":`;
      const scope = { tenantId, projectId };
      for await (const piece of telemetry.stream(scope, sql, {}, { name: `export.${name}`, signal })) {
        const lines = piece.split("\n");
        // A piece ends with a line's end.
        lines.pop();
        count(section, lines.length);
        yield lines.map((line) => `${before}${line}}\n`).join("");
      }
    }
  }
}
