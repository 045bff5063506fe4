/** What the store holds, checked against what senders were told and against itself. */
import assert from "node:assert/strict";
import type { Signal } from "../../apps/server/src/ingest/index.ts";
import type { Acknowledged } from "./senders.ts";
import type { TestServer } from "./server.ts";

const TABLE: Readonly<Record<Signal, string>> = { traces: "spans", logs: "logs", metrics: "metric_points" };

/** Every acknowledged item is stored exactly once; what was not acknowledged at most once. */
export async function assertExactlyOnce(server: TestServer, acknowledged: Acknowledged): Promise<void> {
  for (const [signal, table] of Object.entries(TABLE) as [Signal, string][]) {
    const rows = await server.sql<{ uid: string; copies: number }>(
      `SELECT attributes['uid'] AS uid, toUInt32(count()) AS copies FROM ${table} GROUP BY uid`,
    );
    const twice = rows.filter(({ copies }) => copies > 1);
    assert.equal(
      twice.length,
      0,
      `${signal}: ${twice.length} items stored more than once (${twice[0]?.uid})`,
    );
    const stored = new Set(rows.map(({ uid }) => uid));
    const lost = [...acknowledged[signal]].filter((uid) => !stored.has(uid));
    assert.equal(lost.length, 0, `${signal}: ${lost.length} acknowledged items lost (${lost[0]})`);
    assert.ok(acknowledged[signal].size > 0, `${signal}: nothing was acknowledged, so nothing was tested`);
  }
}

/** One rollup and the same figures counted from raw rows; both must come out identical, row by row. */
interface Rollup {
  readonly name: string;
  readonly rolled: string;
  readonly recounted: string;
}

const BUCKET = "toUInt16(floor(8 * log2(greatest(duration_ns, 1))))";

function requests(table: string, start: string): Rollup {
  const keys = "service, route, service_version, environment";
  const figures = "toString(t), n, errors, client_errors, ns, ns_max, buckets, req, res";
  return {
    name: table,
    rolled: `SELECT ${keys}, ${figures} FROM (
      SELECT ${keys}, r.time AS t, sum(r.count) AS n, sum(r.errors) AS errors, sum(r.client_errors) AS client_errors,
        sum(r.duration_ns_sum) AS ns, max(r.duration_ns_max) AS ns_max, toString(sumMap(r.duration_buckets)) AS buckets,
        sum(r.request_bytes) AS req, sum(r.response_bytes) AS res
      FROM ${table} AS r GROUP BY ${keys}, t) ORDER BY ALL`,
    recounted: `SELECT ${keys}, ${figures} FROM (
      SELECT ${keys}, t, sum(c) AS n, sum(e) AS errors, sum(ce) AS client_errors, sum(d) AS ns, max(m) AS ns_max,
        toString(sumMap(map(bucket, c))) AS buckets, sum(q) AS req, sum(s) AS res
      FROM (SELECT ${keys}, ${start} AS t, ${BUCKET} AS bucket, count() AS c,
          countIf(status = 'error' OR http_status >= 500) AS e,
          countIf(http_status >= 400 AND http_status < 500) AS ce, sum(duration_ns) AS d, max(duration_ns) AS m,
          sum(request_bytes) AS q, sum(response_bytes) AS s
        FROM spans WHERE kind = 'server' GROUP BY ${keys}, t, bucket)
      GROUP BY ${keys}, t) ORDER BY ALL`,
  };
}

