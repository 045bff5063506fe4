-- Cells of a minute are kept for a week, cells take fewer bytes, and metrics have cells of an hour. Template language: see
-- 0001. Measured in docs/decisions/0033-storage-and-long-ranges.md.
--
-- Seven days is what insight/rollups.ts answers by the minute; older ranges are read from five minutes, hours and days. Rows
-- that are older than that go in the background.
ALTER TABLE {{table request_rollups}} MODIFY TTL time + INTERVAL 7 DAY DELETE WHERE step_seconds = 60,
  time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300, time + INTERVAL 1 YEAR DELETE;
ALTER TABLE {{table span_rollups}} MODIFY TTL time + INTERVAL 7 DAY DELETE WHERE step_seconds = 60,
  time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300, time + INTERVAL 1 YEAR DELETE;
ALTER TABLE {{table query_rollups}} MODIFY TTL time + INTERVAL 7 DAY DELETE WHERE step_seconds = 60,
  time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300, time + INTERVAL 1 YEAR DELETE;
ALTER TABLE {{table error_rollups}} MODIFY TTL time + INTERVAL 7 DAY DELETE WHERE step_seconds = 60,
  time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300, time + INTERVAL 1 YEAR DELETE;
ALTER TABLE {{table log_rollups}} MODIFY TTL time + INTERVAL 7 DAY DELETE WHERE step_seconds = 60,
  time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300, time + INTERVAL 1 YEAR DELETE;
ALTER TABLE {{table vital_rollups}} MODIFY TTL time + INTERVAL 7 DAY DELETE WHERE step_seconds = 60,
  time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300, time + INTERVAL 1 YEAR DELETE;
ALTER TABLE {{table business_rollups}} MODIFY TTL time + INTERVAL 7 DAY DELETE WHERE step_seconds = 60,
  time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300, time + INTERVAL 1 YEAR DELETE;

-- T64 leaves out the bits that no bucket and no count of a block uses: half the bytes of LZ4 alone, and no slower to read.
-- Traces' ids are random; ZSTD finds what is around them. Parts change as they are merged.
ALTER TABLE {{table request_rollups}} MODIFY COLUMN IF EXISTS duration_buckets CODEC(T64, LZ4);
ALTER TABLE {{table request_rollups}} MODIFY COLUMN IF EXISTS slowest_trace CODEC(ZSTD(1));
ALTER TABLE {{table request_rollups}} MODIFY COLUMN IF EXISTS last_error_trace CODEC(ZSTD(1));
ALTER TABLE {{table span_rollups}} MODIFY COLUMN IF EXISTS duration_buckets CODEC(T64, LZ4);
ALTER TABLE {{table query_rollups}} MODIFY COLUMN IF EXISTS duration_buckets CODEC(T64, LZ4);
ALTER TABLE {{table query_rollups}} MODIFY COLUMN IF EXISTS slowest_trace CODEC(ZSTD(1));
ALTER TABLE {{table query_rollups}} MODIFY COLUMN IF EXISTS repeated_trace CODEC(ZSTD(1));

-- The trace of a failure where there was one, and of a group of repeated calls where there was one: before, every cell
-- held some trace's id that nobody asked for.
ALTER TABLE {{table request_rollups_from_spans}} MODIFY QUERY
SELECT tenant_id, project_id, step_seconds, service, route, service_version, environment,
  toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
  sum(n) AS count, sum(n_errors) AS errors, sum(n_client_errors) AS client_errors,
  sum(ns_sum) AS duration_ns_sum, max(ns_max) AS duration_ns_max,
  sumMap(map(bucket, n)) AS duration_buckets,
  sum(req_bytes) AS request_bytes, sum(res_bytes) AS response_bytes,
  min(first_error) AS first_error_at, max(last_error) AS last_error_at,
  argMaxMergeState(slowest) AS slowest_trace, argMaxMergeState(error_trace) AS last_error_trace, sum(n_stored) AS stored
