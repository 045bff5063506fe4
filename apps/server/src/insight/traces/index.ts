/** One trace, whole: its spans as a tree in display order, and its logs. */
import type { LogLine, Trace } from "@throughline/contract";
import {
  promotedToAttributes,
  type PromotedColumns,
  type ScopedReader,
} from "../../engines/telemetry/index.ts";
import { secondOf } from "../secondOf.ts";
import { buildTrace, type StoredSpan } from "./buildTrace.ts";

/** More are stored, but neither a person nor a browser gets through them; `hiddenSpans` says how many. */
export const SPANS_SHOWN_MAX = 5000;
const SPANS_READ_MAX = 100_000;
const LOGS_SHOWN_MAX = 1000;
/** Spans of one trace lie this close; beyond it is another use of the same id. */
const TRACE_SPAN_SECONDS = 86_400;

/** @param traceId 32 lower-case hexadecimal digits. Null when no span of it is stored in this project. */
export async function readTrace(
  reader: ScopedReader,
  traceId: string,
): Promise<Omit<Trace, "project" | "visit"> | null> {
  const places = await reader.query<{
    service: string;
    fromSeconds: number;
    toSeconds: number;
    spans: number;
  }>(
    // Ids alone: the bloom filter leaves few granules, and only their id and time columns are read.
    `SELECT toString(s.service) AS service, toUnixTimestamp(min(s.time)) AS fromSeconds,
       toUnixTimestamp(max(s.time)) + 1 AS toSeconds, count() AS spans
     FROM spans AS s
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND s.trace_id = unhex({traceId:String})
     GROUP BY s.service`,
    { traceId },
    { name: "trace.places" },
  );
  if (places.length === 0) return null;
  const stored = places.reduce((sum, { spans }) => sum + spans, 0);
  const fromSeconds = Math.min(...places.map((place) => place.fromSeconds));
  const toSeconds = Math.min(
    Math.max(...places.map((place) => place.toSeconds)),
    fromSeconds + TRACE_SPAN_SECONDS,
  );
  const window = {
    traceId,
    from: fromSeconds,
    to: toSeconds,
    services: places.map(({ service }) => service),
  };
  const isLarge = stored > SPANS_SHOWN_MAX;
  const [skeleton, logs] = await Promise.all([
    isLarge
      ? readSpans(reader, window, { isSkeleton: true })
      : readSpans(reader, window, { isSkeleton: false }),
    readLogs(reader, window),
  ]);
  const built = buildTrace(skeleton, SPANS_SHOWN_MAX);
  if (isLarge) {
    const shown = built.spans.map(({ spanId }) => spanId);
    const details = new Map(
      (await readSpans(reader, { ...window, spanIds: shown }, { isSkeleton: false })).map((span) => [
        span.spanId,
        span,
      ]),
    );
    for (const span of built.spans) {
      const full = details.get(span.spanId);
      if (full !== undefined) {
        Object.assign(span, {
          attributes: full.attributes,
          resource: full.resource,
          events: full.events,
          links: full.links,
        });
      }
    }
  }
  return {
    traceId,
    ...built,
    hiddenSpans: built.hiddenSpans + Math.max(0, stored - SPANS_READ_MAX),
    logs,
  };
}

interface TraceWindow {
  readonly traceId: string;
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  readonly services: readonly string[];
  readonly spanIds?: readonly string[];
}

type SpanRow = Omit<StoredSpan, "events" | "links"> &
  PromotedColumns & { readonly eventsJson: string; readonly linksJson: string };

async function readSpans(
  reader: ScopedReader,
  { spanIds, ...window }: TraceWindow,
  { isSkeleton }: { readonly isSkeleton: boolean },
): Promise<StoredSpan[]> {
  const details = isSkeleton
    ? "map() AS attributes, map() AS resource, '' AS eventsJson, '' AS linksJson"
    : `s.attributes AS attributes, s.resource AS resource, s.events AS eventsJson, s.links AS linksJson,
       toString(s.http_method) AS http_method, s.http_status AS http_status, s.request_bytes AS request_bytes,
       s.response_bytes AS response_bytes, toString(s.db_system) AS db_system,
       toString(s.service_version) AS service_version, toString(s.environment) AS environment`;
  const rows = await reader.query<SpanRow>(
    `SELECT lower(hex(s.span_id)) AS spanId, lower(hex(s.parent_span_id)) AS parentSpanId, toString(s.service) AS service,
       toString(s.name) AS name, toString(s.kind) AS kind, toString(s.status) AS status, s.status_message AS statusMessage,
       toUnixTimestamp64Micro(s.time) AS startUs, s.duration_ns / 1e3 AS durationUs, toString(s.scope) AS scope, ${details}
     FROM spans AS s
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND s.service IN {services:Array(String)}
       AND s.time >= ${secondOf("from")} AND s.time < ${secondOf("to")}
       AND s.trace_id = unhex({traceId:String})
       ${spanIds === undefined ? "" : "AND lower(hex(s.span_id)) IN {spanIds:Array(String)}"}
     ORDER BY s.time, s.span_id LIMIT ${SPANS_READ_MAX}`,
    { ...window, ...(spanIds === undefined ? {} : { spanIds }) },
    { name: isSkeleton ? "trace.skeleton" : "trace.spans", maxResultRows: SPANS_READ_MAX },
  );
  return rows.map(toStoredSpan);
}

/** Attributes that are columns stand again among the others. */
function toStoredSpan(row: SpanRow): StoredSpan {
  const { spanId, parentSpanId, service, name, kind, status, statusMessage, startUs, durationUs, scope } =
    row;
  const promoted = promotedToAttributes(row);
  return {
    spanId,
    parentSpanId,
    service,
    name,
    kind,
    status,
    statusMessage,
    startUs,
    durationUs,
    scope,
    attributes: { ...row.attributes, ...promoted.attributes },
    resource: { ...row.resource, ...promoted.resource },
    events: parseList(row.eventsJson),
    links: parseList(row.linksJson),
  };
}

async function readLogs(reader: ScopedReader, { traceId, from, to }: TraceWindow): Promise<LogLine[]> {
  const rows = await reader.query<LogLine & { severityNumber: number }>(
    `SELECT toUnixTimestamp64Micro(l.time) / 1000 AS timeMs, toString(l.service) AS service,
       if(l.severity_number = 0 OR l.severity_number > 24, 'unspecified',
         ['trace', 'debug', 'info', 'warn', 'error', 'fatal'][intDiv(l.severity_number + 3, 4)]) AS severity,
       l.body AS body, {traceId:String} AS traceId,
       if(l.span_id = toFixedString('', 8), NULL, lower(hex(l.span_id))) AS spanId, l.attributes AS attributes
     FROM logs AS l
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND l.trace_id = unhex({traceId:String})
       AND l.time >= ${secondOf("from")} - 60 AND l.time < ${secondOf("to")} + 3600
     ORDER BY l.time LIMIT ${LOGS_SHOWN_MAX}`,
    { traceId, from, to },
    { name: "trace.logs" },
  );
  return rows;
}

/** Events and links are stored as JSON arrays by the decoder; an empty string is none. */
function parseList<Item>(json: string): Item[] {
  return json === "" ? [] : JSON.parse(json);
}
