import type { ScopedReader } from "../../engines/telemetry/index.ts";

export interface ProjectStatus {
  readonly hasData: boolean;
  /** The minute in which the newest spans, logs or metrics arrived; null without any. */
  readonly lastSeenMs: number | null;
}

/** Whether a project ever got data, and when last. Reads the end of one small table's key. */
export async function readProjectStatus(reader: ScopedReader): Promise<ProjectStatus> {
  const [newest] = await reader.query<{ readonly lastSeenMs: number }>(
    `SELECT toUnixTimestamp(time) * 1000 AS lastSeenMs FROM ingest_stored
     WHERE tenant_id = {tenant:String} AND project_id = {project:String}
     ORDER BY tenant_id DESC, project_id DESC, time DESC LIMIT 1`,
    {},
    { name: "project.status" },
  );
  return newest === undefined
    ? { hasData: false, lastSeenMs: null }
    : { hasData: true, lastSeenMs: newest.lastSeenMs };
}
