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
        toString(min(r.first_error_at)) AS first_error, toString(max(r.last_error_at)) AS last_error
      FROM request_rollups AS r WHERE step_seconds = ${step} GROUP BY ${keys}, t ORDER BY ALL`,
    recounted: `SELECT ${keys}, toString(t) AS t, sum(c) AS n, sum(e) AS e, sum(ce) AS ce, sum(d) AS d, max(longest) AS m,
        toString(sumMap(map(bucket, c))) AS b, sum(q) AS q, sum(s) AS s, hex(argMax(slow, longest)) AS slowest,
        toString(min(fe)) AS first_error, toString(max(le)) AS last_error
      FROM (SELECT ${keys}, ${start} AS t, ${BUCKET} AS bucket, count() AS c,
          countIf(status = 'error' OR http_status >= 500) AS e, countIf(http_status BETWEEN 400 AND 499) AS ce,
          sum(duration_ns) AS d, max(duration_ns) AS longest, argMax(trace_id, duration_ns) AS slow,
          sum(request_bytes) AS q, sum(response_bytes) AS s,
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
        toString(min(r.oldest)) AS first, toString(max(r.newest)) AS last
      FROM span_rollups AS r WHERE step_seconds = ${step} GROUP BY ${keys}, k, t ORDER BY ALL`,
    recounted: `SELECT ${keys}, k, toString(t) AS t, sum(c) AS n, sum(e) AS e, sum(d) AS d, max(longest) AS m,
        toString(sumMap(map(bucket, c))) AS b, toString(min(o)) AS first, toString(max(nw)) AS last
      FROM (SELECT ${keys}, toString(kind) AS k, ${start} AS t, ${BUCKET} AS bucket, count() AS c,
          countIf(status = 'error' OR http_status >= 500) AS e, sum(duration_ns) AS d, max(duration_ns) AS longest,
          toDateTime(min(spans.time), 'UTC') AS o, toDateTime(max(spans.time), 'UTC') AS nw
        FROM spans GROUP BY ${keys}, k, t, bucket)
      GROUP BY ${keys}, k, t ORDER BY ALL`,
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

/** Widths of the cells in seconds, and the start of the one that a row's time lies in. */
const STEPS: Readonly<Record<string, string>> = {
  60: "toStartOfMinute(toDateTime(time, 'UTC'))",
  300: "toStartOfFiveMinutes(toDateTime(time, 'UTC'))",
  3600: "toStartOfHour(toDateTime(time, 'UTC'))",
  86400: "toDateTime(toStartOfDay(time), 'UTC')",
};

export const ROLLUPS: readonly Rollup[] = [
  ...Object.entries(STEPS).flatMap(([step, start]) => [
    requests(step, start),
    spans(step, start),
    logs(step, start),
  ]),
  {
    name: "metrics_1m",
    rolled: `SELECT ${SCOPE}, metric, series_id, toString(r.time) AS t, sum(r.points) AS n, sum(r.value_sum) AS v,
        min(r.value_min) AS lo, max(r.value_max) AS hi, argMaxMerge(r.value_last) AS last,
        argMaxMerge(r.count_last) AS c, argMaxMerge(r.sum_last) AS s
      FROM metrics_1m AS r GROUP BY ${SCOPE}, metric, series_id, t ORDER BY ALL`,
    recounted: `SELECT ${SCOPE}, metric, series_id, toString(toStartOfMinute(toDateTime(p.time, 'UTC'))) AS t, count() AS n,
        sum(p.value) AS v, min(p.value) AS lo, max(p.value) AS hi, argMax(p.value, p.time) AS last,
        argMax(p.count, p.time) AS c, argMax(p.sum, p.time) AS s
      FROM metric_points AS p GROUP BY ${SCOPE}, metric, series_id, t ORDER BY ALL`,
  },
  {
    name: "metric_series",
    rolled: `SELECT ${SCOPE}, metric, series_id, toString(min(first_seen)) AS first, toString(max(last_seen)) AS last
      FROM metric_series GROUP BY ${SCOPE}, metric, series_id ORDER BY ALL`,
    recounted: `SELECT ${SCOPE}, metric, series_id, toString(toDateTime(min(p.time), 'UTC')) AS first,
        toString(toDateTime(max(p.time), 'UTC')) AS last
      FROM metric_points AS p GROUP BY ${SCOPE}, metric, series_id ORDER BY ALL`,
  },
  ...["spans", "logs", "metric_points"].map((table) => ({
    name: `ingest_stored of ${table}`,
    rolled: `SELECT tenant_id, project_id, ingest_key, toString(r.time) AS t, sum(r.items) AS n FROM ingest_stored AS r
      WHERE signal = '${{ spans: "traces", logs: "logs", metric_points: "metrics" }[table]}'
      GROUP BY tenant_id, project_id, ingest_key, t ORDER BY ALL`,
    recounted: `SELECT tenant_id, project_id, ingest_key, toString(toStartOfMinute(received_at)) AS t, count() AS n
      FROM ${table} GROUP BY tenant_id, project_id, ingest_key, t ORDER BY ALL`,
  })),
];
