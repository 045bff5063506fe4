/** The newest lines of spans and logs, for the first screen of the live tail. */
import type { TailItemView, TailPage, TailQuery } from "@throughline/contract";
import type { QueryParams, ScopedReader } from "../../engines/telemetry/index.ts";
import { secondOf } from "../secondOf.ts";

const LINES = 200;
/** Searched one after the other until there are enough lines: most often the first one has them. */
const WINDOWS_SECONDS = [300, 3600, 86_400, 30 * 86_400] as const;

/** As much of a body as the live topic shows: one may have 256 KiB, and a page holds 200 lines. */
const TEXT_CHARACTERS = 500;

const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
const NAMES = `[${SEVERITIES.map((name) => `'${name}'`).join(", ")}]`;

/** The words of the live topic: the number's name, else the sender's own text. */
const SEVERITY_NAME = `multiIf(l.severity_number BETWEEN 1 AND 24, ${NAMES}[intDiv(l.severity_number + 3, 4)],
         l.severity_text = '', 'unspecified', lower(toString(l.severity_text)))`;
/** 1 for trace to 6 for fatal, 0 when neither number nor text tells; `warning` is a warn. */
const SEVERITY_RANK = `arrayFirstIndex(name -> startsWith(${SEVERITY_NAME}, name), ${NAMES})`;

export type TailData = Omit<TailPage, "project">;

/** Newest first, at most 200. Spans are all there are, or the failed ones when only errors are asked for. */
export async function readTail(reader: ScopedReader, query: TailQuery): Promise<TailData> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const services = readServiceNames(reader, nowSeconds);
  let items: TailItemView[] = [];
  for (const seconds of WINDOWS_SECONDS) {
    items = await readWindow(reader, query, nowSeconds - seconds);
    if (items.length >= LINES) break;
  }
  return { query, services: await services, items };
}

async function readWindow(
  reader: ScopedReader,
  query: TailQuery,
  fromSeconds: number,
): Promise<TailItemView[]> {
  const params = {
    from: fromSeconds,
    ...(query.service === undefined ? {} : { service: query.service }),
    ...(query.q === undefined ? {} : { q: query.q }),
  };
  const parts = [
    query.kind === "span" ? [] : readLogLines(reader, query, params),
    query.kind === "log" ? [] : readSpanLines(reader, query, params),
  ];
  const lines = (await Promise.all(parts)).flat();
  return lines.toSorted((a, b) => b.timeMs - a.timeMs).slice(0, LINES);
}

async function readLogLines(
  reader: ScopedReader,
  { service, severity, q }: TailQuery,
  params: QueryParams,
): Promise<TailItemView[]> {
  return await reader.query<TailItemView>(
    `SELECT 'log' AS kind, toUnixTimestamp64Micro(l.time) / 1000 AS timeMs, toString(l.service) AS service,
       substringUTF8(l.body, 1, ${TEXT_CHARACTERS}) AS text, ${SEVERITY_NAME} AS severity,
       NULL AS durationMs,
       if(l.trace_id = toFixedString('', 16), '', lower(hex(l.trace_id))) AS traceId,
       if(l.span_id = toFixedString('', 8), '', lower(hex(l.span_id))) AS spanId
     FROM logs AS l
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND l.time >= ${secondOf("from")}
       ${service === undefined ? "" : "AND l.service = {service:String}"}
       ${severity === undefined ? "" : `AND ${SEVERITY_RANK} >= ${SEVERITIES.indexOf(severity) + 1}`}
       ${q === undefined ? "" : "AND positionCaseInsensitiveUTF8(l.body, {q:String}) > 0"}
     ORDER BY l.time DESC LIMIT ${LINES}`,
    params,
    { name: "tail.logs" },
  );
}

async function readSpanLines(
  reader: ScopedReader,
  { service, severity, q }: TailQuery,
  params: QueryParams,
): Promise<TailItemView[]> {
  const isErrorsOnly = severity === "error" || severity === "fatal";
  return await reader.query<TailItemView>(
    `SELECT 'span' AS kind, toUnixTimestamp64Micro(s.time) / 1000 AS timeMs, toString(s.service) AS service,
       toString(s.name) AS text, if(s.status = 'error', 'error', 'info') AS severity, s.duration_ns / 1e6 AS durationMs,
       lower(hex(s.trace_id)) AS traceId, lower(hex(s.span_id)) AS spanId
     FROM spans AS s
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND s.time >= ${secondOf("from")}
       ${service === undefined ? "" : "AND s.service = {service:String}"}
       ${isErrorsOnly ? "AND s.status = 'error'" : ""}
       ${q === undefined ? "" : "AND positionCaseInsensitiveUTF8(s.name, {q:String}) > 0"}
     ORDER BY s.time DESC LIMIT ${LINES}`,
    params,
    { name: "tail.spans" },
  );
}

/** Services of the last day, by whole hours, for the filter. */
async function readServiceNames(reader: ScopedReader, nowSeconds: number): Promise<string[]> {
  const rows = await reader.query<{ service: string }>(
    `SELECT DISTINCT service FROM (
       SELECT toString(s.service) AS service FROM span_rollups AS s
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 3600
         AND s.time >= toDateTime({from:UInt32}, 'UTC')
       GROUP BY s.service
       UNION ALL
       SELECT toString(l.service) AS service FROM log_rollups AS l
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 3600
         AND l.time >= toDateTime({from:UInt32}, 'UTC')
       GROUP BY l.service
     ) ORDER BY service LIMIT 500`,
    { from: nowSeconds - 86_400 - 3600 },
    { name: "tail.services" },
  );
  return rows.map(({ service }) => service);
}
