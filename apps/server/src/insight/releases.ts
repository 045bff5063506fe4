/** Which releases telemetry showed for the first time in a range: of services and of the site that browsers load. */
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { retainedCells } from "./rollups.ts";

export interface FirstSeenRelease {
  /** Empty: of the site, by what browsers sent. */
  readonly service: string;
  readonly release: string;
  /** To the second for services; for sites to the start of the minute, in older ranges of the hour. */
  readonly firstSeenMs: number;
}

/** Known at all, over a year of day cells; and told. */
const KNOWN_MAX = 5000;
const TOLD_MAX = 200;
const DAY_MS = 86_400_000;
const DAY_CELLS = `tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400`;

/**
 * Newest first, at most two hundred. The first release that a service or site ever showed is none: with it the service
 * began. Looks back as far as day cells are kept (a year).
 */
export async function releasesIn(
  reader: ScopedReader,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  nowMs: number,
): Promise<FirstSeenRelease[]> {
  const [services, site] = await Promise.all([
    firstOfServices(reader),
    firstOfSite(reader, { fromMs, toMs }, nowMs),
  ]);
  return [...withoutBeginnings(services), ...site]
    .filter(({ firstSeenMs }) => firstSeenMs >= fromMs && firstSeenMs < toMs)
    .toSorted((a, b) => b.firstSeenMs - a.firstSeenMs)
    .slice(0, TOLD_MAX);
}

/** Without the first release of each service. */
function withoutBeginnings(releases: readonly FirstSeenRelease[]): FirstSeenRelease[] {
  return [...Map.groupBy(releases, ({ service }) => service).values()].flatMap((of) =>
    of.toSorted((a, b) => a.firstSeenMs - b.firstSeenMs).slice(1),
  );
}

async function firstOfServices(reader: ScopedReader): Promise<FirstSeenRelease[]> {
  return await reader.query<FirstSeenRelease>(
    `SELECT service, toString(service_version) AS release, toInt64(toUnixTimestamp(min(oldest))) * 1000 AS firstSeenMs
     FROM span_rollups WHERE ${DAY_CELLS} AND service_version != ''
     GROUP BY service, service_version ORDER BY firstSeenMs DESC LIMIT ${KNOWN_MAX}`,
    {},
    { name: "releases.services" },
  );
}

/** By day first, then closer for those of the range: a year has many minutes. */
async function firstOfSite(
  reader: ScopedReader,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  nowMs: number,
): Promise<FirstSeenRelease[]> {
  const known = await reader.query<FirstSeenRelease>(
    `SELECT '' AS service, toString(r.release) AS release, toInt64(toUnixTimestamp(min(time))) * 1000 AS firstSeenMs
     FROM vital_rollups AS r WHERE ${DAY_CELLS} AND slice = 'site' AND r.release != ''
     GROUP BY r.release ORDER BY firstSeenMs DESC LIMIT ${KNOWN_MAX}`,
    {},
    { name: "releases.siteDays" },
  );
  const asked = known.filter(({ firstSeenMs }) => firstSeenMs > fromMs - DAY_MS && firstSeenMs < toMs);
  const firstDayMs = Math.min(...known.map(({ firstSeenMs }) => firstSeenMs));
  if (asked.length === 0) return [];
  const closer = await reader.query<FirstSeenRelease>(
    `SELECT '' AS service, toString(r.release) AS release, toInt64(toUnixTimestamp(min(time))) * 1000 AS firstSeenMs
     FROM vital_rollups AS r
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND slice = 'site'
       AND step_seconds = {cell:UInt32}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
       AND has({releases:Array(String)}, toString(r.release))
     GROUP BY r.release`,
    {
      from: Math.min(...asked.map(({ firstSeenMs }) => firstSeenMs)) / 1000,
      to: Math.ceil(toMs / 1000),
      releases: asked.slice(0, TOLD_MAX).map(({ release }) => release),
      cell: retainedCells(nowMs - fromMs + DAY_MS)[0].stepSeconds,
    },
    { name: "releases.site" },
  );
  const isBeginning = closer.some(({ firstSeenMs }) => firstSeenMs < firstDayMs + DAY_MS);
  return isBeginning ? withoutBeginnings(closer) : closer;
}
