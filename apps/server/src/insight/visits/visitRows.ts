/** Everything that is stored of one session. */
import type { VitalName } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";

/** More page views than a person makes; the earliest are read. */
export const PAGE_VIEWS_MAX = 200;
export const ITEMS_MAX = 2000;
/** What a page view sends comes this long before or after its own moment, at most. */
const AROUND_MS = 12 * 3_600_000;

export interface PageViewRow {
  readonly pageViewId: string;
  readonly startMs: number;
  readonly page: string;
  readonly url: string;
  readonly navigationType: string;
  readonly title: string;
  readonly referrer: string;
  readonly loadDurationMs: number;
  readonly deviceType: string;
  readonly connectionType: string;
  readonly country: string;
  readonly release: string;
  readonly environment: string;
  readonly traceId: string;
}

export interface EventRow {
  readonly type: "event" | "request" | "long_animation_frame" | "resources";
  readonly pageViewId: string;
  readonly timeMs: number;
  readonly name: string;
  readonly durationMs: number;
  readonly blockingMs: number;
  readonly statusCode: number;
  readonly traceId: string;
  readonly url: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly detail: string;
}

export interface VitalRow {
  readonly pageViewId: string;
  readonly name: VitalName;
  readonly value: number;
  readonly attribution: Readonly<Record<string, string>>;
}

export interface ErrorRow {
  readonly pageViewId: string;
  readonly timeMs: number;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly isHandled: boolean;
  /** Of the errors that are alike; a decimal number. */
  readonly fingerprint: string;
}

export interface OriginRow {
  readonly pageViewId: string;
  readonly origin: string;
  readonly isThirdParty: boolean;
  readonly resources: number;
  readonly scripts: number;
  readonly transferSizeBytes: number;
}

export interface VisitRows {
  /** In order of time, at least one. */
  readonly pageViews: readonly PageViewRow[];
  readonly events: readonly EventRow[];
  readonly vitals: readonly VitalRow[];
  readonly errors: readonly ErrorRow[];
  readonly origins: readonly OriginRow[];
  /** Of the traces that were named, those that have spans here. */
  readonly storedTraces: ReadonlySet<string>;
  readonly hiddenPageViews: number;
  readonly hiddenItems: number;
}

const SCOPE = "tenant_id = {tenant:String} AND project_id = {project:String}";
const during = (table: string): string =>
  `${table}.time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND ${table}.time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`;
const NO_TRACE = "0".repeat(32);

/** Null when nothing is stored of it. */
export async function readVisitRows(reader: ScopedReader, sessionId: string): Promise<VisitRows | null> {
  const views = await readPageViews(reader, sessionId);
  const pageViews = views.slice(0, PAGE_VIEWS_MAX);
  const [first] = pageViews;
  if (first === undefined) return null;
  const window = {
    sessionId,
    fromMs: first.startMs - AROUND_MS,
    toMs: (pageViews.at(-1) ?? first).startMs + AROUND_MS,
  };
  const ids = pageViews.map(({ pageViewId }) => pageViewId);
  const pages = [...new Set(pageViews.map(({ page }) => page))];
  const [events, vitals, errors, origins] = await Promise.all([
    readEvents(reader, window),
    readVitals(reader, { ...window, ids }),
    readErrors(reader, window),
    readOrigins(reader, { ...window, ids, pages }),
  ]);
  const shown = events.slice(0, ITEMS_MAX);
  const traceIds = [...new Set([...pageViews, ...shown].map(({ traceId }) => traceId))].filter(
    (id) => id !== NO_TRACE,
  );
  return {
    pageViews,
    events: shown,
    vitals,
    errors,
    origins,
    storedTraces: await readStoredTraces(reader, { ...window, traceIds }),
    hiddenPageViews: views.length - pageViews.length,
    hiddenItems: events.length - shown.length,
  };
}

