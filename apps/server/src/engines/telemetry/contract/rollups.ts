/** Every rollup as it stands, and the same figures counted from raw rows: row by row they must be equal. */

export interface Rollup {
  readonly name: string;
  readonly rolled: string;
  readonly recounted: string;
}

const BUCKET = "toUInt16(floor(8 * log2(greatest(duration_ns, 1))))";
const SCOPE = "tenant_id, project_id, service";

/** Of traces with the same duration any may be kept, so the trace is looked up and its duration compared. */
function requests(step: string, start: string): Rollup {
  const keys = `${SCOPE}, route, service_version, environment`;
  return {
    name: `request_rollups of ${step} s`,
    rolled: `SELECT ${keys}, toString(r.time) AS t, sum(r.count) AS n, sum(r.errors) AS e, sum(r.client_errors) AS ce,
        sum(r.duration_ns_sum) AS d, max(r.duration_ns_max) AS m, toString(sumMap(r.duration_buckets)) AS b,
        sum(r.request_bytes) AS q, sum(r.response_bytes) AS s, hex(argMaxMerge(r.slowest_trace)) AS slowest,
        toString(min(r.first_error_at)) AS first_error, toString(max(r.last_error_at)) AS last_error, sum(r.stored) AS st
      FROM request_rollups AS r WHERE step_seconds = ${step} GROUP BY ${keys}, t ORDER BY ALL`,
    recounted: `SELECT ${keys}, toString(t) AS t, sum(c) AS n, sum(e) AS e, sum(ce) AS ce, sum(d) AS d, max(longest) AS m,
        toString(sumMap(map(bucket, c))) AS b, sum(q) AS q, sum(s) AS s, hex(argMax(slow, longest)) AS slowest,
        toString(min(fe)) AS first_error, toString(max(le)) AS last_error, sum(rows) AS st
      FROM (SELECT ${keys}, ${start} AS t, ${BUCKET} AS bucket, sum(weight) AS c, count() AS rows,
          sumIf(weight, status = 'error' OR http_status >= 500) AS e, sumIf(weight, http_status BETWEEN 400 AND 499) AS ce,
          sum(duration_ns * weight) AS d, max(duration_ns) AS longest, argMax(trace_id, duration_ns) AS slow,
          sum(request_bytes * weight) AS q, sum(response_bytes * weight) AS s,
          minOrNullIf(toDateTime64(time, 3, 'UTC'), status = 'error' OR http_status >= 500) AS fe,
          maxOrNullIf(toDateTime64(time, 3, 'UTC'), status = 'error' OR http_status >= 500) AS le
        FROM spans WHERE kind = 'server' GROUP BY ${keys}, t, bucket)
      GROUP BY ${keys}, t ORDER BY ALL`,
  };
}

function spans(step: string, start: string): Rollup {
  const keys = `${SCOPE}, service_version, environment`;
  return {
    name: `span_rollups of ${step} s`,
    rolled: `SELECT ${keys}, toString(kind) AS k, toString(r.time) AS t, sum(r.count) AS n, sum(r.errors) AS e,
        sum(r.duration_ns_sum) AS d, max(r.duration_ns_max) AS m, toString(sumMap(r.duration_buckets)) AS b,
        toString(min(r.oldest)) AS first, toString(max(r.newest)) AS last, sum(r.stored) AS st
      FROM span_rollups AS r WHERE step_seconds = ${step} GROUP BY ${keys}, k, t ORDER BY ALL`,
    recounted: `SELECT ${keys}, k, toString(t) AS t, sum(c) AS n, sum(e) AS e, sum(d) AS d, max(longest) AS m,
        toString(sumMap(map(bucket, c))) AS b, toString(min(o)) AS first, toString(max(nw)) AS last, sum(rows) AS st
      FROM (SELECT ${keys}, toString(kind) AS k, ${start} AS t, ${BUCKET} AS bucket, sum(weight) AS c, count() AS rows,
          sumIf(weight, status = 'error' OR http_status >= 500) AS e, sum(duration_ns * weight) AS d, max(duration_ns) AS longest,
          toDateTime(min(spans.time), 'UTC') AS o, toDateTime(max(spans.time), 'UTC') AS nw
        FROM spans GROUP BY ${keys}, k, t, bucket)
      GROUP BY ${keys}, k, t ORDER BY ALL`,
  };
}