FROM (
  SELECT tenant_id, project_id, service, route, service_version, environment,
    toStartOfMinute(toDateTime(time, 'UTC')) AS minute,
    toUInt16(floor(8 * log2(greatest(duration_ns, 1)))) AS bucket,
    sum(weight) AS n, count() AS n_stored, sumIf(weight, status = 'error' OR http_status >= 500) AS n_errors,
    sumIf(weight, http_status >= 400 AND http_status < 500) AS n_client_errors,
    sum(duration_ns * weight) AS ns_sum, max(duration_ns) AS ns_max,
    sum(request_bytes * weight) AS req_bytes, sum(response_bytes * weight) AS res_bytes,
    minOrNullIf(toDateTime64(time, 3, 'UTC'), status = 'error' OR http_status >= 500) AS first_error,
    maxOrNullIf(toDateTime64(time, 3, 'UTC'), status = 'error' OR http_status >= 500) AS last_error,
    argMaxState(trace_id, duration_ns) AS slowest,
    argMaxStateIf(trace_id, toUInt64(toUnixTimestamp64Milli(time)), status = 'error' OR http_status >= 500) AS error_trace
  FROM {{name spans}}
  WHERE kind = 'server'
  GROUP BY tenant_id, project_id, service, route, service_version, environment, minute, bucket
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY tenant_id, project_id, step_seconds, service, route, service_version, environment, time;

ALTER TABLE {{table query_rollups_from_spans}} MODIFY QUERY
SELECT tenant_id, project_id, step_seconds, service, query_hash, route, db_system, db_namespace, service_version, environment,
  toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
  any(if(step_seconds = 86400, text, '')) AS statement,
  sum(n_weighted) AS count, sum(n_errors) AS errors, sum(ns_sum) AS duration_ns_sum, max(ns_max) AS duration_ns_max,
  sumMap(buckets) AS duration_buckets, sum(n_rows) AS returned_rows,
  sumIf(group_weight, n >= 5) AS repeated_groups, sumIf(n_weighted, n >= 5) AS repeated_count, maxIf(n, n >= 5) AS repeated_max,
  max(last) AS newest,
  argMaxState(trace_id, ns_max) AS slowest_trace, argMaxStateIf(trace_id, n, n >= 5) AS repeated_trace
FROM (
  SELECT tenant_id, project_id, service, trace_id, route, service_version, environment,
    call.1 AS parent, call.2 AS text, cityHash64(call.2) AS query_hash, call.3 AS db_system, call.4 AS db_namespace,
    toStartOfMinute(call.5) AS minute,
    count() AS n, sum(call.9) AS n_weighted, max(call.9) AS group_weight, sum(call.7 * call.9) AS n_errors,
    sum(call.6 * call.9) AS ns_sum, max(call.6) AS ns_max,
    sumMap(map(toUInt16(floor(8 * log2(greatest(call.6, 1)))), call.9)) AS buckets,
    sum(call.8 * call.9) AS n_rows, max(call.5) AS last
  FROM (
    SELECT tenant_id, project_id, service, trace_id, service_version, environment,
      argMaxIf(spans.route, duration_ns, kind IN ('server', 'consumer')) AS route,
      groupArrayIf(
        (parent_span_id,
          if(attributes['db.query.text'] = '', toString(name), attributes['db.query.text']),
          toString(spans.db_system), attributes['db.namespace'], toDateTime(spans.time, 'UTC'), duration_ns,
          toUInt64(status = 'error'), toUInt64OrZero(attributes['db.response.returned_rows']), toUInt64(weight)),
        spans.db_system != '' AND kind != 'server' AND (attributes['db.query.text'] != '' OR NOT endsWith(name, 'connect'))
      ) AS calls
    FROM {{name spans}} AS spans
    WHERE spans.db_system != '' OR kind IN ('server', 'consumer')
    GROUP BY tenant_id, project_id, service, trace_id, service_version, environment
    HAVING notEmpty(calls)
  )
  ARRAY JOIN calls AS call
  GROUP BY tenant_id, project_id, service, trace_id, route, service_version, environment, parent, text, db_system, db_namespace,
    minute
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY tenant_id, project_id, step_seconds, service, query_hash, route, db_system, db_namespace, service_version, environment,
  time;

-- Why: 0006.
DETACH TABLE IF EXISTS {{table request_rollups_from_spans}};
ATTACH TABLE IF NOT EXISTS {{table request_rollups_from_spans}};
DETACH TABLE IF EXISTS {{table query_rollups_from_spans}};
ATTACH TABLE IF NOT EXISTS {{table query_rollups_from_spans}};

-- The longest span of a granule that enters a service, and the longest that failed, plus one; 0 without any. A search for
-- rare ones passes over what has none: insight/entrySpans.ts says the same expressions. Older parts are searched as before
-- until they are gone, after 30 days at most.
ALTER TABLE {{table spans}} ADD INDEX IF NOT EXISTS entry_ns
  if(kind = 'server' OR kind = 'consumer' OR empty(parent_span_id), duration_ns + 1, 0) TYPE minmax GRANULARITY 1;
ALTER TABLE {{table spans}} ADD INDEX IF NOT EXISTS failed_entry_ns
  if((kind = 'server' OR kind = 'consumer' OR empty(parent_span_id)) AND (status = 'error' OR http_status >= 500),
    duration_ns + 1, 0) TYPE minmax GRANULARITY 1;

-- Metric series by hour: weeks of them by the minute are millions of rows. `last_at` is when the last value was read.
CREATE TABLE IF NOT EXISTS {{table metrics_1h}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  service LowCardinality(String),
  metric LowCardinality(String),
  series_id UInt64,
  time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  points SimpleAggregateFunction(sum, UInt64),
  value_sum SimpleAggregateFunction(sum, Float64),
  value_min SimpleAggregateFunction(min, Float64),
  value_max SimpleAggregateFunction(max, Float64),
  value_last AggregateFunction(argMax, Float64, DateTime64(9, 'UTC')),
  count_last AggregateFunction(argMax, UInt64, DateTime64(9, 'UTC')),
  sum_last AggregateFunction(argMax, Float64, DateTime64(9, 'UTC')),
  last_at SimpleAggregateFunction(max, DateTime('UTC'))
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, service, metric, series_id, time)
TTL time + INTERVAL 1 YEAR
SETTINGS {{rollup_storage}};
{{distributed metrics_1h cityHash64(tenant_id, service)}};

-- What was stored before, of its minutes; the engine adds rows of one hour up as it writes them. Nothing is loaded while
-- the product migrates, so running it twice begins anew. (Stop all instances but one for the upgrade: see 0006.)
TRUNCATE TABLE IF EXISTS {{table metrics_1h}};
INSERT INTO metrics_1h
SELECT tenant_id, project_id, service, metric, series_id, toStartOfHour(m.time) AS time, points, value_sum, value_min, value_max,
  value_last, count_last, sum_last, m.time AS last_at
FROM metrics_1m AS m SETTINGS insert_deduplicate = 0, distributed_foreground_insert = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table metrics_1h_from_points}} TO {{name metrics_1h}} AS
SELECT tenant_id, project_id, service, metric, series_id, toStartOfHour(toDateTime(p.time, 'UTC')) AS time,
  count() AS points, sum(p.value) AS value_sum, min(p.value) AS value_min, max(p.value) AS value_max,
  argMaxState(p.value, p.time) AS value_last, argMaxState(p.count, p.time) AS count_last,
  argMaxState(p.sum, p.time) AS sum_last, toDateTime(max(p.time), 'UTC') AS last_at
FROM {{name metric_points}} AS p
GROUP BY tenant_id, project_id, service, metric, series_id, toStartOfHour(toDateTime(p.time, 'UTC'));
