/** The visits behind a number: the answer of `GET /api/visits`. */
import {
  rateVital,
  VITAL_THRESHOLDS,
  type RatedVital,
  type TimeRange,
  type VisitRow,
  type VisitsFilter,
  type VisitsPage,
  type VitalName,
} from "@throughline/contract";
import { z } from "zod";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { findVisits, type FoundVisit } from "./findVisits.ts";

const position = z.object({ key: z.number(), sessionId: z.string().max(64) });
/** A visit may have begun this long before the page view that was found, and gone on as long after it. */
const VISIT_MS_MAX = 12 * 3_600_000;
const ROWS_MAX = 50_000;

/** @throws {CursorError} */
export async function readVisits(
  reader: ScopedReader,
  range: TimeRange,
  filter: VisitsFilter,
): Promise<Omit<VisitsPage, "project">> {
  const after = decodeCursor(filter.cursor, position);
  const found = await findVisits(reader, range, filter, after, filter.limit + 1);
  const shown = found.slice(0, filter.limit);
  const last = shown.at(-1);
  return {
    range,
    visits: await describeVisits(reader, shown),
    nextCursor:
      found.length > filter.limit && last !== undefined
        ? encodeCursor({ key: last.key, sessionId: last.sessionId })
        : null,
  };
}

type Facts = Omit<VisitRow, "worstVital" | "errors" | "requests" | "durationMs" | "pageViews"> & {
  readonly endMs: number;
  readonly pageViewIds: readonly string[];
};

async function describeVisits(reader: ScopedReader, found: readonly FoundVisit[]): Promise<VisitRow[]> {
  if (found.length === 0) return [];
  const sessionIds = found.map(({ sessionId }) => sessionId);
  const times = found.map(({ atMs }) => atMs);
  const window = {
    fromMs: Math.min(...times) - VISIT_MS_MAX,
    toMs: Math.max(...times) + VISIT_MS_MAX,
    sessionIds,
  };
  const facts = await readFacts(reader, window);
  const pageViewIds = [
    ...new Set([...facts, ...found].flatMap((each) => each.pageViewIds).filter((id) => id !== "")),
  ].slice(0, ROWS_MAX);
  const [vitals, activity, errors] = await Promise.all([
    readVitalsOf(reader, { ...window, pageViewIds }),
    readActivity(reader, window),
    readErrorCounts(reader, window),
  ]);
  return found.map(({ sessionId, atMs }): VisitRow => {
    const own = vitals.filter((vital) => vital.sessionId === sessionId);
    const first = own[0];
    const known = facts.find((each) => each.sessionId === sessionId);
    const active = activity.find((each) => each.sessionId === sessionId);
    const failed = errors.find((each) => each.sessionId === sessionId);
    const startMs = Math.min(known?.startMs ?? atMs, first?.startMs ?? atMs);
    const endMs = Math.max(
      startMs,
      known?.endMs ?? atMs,
      active?.endMs ?? 0,
      failed?.endMs ?? 0,
      ...own.map((vital) => vital.endMs),
    );
    return {
      sessionId,
      startMs,
      durationMs: endMs - startMs,
      entryPath: known?.entryPath ?? first?.entryPath ?? "",
      pageViews: known?.pageViewIds.length ?? new Set(own.map((vital) => vital.pageViewId)).size,
      deviceType: known?.deviceType ?? first?.deviceType ?? "",
      connectionType: known?.connectionType ?? first?.connectionType ?? "",
      country: known?.country ?? first?.country ?? "",
      release: known?.release ?? first?.release ?? "",
      worstVital: worstOf(own),
      errors: failed?.count ?? 0,
      requests: active?.requests ?? 0,
    };
  });
}