/** Without what only one load knows: the route and the groups. */
function queries(step: string, start: string): Rollup {
  const keys = `${SCOPE}, query_hash, service_version, environment`;
  const text = "if(attributes['db.query.text'] = '', toString(name), attributes['db.query.text'])";
  return {
    name: `query_rollups of ${step} s`,
    rolled: `SELECT ${keys}, toString(r.time) AS t, sum(r.count) AS n, sum(r.errors) AS e, sum(r.duration_ns_sum) AS d,
        max(r.duration_ns_max) AS m, toString(sumMap(r.duration_buckets)) AS b, sum(r.returned_rows) AS rows,
        toString(max(r.newest)) AS last
      FROM query_rollups AS r WHERE step_seconds = ${step} GROUP BY ${keys}, t ORDER BY ALL`,
    recounted: `SELECT ${keys}, toString(t) AS t, sum(c) AS n, sum(e) AS e, sum(d) AS d, max(longest) AS m,
        toString(sumMap(map(bucket, c))) AS b, sum(rows) AS rows, toString(max(last)) AS last
      FROM (SELECT ${SCOPE}, cityHash64(${text}) AS query_hash, service_version, environment, ${start} AS t,
          ${BUCKET} AS bucket, sum(weight) AS c, sumIf(weight, status = 'error') AS e, sum(duration_ns * weight) AS d,
          max(duration_ns) AS longest, sum(toUInt64OrZero(attributes['db.response.returned_rows']) * weight) AS rows,
          toDateTime(max(spans.time), 'UTC') AS last
        FROM spans WHERE db_system != '' AND kind != 'server'
          AND (attributes['db.query.text'] != '' OR NOT endsWith(name, 'connect'))
        GROUP BY ${keys}, t, bucket)
      GROUP BY ${keys}, t ORDER BY ALL`,
  };
}

function errors(step: string, start: string): Rollup {
  const keys = `${SCOPE}, fingerprint, service_version, environment`;
  const user = "if(attributes['user.id'] != '', attributes['user.id'], attributes['enduser.id'])";
  return {
    name: `error_rollups of ${step} s`,
    rolled: `SELECT ${keys}, toString(r.source) AS s, toString(r.time) AS t, sum(r.count) AS n, sum(r.escaped) AS e,
        toString(min(r.first_at)) AS first, toString(max(r.last_at)) AS last, uniqCombined64Merge(r.users) AS u,
        uniqCombined64Merge(r.sessions) AS v
      FROM error_rollups AS r WHERE step_seconds = ${step} GROUP BY ${keys}, s, t ORDER BY ALL`,
    recounted: `SELECT ${keys}, toString(source) AS s, toString(${start}) AS t, sum(weight) AS n, sumIf(weight, escaped = 1) AS e,
        toString(toDateTime64(min(exceptions.time), 3, 'UTC')) AS first,
        toString(toDateTime64(max(exceptions.time), 3, 'UTC')) AS last, uniqCombined64If(${user}, ${user} != '') AS u,
        uniqCombined64If(attributes['session.id'], attributes['session.id'] != '') AS v
      FROM exceptions GROUP BY ${keys}, s, t ORDER BY ALL`,
  };
}

function logs(step: string, start: string): Rollup {
  return {
    name: `log_rollups of ${step} s`,
    rolled: `SELECT ${SCOPE}, toString(severity) AS s, toString(r.time) AS t, sum(r.count) AS n,
        toString(min(r.oldest)) AS first, toString(max(r.newest)) AS last
      FROM log_rollups AS r WHERE step_seconds = ${step} GROUP BY ${SCOPE}, s, t ORDER BY ALL`,
    recounted: `SELECT ${SCOPE}, multiIf(severity_number BETWEEN 1 AND 4, 'trace', severity_number BETWEEN 5 AND 8, 'debug',
          severity_number BETWEEN 9 AND 12, 'info', severity_number BETWEEN 13 AND 16, 'warn',
          severity_number BETWEEN 17 AND 20, 'error', severity_number BETWEEN 21 AND 24, 'fatal', 'unspecified') AS s,
        toString(${start}) AS t, count() AS n,
        toString(toDateTime(min(logs.time), 'UTC')) AS first, toString(toDateTime(max(logs.time), 'UTC')) AS last
      FROM logs GROUP BY ${SCOPE}, s, t ORDER BY ALL`,
  };
}