const ROLLUPS: readonly Rollup[] = [
  requests("requests_1m", "toStartOfMinute(toDateTime(time, 'UTC'))"),
  requests("requests_5m", "toStartOfFiveMinutes(toDateTime(time, 'UTC'))"),
  requests("requests_1h", "toStartOfHour(toDateTime(time, 'UTC'))"),
  requests("requests_1d", "toDateTime(toStartOfDay(time), 'UTC')"),
  {
    name: "spans_1m",
    rolled: `SELECT service, toString(kind) AS k, toString(r.time) AS t, sum(r.count) AS n, sum(r.errors) AS e,
      sum(r.duration_ns_sum) AS d, toString(sumMap(r.duration_buckets)) AS b
      FROM spans_1m AS r GROUP BY service, k, t ORDER BY ALL`,
    recounted: `SELECT service, k, t, sum(c) AS n, sum(e) AS e, sum(d) AS d, toString(sumMap(map(bucket, c))) AS b
      FROM (SELECT service, toString(kind) AS k, toString(toStartOfMinute(toDateTime(time, 'UTC'))) AS t,
        ${BUCKET} AS bucket, count() AS c, countIf(status = 'error') AS e, sum(duration_ns) AS d
        FROM spans GROUP BY service, k, t, bucket) GROUP BY service, k, t ORDER BY ALL`,
  },
  {
    name: "logs_1m",
    rolled: `SELECT service, toString(severity) AS s, toString(r.time) AS t, sum(r.count) AS n
      FROM logs_1m AS r GROUP BY service, s, t ORDER BY ALL`,
    recounted: `SELECT service, multiIf(severity_number = 0, 'unspecified', severity_number < 5, 'trace',
        severity_number < 9, 'debug', severity_number < 13, 'info', severity_number < 17, 'warn',
        severity_number < 21, 'error', 'fatal') AS s,
      toString(toStartOfMinute(toDateTime(l.time, 'UTC'))) AS t, count() AS n
      FROM logs AS l GROUP BY service, s, t ORDER BY ALL`,
  },
  {
    name: "metrics_1m",
    rolled: `SELECT metric, series_id, toString(r.time) AS t, sum(r.points) AS n, sum(r.value_sum) AS v,
      min(r.value_min) AS lo, max(r.value_max) AS hi, argMaxMerge(r.count_last) AS c
      FROM metrics_1m AS r GROUP BY metric, series_id, t ORDER BY ALL`,
    recounted: `SELECT metric, series_id, toString(toStartOfMinute(toDateTime(p.time, 'UTC'))) AS t, count() AS n,
      sum(p.value) AS v, min(p.value) AS lo, max(p.value) AS hi, argMax(p.count, p.time) AS c
      FROM metric_points AS p GROUP BY metric, series_id, t ORDER BY ALL`,
  },
  {
    name: "metric_series",
    rolled: "SELECT DISTINCT metric, series_id FROM metric_series ORDER BY ALL",
    recounted: "SELECT DISTINCT metric, series_id FROM metric_points ORDER BY ALL",
  },
];

/** Every rollup equals a recount of the raw rows, in every figure of every cell. */
export async function assertRollupsEqualRecount(server: TestServer): Promise<void> {
  for (const { name, rolled, recounted } of ROLLUPS) {
    const expected = await server.sql(recounted);
    assert.ok(expected.length > 0, `${name}: nothing to recount`);
    assert.deepEqual(await server.sql(rolled), expected, `${name} differs from a recount of its raw rows`);
  }
}

/** The ledger balances: what senders were told equals what is stored, per key, signal and minute. */
export async function assertLedgerBalances(server: TestServer): Promise<void> {
  const receipts = await server.sql(
    `SELECT ingest_key, signal, toString(r.time) AS t, sum(r.items) AS items FROM ingest_receipts AS r
     WHERE reason = '' GROUP BY ingest_key, signal, t HAVING items > 0 ORDER BY ALL`,
  );
  const stored = await server.sql(
    `SELECT ingest_key, signal, toString(r.time) AS t, sum(r.items) AS items FROM ingest_stored AS r
     GROUP BY ingest_key, signal, t ORDER BY ALL`,
  );
  const raw = Object.entries(TABLE).map(
    ([signal, table]) =>
      `SELECT toString(ingest_key) AS ingest_key, '${signal}' AS signal,
         toString(toStartOfMinute(received_at)) AS t, count() AS items
       FROM ${table} GROUP BY ingest_key, t`,
  );
  const counted = await server.sql(
    `SELECT ingest_key, signal, t, items FROM (${raw.join(" UNION ALL ")}) ORDER BY ALL`,
  );
  assert.deepEqual(stored, counted, "ingest_stored differs from a recount of the raw rows");
  assert.deepEqual(receipts, counted, "the receipts differ from what is stored");
}