/** The one that is worst beside its own thresholds, so that milliseconds and shifts can be compared. */
export function worstOf(
  vitals: readonly { readonly name: VitalName; readonly value: number }[],
): RatedVital | null {
  const beyond = ({ name, value }: { readonly name: VitalName; readonly value: number }): number =>
    value / VITAL_THRESHOLDS[name].poor;
  const [worst] = vitals.toSorted((a, b) => beyond(b) - beyond(a));
  return worst === undefined
    ? null
    : { name: worst.name, value: worst.value, rating: rateVital(worst.name, worst.value) };
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly sessionIds: readonly string[];
}

const SCOPE = "tenant_id = {tenant:String} AND project_id = {project:String}";
const during = (table: string): string =>
  `${table}.time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND ${table}.time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`;

async function readFacts(reader: ScopedReader, window: Window): Promise<Facts[]> {
  return await reader.query<Facts>(
    `SELECT session_id AS sessionId, min(toUnixTimestamp64Milli(p.time)) AS startMs,
       max(toUnixTimestamp64Milli(p.time)) AS endMs, argMin(path, p.time) AS entryPath,
       groupUniqArray(page_view_id) AS pageViewIds, toString(argMin(device_type, p.time)) AS deviceType,
       toString(argMin(connection_type, p.time)) AS connectionType, toString(argMin(country, p.time)) AS country,
       toString(argMin(release, p.time)) AS release
     FROM page_views AS p
     WHERE ${SCOPE} AND ${during("p")} AND session_id IN {sessionIds:Array(String)}
     GROUP BY session_id`,
    { ...window },
    { name: "visits.facts" },
  );
}

interface VitalRow extends Omit<Facts, "pageViewIds"> {
  readonly name: VitalName;
  readonly value: number;
  readonly pageViewId: string;
}

async function readVitalsOf(
  reader: ScopedReader,
  window: Window & { readonly pageViewIds: readonly string[] },
): Promise<VitalRow[]> {
  return await reader.query<VitalRow>(
    `SELECT session_id AS sessionId, page_view_id AS pageViewId, toString(metric) AS name, value,
       toUnixTimestamp64Milli(at) AS startMs, startMs AS endMs, path AS entryPath, toString(device_type) AS deviceType,
       toString(connection_type) AS connectionType, toString(country) AS country, toString(release) AS release
     FROM (
       SELECT session_id, page_view_id, metric, id, value, v.time AS at, path, device_type, connection_type, country, release
       FROM web_vitals AS v
       WHERE ${SCOPE} AND ${during("v")} AND sign = 1 AND session_id IN {sessionIds:Array(String)}
         AND page_view_id IN {pageViewIds:Array(String)}
       ORDER BY at DESC, value DESC LIMIT 1 BY metric, id
     )
     ORDER BY at LIMIT ${ROWS_MAX}`,
    { ...window },
    { name: "visits.vitals", maxResultRows: ROWS_MAX },
  );
}

async function readActivity(
  reader: ScopedReader,
  window: Window,
): Promise<{ sessionId: string; requests: number; endMs: number }[]> {
  return await reader.query(
    `SELECT session_id AS sessionId, countIf(type = 'request') AS requests,
       max(toUnixTimestamp64Milli(b.time) + toInt64(duration_ms)) AS endMs
     FROM browser_events AS b
     WHERE ${SCOPE} AND ${during("b")} AND session_id IN {sessionIds:Array(String)}
     GROUP BY session_id`,
    { ...window },
    { name: "visits.activity" },
  );
}

async function readErrorCounts(
  reader: ScopedReader,
  window: Window,
): Promise<{ sessionId: string; count: number; endMs: number }[]> {
  return await reader.query(
    `SELECT attributes['session.id'] AS sessionId, count() AS count,
       max(toUnixTimestamp64Milli(toDateTime64(e.time, 3, 'UTC'))) AS endMs
     FROM exceptions AS e
     WHERE ${SCOPE} AND service = 'browser' AND source = 'browser' AND ${during("e")}
       AND attributes['session.id'] IN {sessionIds:Array(String)}
     GROUP BY sessionId`,
    { ...window },
    { name: "visits.errors" },
  );
}