const GOOD = "[2500., 200., 0.1, 1800., 800.]";
const POOR = "[4000., 500., 0.25, 3000., 1800.]";
const threshold = (of: string): string =>
  `transform(metric, ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'], ${of}, 0.)`;
/** What each slice tells apart besides the columns that all do. */
const SLICES = {
  site: "'' AS page, '' AS country, '' AS connection_type",
  page: "toString(v.page) AS page, '' AS country, '' AS connection_type",
  detail:
    "toString(v.page) AS page, toString(v.country) AS country, toString(v.connection_type) AS connection_type",
} as const;

function vitals(slice: keyof typeof SLICES, step: string, start: string): Rollup {
  const shared = "tenant_id, project_id, metric, device_type, navigation_type, release, environment";
  const keys = `${shared}, page, country, connection_type`;
  return {
    name: `vital_rollups of ${step} s by ${slice}`,
    rolled: `SELECT ${shared}, toString(r.page) AS page, toString(r.country) AS country,
        toString(r.connection_type) AS connection_type, toString(r.time) AS t, sum(r.count) AS n, sum(r.good) AS g,
        sum(r.poor) AS p, toString(mapFilter((k, v) -> v != 0, sumMap(r.buckets))) AS b
      FROM vital_rollups AS r WHERE step_seconds = ${step} AND slice = '${slice}' GROUP BY ${keys}, t
      HAVING n != 0 OR b != '{}' ORDER BY ALL`,
    recounted: `SELECT ${keys}, toString(at) AS t, sum(c) AS n, sum(good) AS g, sum(poor) AS p,
        toString(mapFilter((k, v) -> v != 0, sumMap(map(bucket, c)))) AS b
      FROM (SELECT ${shared}, ${SLICES[slice]}, ${start} AS at,
          toUInt16(floor(8 * log2(greatest(value * if(metric = 'CLS', 1e9, 1e6), 1)))) AS bucket,
          sum(toInt64(sign)) AS c, sumIf(toInt64(sign), value <= ${threshold(GOOD)}) AS good,
          sumIf(toInt64(sign), value > ${threshold(POOR)}) AS poor
        FROM web_vitals AS v GROUP BY ${keys}, at, bucket)
      GROUP BY ${keys}, t HAVING n != 0 OR b != '{}' ORDER BY ALL`,
  };
}

const BUSINESS =
  "('product_view', 'search', 'add_to_cart', 'checkout', 'order', 'order_completed', 'order_cancelled')";

function business(step: string, start: string): Rollup {
  const of = (table: string, column: string, where: string): string =>
    `SELECT tenant_id, project_id, toString(${column}) AS e, ${start} AS at FROM ${table} WHERE ${where}`;
  return {
    name: `business_rollups of ${step} s`,
    rolled: `SELECT tenant_id, project_id, toString(event) AS e, toString(r.time) AS t, sum(r.count) AS n
      FROM business_rollups AS r WHERE step_seconds = ${step} GROUP BY tenant_id, project_id, e, t ORDER BY ALL`,
    recounted: `SELECT tenant_id, project_id, e, toString(at) AS t, count() AS n
      FROM (${of("browser_events", "name", `type = 'event' AND name IN ${BUSINESS}`)}
        UNION ALL ${of("logs", "event_name", `event_name IN ${BUSINESS}`)})
      GROUP BY tenant_id, project_id, e, t ORDER BY ALL`,
  };
}

