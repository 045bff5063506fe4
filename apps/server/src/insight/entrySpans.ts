/**
 * Spans with which work enters a service (server and consumer spans, and roots of any kind), from the raw table. It is sorted by service and five minutes, not by time, so the
 * newest ones are looked for in slices of time, from the newest backwards, each read by primary key.
 */
import type { MonitoringFilter, TimeRange, TraceRow } from "@throughline/contract";
import {
  PROMOTED_ATTRIBUTES,
  PROMOTED_RESOURCE,
  type QueryParams,
  type ScopedReader,
} from "../engines/telemetry/index.ts";
import { requestFilter } from "./requestFilter.ts";

const FIRST_SLICE_MS = 15 * 60_000;
const SLICE_GROWTH = 8;
const IS_ENTRY = "kind = 'server' OR kind = 'consumer' OR empty(parent_span_id)";
const IS_FAILED = "status = 'error' OR http_status >= 500";
/** As the skip indexes of `spans` have them, letter by letter (migration 7): granules without any such span are passed over. */
const ENTRY_NS = `if(${IS_ENTRY}, duration_ns + 1, 0)`;
const FAILED_ENTRY_NS = `if((${IS_ENTRY}) AND (${IS_FAILED}), duration_ns + 1, 0)`;

export interface EntrySpanQuery extends Omit<MonitoringFilter, "cursor" | "project" | "histogram"> {
  readonly after?: { readonly timeNs: string; readonly spanId: string } | undefined;
}

export interface EntrySpan {
  readonly row: TraceRow;
  /** Exact, as text: nanoseconds since the epoch do not fit a number. */
  readonly timeNs: string;
}

interface Row extends Omit<TraceRow, "timeMs"> {
  readonly timeNs: string;
}

/** Newest first, then by span id. */
export async function newestEntrySpans(
  reader: ScopedReader,
  range: TimeRange,
  query: EntrySpanQuery,
): Promise<EntrySpan[]> {
  const found: EntrySpan[] = [];
  // Exclusive; a cursor's own nanosecond may hold more spans, so its whole millisecond is read again.
  let toMs = range.toMs;
  if (query.after !== undefined) toMs = Math.min(toMs, Number(BigInt(query.after.timeNs) / 1_000_000n) + 1);
  for (
    let sliceMs = FIRST_SLICE_MS;
    toMs > range.fromMs && found.length < query.limit;
    sliceMs *= SLICE_GROWTH
  ) {
    const fromMs = Math.max(range.fromMs, toMs - sliceMs);
    found.push(...(await entrySpans(reader, { fromMs, toMs }, query, "newest", query.limit - found.length)));
    toMs = fromMs;
  }
  return found;
}

export async function entrySpans(
  reader: ScopedReader,
  slice: { readonly fromMs: number; readonly toMs: number },
  query: EntrySpanQuery,
  order: "newest" | "slowest",
  limit: number,
): Promise<EntrySpan[]> {
  const { where, params } = entryConditions(query);
  const rows = await reader.query<Row>(
    `SELECT lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, service, name, route,
       toString(toUnixTimestamp64Nano(time)) AS timeNs, duration_ns / 1e6 AS durationMs,
       toString(status) AS status, http_status AS httpStatus
     FROM spans
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} ${where}
       AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
     ORDER BY ${order === "newest" ? "spans.time DESC, span_id DESC" : "duration_ns DESC, spans.time DESC"}
     LIMIT {limit:UInt32}`,
    { ...params, ...slice, limit },
    { name: `traces.${order}` },
  );
  return rows.map(({ timeNs, ...row }) => ({ timeNs, row: { ...row, timeMs: Number(timeNs) / 1e6 } }));
}

/** With a name or an attribute every span that matches, otherwise those that enter a service. */
export const isSpanSearch = ({ name, attribute }: Pick<EntrySpanQuery, "name" | "attribute">): boolean =>
  name !== undefined || attribute !== undefined;

const COLUMN_OF: Readonly<Record<string, string>> = Object.fromEntries(
  [...Object.entries(PROMOTED_ATTRIBUTES), ...Object.entries(PROMOTED_RESOURCE)].map(([column, name]) => [
    name,
    column,
  ]),
);

function attributeCondition(attribute: string): { where: string; params: QueryParams } {
  const at = attribute.indexOf("=");
  const key = attribute.slice(0, at);
  const column = Object.hasOwn(COLUMN_OF, key) ? COLUMN_OF[key] : undefined;
  const inColumn = column === undefined ? "" : ` OR toString(spans.${column}) = {attributeValue:String}`;
  return {
    where: `AND (attributes[{attributeKey:String}] = {attributeValue:String} OR resource[{attributeKey:String}] = {attributeValue:String}${inColumn})`,
    params: { attributeKey: key, attributeValue: attribute.slice(at + 1) },
  };
}

export function entryConditions(query: EntrySpanQuery): { where: string; params: QueryParams } {
  const { where, params } = requestFilter(query);
  const { minDurationMs, maxDurationMs, status, after, name, attribute } = query;
  const withAttribute = attribute === undefined ? null : attributeCondition(attribute);
  const isEntry = !isSpanSearch(query);
  return {
    where: [
      where,
      isEntry ? `AND (${IS_ENTRY})` : "",
      // Says nothing that the other conditions do not say, but to the indexes.
      isEntry && status === "error" ? `AND ${FAILED_ENTRY_NS} > {minNs:UInt64}` : "",
      isEntry && status !== "error" && minDurationMs !== undefined ? `AND ${ENTRY_NS} > {minNs:UInt64}` : "",
      name === undefined ? "" : "AND spans.name = {spanName:String}",
      withAttribute?.where ?? "",
      minDurationMs === undefined ? "" : "AND duration_ns >= {minNs:UInt64}",
      maxDurationMs === undefined ? "" : "AND duration_ns <= {maxNs:UInt64}",
      status === undefined ? "" : `AND ${status === "error" ? "" : "NOT "}(${IS_FAILED})`,
      after === undefined
        ? ""
        : "AND (spans.time, span_id) < (fromUnixTimestamp64Nano({afterNs:Int64}, 'UTC'), toFixedString(unhex({afterSpan:String}), 8))",
    ].join(" "),
    params: {
      ...params,
      ...(name === undefined ? {} : { spanName: name }),
      ...withAttribute?.params,
      minNs: Math.round((minDurationMs ?? 0) * 1e6),
      ...(maxDurationMs === undefined ? {} : { maxNs: Math.round(maxDurationMs * 1e6) }),
      ...(after === undefined ? {} : { afterNs: BigInt(after.timeNs), afterSpan: after.spanId }),
    },
  };
}
