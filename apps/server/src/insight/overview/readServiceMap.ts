/**
 * Who calls whom: spans that answer a request beside the span that made it, of another service. No rollup knows both, so
 * raw spans are read, and of them the newest 200 000 only; what was left out is told by `fromMs`.
 */
import type { ServiceCall, ServiceMap, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { type DurationRow, quantileMs } from "../buckets.ts";
import { newestSlice, type Slice } from "../services/recentSpans.ts";
import { timeGrid } from "../timeGrid.ts";

const SPANS_MAX = 200_000;
const CALLS_MAX = 100;

const IN_SLICE = `tenant_id = {tenant:String} AND project_id = {project:String}
  AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`;
const BUCKET = "toUInt16(floor(8 * log2(greatest(duration_ns, 1))))";

type Row = DurationRow & {
  readonly caller: string;
  readonly callee: string;
  readonly kind: ServiceCall["kind"];
  readonly calls: number;
  readonly failed: number;
};

export async function readServiceMap(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
): Promise<ServiceMap> {
  const grid = timeGrid(range, nowMs);
  const slice = await newestSlice(reader, grid, null, SPANS_MAX);
  const [services, stores] = await Promise.all([readCalls(reader, slice), readStores(reader, slice)]);
  const seconds = Math.max(1, (Math.min(slice.toMs, nowMs) - slice.fromMs) / 1000);
  const calls = [...services, ...stores].map(({ buckets, maxNs, failed, ...row }): ServiceCall => ({
    ...row,
    callsPerSecond: row.calls / seconds,
    p95Ms: quantileMs(0.95, { buckets, maxNs }),
    errorRatio: failed / row.calls,
  }));
  return {
    fromMs: slice.fromMs,
    calls: calls
      .toSorted(
        (a, b) => b.calls - a.calls || a.caller.localeCompare(b.caller) || a.callee.localeCompare(b.callee),
      )
      .slice(0, CALLS_MAX),
  };
}

async function readCalls(reader: ScopedReader, slice: Slice): Promise<Row[]> {
  return await reader.query<Row>(
    `SELECT caller, callee, 'service' AS kind, sum(n) AS calls, sum(bad) AS failed, sumMap(map(bucket, n)) AS buckets,
       max(longest) AS maxNs
     FROM (
       SELECT callers.of_service AS caller, answers.of_service AS callee, answers.bucket AS bucket, sum(answers.weight) AS n,
         max(answers.ns) AS longest, sumIf(answers.weight, answers.is_bad) AS bad
       FROM (
         SELECT trace_id AS of_trace, parent_span_id AS of_parent, service AS of_service, duration_ns AS ns, weight,
           ${BUCKET} AS bucket, status = 'error' AS is_bad
         FROM spans WHERE ${IN_SLICE} AND kind IN ('server', 'consumer')
       ) AS answers
       INNER JOIN (
         SELECT trace_id AS of_trace, span_id AS of_span, service AS of_service
         FROM spans WHERE ${IN_SLICE} AND kind IN ('client', 'producer')
       ) AS callers ON answers.of_trace = callers.of_trace AND answers.of_parent = callers.of_span
       WHERE callers.of_service != answers.of_service
       GROUP BY caller, callee, bucket
     )
     GROUP BY caller, callee ORDER BY calls DESC, caller, callee LIMIT ${CALLS_MAX}`,
    { ...slice },
    { name: "overview.calls" },
  );
}

/** Databases and queues send no spans of their own. */
async function readStores(reader: ScopedReader, slice: Slice): Promise<Row[]> {
  return await reader.query<Row>(
    `SELECT caller, callee, kind, sum(n) AS calls, sum(bad) AS failed, sumMap(map(bucket, n)) AS buckets,
       max(longest) AS maxNs
     FROM (
       SELECT service AS caller, if(db_system != '', 'database', 'queue') AS kind,
         if(db_system != '',
           concat(db_system, if(attributes['db.namespace'] = '', '', concat(' ', attributes['db.namespace']))),
           attributes['messaging.destination.name']) AS callee,
         ${BUCKET} AS bucket, sum(weight) AS n, max(duration_ns) AS longest, sumIf(weight, status = 'error') AS bad
       FROM spans WHERE ${IN_SLICE} AND spans.kind IN ('client', 'producer')
         AND (db_system != '' OR attributes['messaging.destination.name'] != '')
       GROUP BY caller, kind, callee, bucket
     )
     GROUP BY caller, callee, kind ORDER BY calls DESC, caller, callee LIMIT ${CALLS_MAX}`,
    { ...slice },
    { name: "overview.stores" },
  );
}
