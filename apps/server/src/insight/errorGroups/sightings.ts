/** What the evaluation of states asks: new errors, and when decided ones were seen in which release. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { AMONG, DAYS } from "./errorCells.ts";

export interface NewError {
  readonly fingerprint: string;
  readonly service: string;
  readonly type: string;
  readonly message: string;
  readonly release: string;
  readonly firstSeenMs: number;
  /** Zeros without one. */
  readonly traceId: string;
}

/**
 * Errors whose first row arrived since, oldest first. Checked against the raw rows as well, as those from before there were
 * rollups are not new.
 */
export async function readNewErrors(
  reader: ScopedReader,
  sinceMs: number,
  except: readonly string[],
  limit: number,
): Promise<NewError[]> {
  const since = Math.floor(sinceMs / 1000);
  const found = await reader.query<NewError>(
    `SELECT toString(r.fingerprint) AS fingerprint, toString(any(r.service)) AS service, anyIf(r.type, r.type != '') AS type,
       argMaxMerge(r.last_message) AS message, toString(argMin(r.service_version, r.first_at)) AS release,
       toUnixTimestamp64Milli(min(r.first_at)) AS firstSeenMs, lower(hex(argMaxMerge(r.last_trace))) AS traceId
     FROM error_rollups AS r WHERE ${DAYS}
     GROUP BY r.fingerprint
     HAVING min(r.first_received_at) >= toDateTime({since:UInt32}, 'UTC') AND r.fingerprint NOT IN ${AMONG}
     ORDER BY firstSeenMs, r.fingerprint LIMIT {limit:UInt32}`,
    { since, fingerprints: [...except], limit },
    { name: "errors.new" },
  );
  if (found.length === 0) return [];
  const older = await reader.query<{ fingerprint: string }>(
    `SELECT toString(e.fingerprint) AS fingerprint FROM exceptions AS e
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND has({services:Array(String)}, toString(e.service))
       AND e.fingerprint IN ${AMONG} AND e.received_at < toDateTime({since:UInt32}, 'UTC')
     GROUP BY e.fingerprint`,
    {
      since,
      services: [...new Set(found.map(({ service }) => service))],
      fingerprints: found.map(({ fingerprint }) => fingerprint),
    },
    { name: "errors.older" },
  );
  const known = new Set(older.map(({ fingerprint }) => fingerprint));
  return found.filter(({ fingerprint }) => !known.has(fingerprint));
}

export interface Sighting {
  readonly fingerprint: string;
  readonly service: string;
  readonly type: string;
  readonly message: string;
  readonly release: string;
  readonly lastSeenMs: number;
  readonly count: number;
  readonly traceId: string;
}

/** By fingerprint and release, of all time. */
export async function readSightings(
  reader: ScopedReader,
  fingerprints: readonly string[],
): Promise<Sighting[]> {
  if (fingerprints.length === 0) return [];
  return await reader.query<Sighting>(
    `SELECT toString(r.fingerprint) AS fingerprint, toString(r.service_version) AS release,
       toString(any(r.service)) AS service, anyIf(r.type, r.type != '') AS type, argMaxMerge(r.last_message) AS message,
       toUnixTimestamp64Milli(max(r.last_at)) AS lastSeenMs, sum(r.count) AS count,
       lower(hex(argMaxMerge(r.last_trace))) AS traceId
     FROM error_rollups AS r WHERE ${DAYS} AND r.fingerprint IN ${AMONG}
     GROUP BY r.fingerprint, r.service_version`,
    { fingerprints: [...fingerprints] },
    { name: "errors.sightings" },
  );
}

/** When each release of a service was first seen, by its spans, its errors, or of the site its vitals (to the minute). */
export async function readReleaseStarts(
  reader: ScopedReader,
  services: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (services.length === 0) return new Map();
  const rows = await reader.query<{ service: string; release: string; atMs: number }>(
    `SELECT service, release, min(at) AS atMs FROM (
       SELECT toString(s.service) AS service, toString(s.service_version) AS release,
         toInt64(toUnixTimestamp(min(s.oldest))) * 1000 AS at
       FROM span_rollups AS s WHERE ${DAYS} AND s.service_version != '' AND has({services:Array(String)}, toString(s.service))
       GROUP BY s.service, s.service_version
       UNION ALL
       SELECT toString(r.service) AS service, toString(r.service_version) AS release,
         toUnixTimestamp64Milli(min(r.first_at)) AS at
       FROM error_rollups AS r WHERE ${DAYS} AND r.service_version != '' AND has({services:Array(String)}, toString(r.service))
       GROUP BY r.service, r.service_version
       UNION ALL
       SELECT 'browser' AS service, toString(v.release) AS release,
         toInt64(toUnixTimestamp(if(minIf(v.time, v.step_seconds = 3600) > now() - INTERVAL 6 DAY,
           minIf(v.time, v.step_seconds = 60), minIf(v.time, v.step_seconds = 3600)))) * 1000 AS at
       FROM vital_rollups AS v
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND v.step_seconds IN (60, 3600)
         AND v.slice = 'site' AND v.release != '' AND has({services:Array(String)}, 'browser')
       GROUP BY v.release
     ) GROUP BY service, release`,
    { services: [...services] },
    { name: "errors.releaseStarts" },
  );
  return new Map(rows.map(({ service, release, atMs }) => [`${service}\n${release}`, atMs]));
}
