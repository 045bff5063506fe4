/** What B has that A has not, of errors, statements and span names. */
import type { ReleaseNovelties, ReleaseNovelty, ReleaseRow } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { searchFrom } from "../monitoring/searchFrom.ts";
import { traceIdOrNull } from "../routes.ts";

const LISTED_MAX = 50;
/** Of one release, for its names; they are in no rollup. */
const SPANS_READ_MAX = 1_000_000;
const NAMES_MAX = 5000;
const HOUR_MS = 3_600_000;

export interface Sides {
  readonly service: string;
  readonly a: string;
  readonly b: string;
}

interface Row extends Omit<ReleaseNovelty, "count" | "traceId"> {
  readonly nA: number;
  readonly nB: number;
  readonly traceId: string;
}

const OF_BOTH = `tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400
  AND r.service = {service:String} AND r.service_version IN ({a:String}, {b:String})`;

function differenceOf(rows: readonly Row[]): ReleaseNovelties {
  const added = rows.filter(({ nA, nB }) => nA === 0 && nB > 0).toSorted((x, y) => y.nB - x.nB);
  return {
    added: added.slice(0, LISTED_MAX).map(({ id, name, detail, nB, traceId }) => ({
      id,
      name,
      detail,
      count: nB,
      traceId: traceIdOrNull(traceId),
    })),
    addedCount: added.length,
    removedCount: rows.filter(({ nA, nB }) => nA > 0 && nB === 0).length,
  };
}

export async function newErrors(reader: ScopedReader, sides: Sides): Promise<ReleaseNovelties> {
  const rows = await reader.query<Row>(
    `SELECT toString(r.fingerprint) AS id, anyIf(r.type, r.type != '') AS name, argMaxMerge(r.last_message) AS detail,
       sumIf(r.count, r.service_version = {a:String}) AS nA, sumIf(r.count, r.service_version = {b:String}) AS nB,
       lower(hex(argMaxMergeIf(r.last_trace, r.service_version = {b:String}))) AS traceId
     FROM error_rollups AS r WHERE ${OF_BOTH} GROUP BY r.fingerprint`,
    { ...sides },
    { name: "diff.errors" },
  );
  return differenceOf(rows);
}

/** Statements, and those that one span ran again and again. */
export async function newQueries(
  reader: ScopedReader,
  sides: Sides,
): Promise<{ readonly queries: ReleaseNovelties; readonly repeated: ReleaseNovelties }> {
  const rows = await reader.query<
    Row & { readonly repeatsA: number; readonly repeatsB: number; readonly repeatedTraceId: string }
  >(
    `SELECT leftPad(lower(hex(r.query_hash)), 16, '0') AS id, any(r.statement) AS name, toString(any(r.db_system)) AS detail,
       sumIf(r.count, r.service_version = {a:String}) AS nA, sumIf(r.count, r.service_version = {b:String}) AS nB,
       sumIf(r.repeated_groups, r.service_version = {a:String}) AS repeatsA,
       sumIf(r.repeated_groups, r.service_version = {b:String}) AS repeatsB,
       lower(hex(argMaxMergeIf(r.slowest_trace, r.service_version = {b:String}))) AS traceId,
       lower(hex(argMaxMergeIf(r.repeated_trace, r.service_version = {b:String}))) AS repeatedTraceId
     FROM query_rollups AS r WHERE ${OF_BOTH} GROUP BY r.query_hash`,
    { ...sides },
    { name: "diff.queries" },
  );
  return {
    queries: differenceOf(rows),
    repeated: differenceOf(
      rows.map((row) => ({ ...row, nA: row.repeatsA, nB: row.repeatsB, traceId: row.repeatedTraceId })),
    ),
  };
}

interface Names {
  /** Older spans of the release were not read. */
  readonly fromMs: number | null;
  readonly names: ReadonlyMap<string, { readonly n: number; readonly traceId: string }>;
}

/** Of the newest spans of each release. */
export async function newSpanNames(
  reader: ScopedReader,
  a: ReleaseRow,
  b: ReleaseRow,
): Promise<{
  readonly names: ReleaseNovelties;
  readonly fromA: number | null;
  readonly fromB: number | null;
}> {
  const [ofA, ofB] = await Promise.all([namesOf(reader, a), namesOf(reader, b)]);
  const all = new Set([...ofA.names.keys(), ...ofB.names.keys()]);
  const rows = [...all].map((name) => ({
    id: "",
    name,
    detail: "",
    nA: ofA.names.get(name)?.n ?? 0,
    nB: ofB.names.get(name)?.n ?? 0,
    traceId: ofB.names.get(name)?.traceId ?? "",
  }));
  return { names: differenceOf(rows), fromA: ofA.fromMs, fromB: ofB.fromMs };
}

async function namesOf(
  reader: ScopedReader,
  { service, release, firstSeenMs, lastSeenMs }: ReleaseRow,
): Promise<Names> {
  const toMs = lastSeenMs + HOUR_MS;
  const fromMs = await searchFrom(reader, { fromMs: firstSeenMs }, toMs, service, SPANS_READ_MAX);
  const rows = await reader.query<{ name: string; n: number; traceId: string }>(
    `SELECT toString(s.name) AS name, sum(s.weight) AS n, lower(hex(any(s.trace_id))) AS traceId FROM spans AS s
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND s.service = {service:String}
       AND s.service_version = {release:String}
       AND s.time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND s.time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
     GROUP BY s.name ORDER BY n DESC, name LIMIT ${NAMES_MAX}`,
    { service, release, fromMs: fromMs ?? firstSeenMs, toMs },
    { name: "diff.names" },
  );
  return { fromMs, names: new Map(rows.map(({ name, ...of }) => [name, of])) };
}
