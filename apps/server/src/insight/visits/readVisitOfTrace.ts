import type { VisitOfTrace } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";

/** The visit whose page or request a trace was; null when no browser named it. */
export async function readVisitOfTrace(reader: ScopedReader, traceId: string): Promise<VisitOfTrace | null> {
  const [found] = await reader.query<VisitOfTrace>(
    `SELECT session_id AS sessionId, path FROM browser_events
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND trace_id = unhex({traceId:String})
       AND session_id != ''
     LIMIT 1
     UNION ALL
     SELECT session_id AS sessionId, path FROM page_views
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND trace_id = unhex({traceId:String})
       AND session_id != ''
     LIMIT 1`,
    { traceId },
    { name: "trace.visit" },
  );
  return found ?? null;
}