function metrics(width: "Minute" | "Hour"): Rollup {
  const [table, lastAt, start] =
    width === "Minute"
      ? ["metrics_1m", ["''", "''"], "toStartOfMinute"]
      : [
          "metrics_1h",
          ["toString(max(r.last_at))", "toString(toDateTime(max(p.time), 'UTC'))"],
          "toStartOfHour",
        ];
  return {
    name: table,
    rolled: `SELECT ${SCOPE}, metric, series_id, toString(r.time) AS t, sum(r.points) AS n, sum(r.value_sum) AS v,
        min(r.value_min) AS lo, max(r.value_max) AS hi, argMaxMerge(r.value_last) AS last,
        argMaxMerge(r.count_last) AS c, argMaxMerge(r.sum_last) AS s, ${lastAt[0]} AS at
      FROM ${table} AS r GROUP BY ${SCOPE}, metric, series_id, t ORDER BY ALL`,
    recounted: `SELECT ${SCOPE}, metric, series_id, toString(${start}(toDateTime(p.time, 'UTC'))) AS t, count() AS n,
        sum(p.value) AS v, min(p.value) AS lo, max(p.value) AS hi, argMax(p.value, p.time) AS last,
        argMax(p.count, p.time) AS c, argMax(p.sum, p.time) AS s, ${lastAt[1]} AS at
      FROM metric_points AS p GROUP BY ${SCOPE}, metric, series_id, t ORDER BY ALL`,
  };
}

/** Widths of the cells in seconds, and the start of the one that a row's time lies in. */
const STEPS: Readonly<Record<string, string>> = {
  60: "toStartOfMinute(toDateTime(time, 'UTC'))",
  300: "toStartOfFiveMinutes(toDateTime(time, 'UTC'))",
  3600: "toStartOfHour(toDateTime(time, 'UTC'))",
  86400: "toDateTime(toStartOfDay(time), 'UTC')",
};

/** Tables whose rows are counted for the ledger, with the signal they came as. */
const LEDGER_ROWS = [
  { table: "spans", signal: "traces", rows: "spans" },
  { table: "logs", signal: "logs", rows: "logs" },
  { table: "metric_points", signal: "metrics", rows: "metric_points" },
  { table: "web_vitals", signal: "web_vitals", rows: "(SELECT * FROM web_vitals WHERE sign >= 0)" },
  {
    table: "page views, browser events and errors",
    signal: "events",
    rows: `(SELECT tenant_id, project_id, ingest_key, received_at FROM page_views
      UNION ALL SELECT tenant_id, project_id, ingest_key, received_at FROM browser_events
      UNION ALL SELECT tenant_id, project_id, ingest_key, received_at FROM exceptions WHERE source = 'browser')`,
  },
] as const;

export const ROLLUPS: readonly Rollup[] = [
  ...Object.entries(STEPS).flatMap(([step, start]) => [
    requests(step, start),
    spans(step, start),
    queries(step, start),
    errors(step, start),
    logs(step, start),
    vitals("site", step, start),
    vitals("page", step, start),
    business(step, start),
  ]),
  ...(["3600", "86400"] as const).map((step) => vitals("detail", step, STEPS[step] ?? "")),
  ...(["Minute", "Hour"] as const).map((width) => metrics(width)),
  {
    name: "metric_series",
    rolled: `SELECT ${SCOPE}, metric, series_id, toString(min(first_seen)) AS first, toString(max(last_seen)) AS last
      FROM metric_series GROUP BY ${SCOPE}, metric, series_id ORDER BY ALL`,
    recounted: `SELECT ${SCOPE}, metric, series_id, toString(toDateTime(min(p.time), 'UTC')) AS first,
        toString(toDateTime(max(p.time), 'UTC')) AS last
      FROM metric_points AS p GROUP BY ${SCOPE}, metric, series_id ORDER BY ALL`,
  },
  ...LEDGER_ROWS.map(({ table, signal, rows }) => ({
    name: `ingest_stored of ${table}`,
    rolled: `SELECT tenant_id, project_id, ingest_key, toString(r.time) AS t, sum(r.items) AS n FROM ingest_stored AS r
      WHERE signal = '${signal}' GROUP BY tenant_id, project_id, ingest_key, t ORDER BY ALL`,
    recounted: `SELECT tenant_id, project_id, ingest_key, toString(toStartOfMinute(received_at)) AS t, count() AS n
      FROM ${rows} GROUP BY tenant_id, project_id, ingest_key, t ORDER BY ALL`,
  })),
];