/** Of senders that report vitals alone, the page views that these name. */
async function readPageViews(reader: ScopedReader, sessionId: string): Promise<PageViewRow[]> {
  const told = await reader.query<PageViewRow>(
    `SELECT page_view_id AS pageViewId, toUnixTimestamp64Milli(p.time) AS startMs, toString(page) AS page,
       concat(origin, path) AS url, toString(navigation_type) AS navigationType, title, referrer,
       load_duration_ms AS loadDurationMs, toString(device_type) AS deviceType,
       toString(connection_type) AS connectionType, toString(country) AS country, toString(release) AS release,
       toString(environment) AS environment, lower(hex(trace_id)) AS traceId
     FROM page_views AS p
     WHERE ${SCOPE} AND session_id = {sessionId:String}
     ORDER BY p.time LIMIT 1 BY page_view_id LIMIT 5000`,
    { sessionId },
    { name: "visit.pageViews" },
  );
  if (told.length > 0) return told;
  return await reader.query<PageViewRow>(
    `SELECT page_view_id AS pageViewId, toUnixTimestamp64Milli(min(v.time)) AS startMs, toString(any(page)) AS page,
       any(concat(origin, path)) AS url, toString(any(navigation_type)) AS navigationType, '' AS title, '' AS referrer,
       0. AS loadDurationMs, toString(any(device_type)) AS deviceType,
       toString(any(connection_type)) AS connectionType, toString(any(country)) AS country,
       toString(any(release)) AS release, toString(any(environment)) AS environment,
       lower(hex(any(trace_id))) AS traceId
     FROM web_vitals AS v
     WHERE ${SCOPE} AND session_id = {sessionId:String} AND sign = 1
     GROUP BY page_view_id ORDER BY startMs LIMIT 5000`,
    { sessionId },
    { name: "visit.vitalsAlone" },
  );
}

interface Window {
  readonly sessionId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

async function readEvents(reader: ScopedReader, window: Window): Promise<EventRow[]> {
  return await reader.query<EventRow>(
    `SELECT toString(type) AS type, page_view_id AS pageViewId, toUnixTimestamp64Milli(b.time) AS timeMs,
       toString(name) AS name, duration_ms AS durationMs, blocking_ms AS blockingMs, status_code AS statusCode,
       lower(hex(if(span_id = toFixedString('', 8), toFixedString('', 16), trace_id))) AS traceId, url, attributes, detail
     FROM browser_events AS b
     WHERE ${SCOPE} AND ${during("b")} AND session_id = {sessionId:String}
     ORDER BY b.time LIMIT ${ITEMS_MAX * 5}`,
    { ...window },
    { name: "visit.events" },
  );
}

async function readVitals(
  reader: ScopedReader,
  window: Window & { readonly ids: readonly string[] },
): Promise<VitalRow[]> {
  return await reader.query<VitalRow>(
    `SELECT page_view_id AS pageViewId, toString(metric) AS name, value, attribution FROM web_vitals AS v
     WHERE ${SCOPE} AND ${during("v")} AND sign = 1 AND session_id = {sessionId:String}
       AND page_view_id IN {ids:Array(String)}
     ORDER BY v.time DESC, value DESC LIMIT 1 BY metric, id`,
    { ...window },
    { name: "visit.vitals" },
  );
}

async function readErrors(reader: ScopedReader, window: Window): Promise<ErrorRow[]> {
  return await reader.query<ErrorRow>(
    `SELECT attributes['browser.page_view.id'] AS pageViewId,
       toUnixTimestamp64Milli(toDateTime64(e.time, 3, 'UTC')) AS timeMs, toString(e.type) AS name, message,
       stacktrace AS stack, escaped = 0 AS isHandled, toString(e.fingerprint) AS fingerprint
     FROM exceptions AS e
     WHERE ${SCOPE} AND service = 'browser' AND source = 'browser' AND ${during("e")}
       AND attributes['session.id'] = {sessionId:String}
     ORDER BY e.time LIMIT ${ITEMS_MAX}`,
    { ...window },
    { name: "visit.errors" },
  );
}

async function readOrigins(
  reader: ScopedReader,
  window: Window & { readonly ids: readonly string[]; readonly pages: readonly string[] },
): Promise<OriginRow[]> {
  return await reader.query<OriginRow>(
    `SELECT page_view_id AS pageViewId, toString(resource_origin) AS origin, max(is_third_party) = 1 AS isThirdParty,
       sum(o.resources) AS resources, sum(o.scripts) AS scripts, sum(transfer_bytes) AS transferSizeBytes
     FROM resource_origins AS o
     WHERE ${SCOPE} AND ${during("o")} AND page IN {pages:Array(String)} AND page_view_id IN {ids:Array(String)}
     GROUP BY page_view_id, resource_origin ORDER BY transferSizeBytes DESC, origin`,
    { ...window },
    { name: "visit.origins" },
  );
}

async function readStoredTraces(
  reader: ScopedReader,
  window: Window & { readonly traceIds: readonly string[] },
): Promise<Set<string>> {
  if (window.traceIds.length === 0) return new Set();
  const rows = await reader.query<{ traceId: string }>(
    `SELECT DISTINCT lower(hex(trace_id)) AS traceId FROM spans AS s
     WHERE ${SCOPE} AND ${during("s")} AND s.trace_id IN (
       SELECT unhex(arrayJoin({traceIds:Array(String)})))`,
    { ...window },
    { name: "visit.traces" },
  );
  return new Set(rows.map(({ traceId }) => traceId));
}
