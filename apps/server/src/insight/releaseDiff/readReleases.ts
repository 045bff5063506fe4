/** Releases of all services, from the day cells of their spans: a year back. */
import type { ReleaseRow } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";

const RELEASES_MAX = 200;
const KNOWN_MAX = 5000;

/** Newest first. @param service only of this one */
export async function readReleases(
  reader: ScopedReader,
  service?: string,
  limit = RELEASES_MAX,
): Promise<ReleaseRow[]> {
  const rows = await reader.query<Omit<ReleaseRow, "previous">>(
    `SELECT toString(s.service) AS service, toString(s.service_version) AS release,
       toInt64(toUnixTimestamp(min(s.oldest))) * 1000 AS firstSeenMs,
       toInt64(toUnixTimestamp(max(s.newest))) * 1000 AS lastSeenMs,
       sum(s.count) AS spans, sumIf(s.count, s.kind = 'server') AS requests, sumIf(s.errors, s.kind = 'server') AS failed,
       sumIf(s.stored, s.kind = 'server') AS storedRequests
     FROM span_rollups AS s
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400
       AND s.service_version != '' ${service === undefined ? "" : "AND s.service = {service:String}"}
     GROUP BY s.service, s.service_version
     ORDER BY firstSeenMs DESC, lastSeenMs DESC, service, release DESC LIMIT ${KNOWN_MAX}`,
    service === undefined ? {} : { service },
    { name: "releases.list" },
  );
  const previous = new Map<string, string>();
  const withPrevious = rows.toReversed().map((row): ReleaseRow => {
    const before = previous.get(row.service) ?? null;
    previous.set(row.service, row.release);
    return { ...row, previous: before };
  });
  return withPrevious.toReversed().slice(0, limit);
}

/** All that are known, whichever service. */
export async function findRelease(
  reader: ScopedReader,
  service: string,
  release: string,
): Promise<ReleaseRow | null> {
  const rows = await readReleases(reader, service, KNOWN_MAX);
  return rows.find((row) => row.release === release) ?? null;
}
