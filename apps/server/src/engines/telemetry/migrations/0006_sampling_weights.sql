-- How many spans a sampled one stands for (ingest/decode/spanWeight): rollups count those, not rows. Template language: see
-- 0001, and {{distributed_column NAME COLUMN …}}: nothing, or the column for the Distributed table NAME.
--
-- What was stored before counts as it did: 1. `stored` counts rows: what a reader of raw rows has to expect, and what the
-- rows of a cell really say about it. The views keep their identity, so a load that is repeated after an upgrade is dropped
-- as before: ../migrate/upgrade.test.ts.
ALTER TABLE {{table spans}} ADD COLUMN IF NOT EXISTS weight UInt16 DEFAULT 1 CODEC(T64, ZSTD(1));
{{distributed_column spans weight UInt16 DEFAULT 1}};
ALTER TABLE {{table exceptions}} ADD COLUMN IF NOT EXISTS weight UInt16 DEFAULT 1 CODEC(T64, ZSTD(1));
{{distributed_column exceptions weight UInt16 DEFAULT 1}};
ALTER TABLE {{table request_rollups}} ADD COLUMN IF NOT EXISTS stored SimpleAggregateFunction(sum, UInt64) DEFAULT count;
{{distributed_column request_rollups stored SimpleAggregateFunction(sum, UInt64) DEFAULT count}};
ALTER TABLE {{table span_rollups}} ADD COLUMN IF NOT EXISTS stored SimpleAggregateFunction(sum, UInt64) DEFAULT count;
{{distributed_column span_rollups stored SimpleAggregateFunction(sum, UInt64) DEFAULT count}};

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
    argMaxState(trace_id, toUInt64(if(status = 'error' OR http_status >= 500, toUnixTimestamp64Milli(time), 0))) AS error_trace
  FROM {{name spans}}
  WHERE kind = 'server'
  GROUP BY tenant_id, project_id, service, route, service_version, environment, minute, bucket
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY tenant_id, project_id, step_seconds, service, route, service_version, environment, time;

ALTER TABLE {{table span_rollups_from_spans}} MODIFY QUERY
SELECT tenant_id, project_id, step_seconds, service, kind, service_version, environment,
  toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
  sum(n) AS count, sum(n_errors) AS errors, sum(ns_sum) AS duration_ns_sum, max(ns_max) AS duration_ns_max,
  sumMap(map(bucket, n)) AS duration_buckets, min(first) AS oldest, max(last) AS newest,
  sum(n_stored) AS stored
FROM (
  SELECT tenant_id, project_id, service, kind, service_version, environment,
    toStartOfMinute(toDateTime(time, 'UTC')) AS minute,
    toUInt16(floor(8 * log2(greatest(duration_ns, 1)))) AS bucket,
    sum(weight) AS n, count() AS n_stored, sumIf(weight, status = 'error' OR http_status >= 500) AS n_errors,
    sum(duration_ns * weight) AS ns_sum, max(duration_ns) AS ns_max,
    toDateTime(min(spans.time), 'UTC') AS first, toDateTime(max(spans.time), 'UTC') AS last
  FROM {{name spans}} AS spans
  GROUP BY tenant_id, project_id, service, kind, service_version, environment, minute, bucket
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY tenant_id, project_id, step_seconds, service, kind, service_version, environment, time;

-- A group of repeated calls is one trace's, kept all or not at all: it counts as often as its trace.
ALTER TABLE {{table query_rollups_from_spans}} MODIFY QUERY
SELECT tenant_id, project_id, step_seconds, service, query_hash, route, db_system, db_namespace, service_version, environment,
  toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
  any(if(step_seconds = 86400, text, '')) AS statement,
  sum(n_weighted) AS count, sum(n_errors) AS errors, sum(ns_sum) AS duration_ns_sum, max(ns_max) AS duration_ns_max,
  sumMap(buckets) AS duration_buckets, sum(n_rows) AS returned_rows,
  sumIf(group_weight, n >= 5) AS repeated_groups, sumIf(n_weighted, n >= 5) AS repeated_count, maxIf(n, n >= 5) AS repeated_max,
  max(last) AS newest,
  argMaxState(trace_id, ns_max) AS slowest_trace, argMaxState(trace_id, if(n >= 5, n, 0)) AS repeated_trace
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

ALTER TABLE {{table error_rollups_from_exceptions}} MODIFY QUERY
SELECT tenant_id, project_id, step_seconds, service, fingerprint, service_version, environment, source,
  toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
  sum(n) AS count, sum(n_escaped) AS escaped, min(first) AS first_at, max(last) AS last_at, min(received) AS first_received_at,
  uniqCombined64MergeState(user_ids) AS users, uniqCombined64MergeState(session_ids) AS sessions,
  argMaxMergeState(newest_trace) AS last_trace,
  any(if(step_seconds = 86400, error_type, '')) AS type,
  argMaxState(if(step_seconds = 86400, message, ''), message_at) AS last_message,
  sumMap(if(step_seconds = 86400, map(route, n), CAST(map(), 'Map(String, UInt64)'))) AS routes
FROM (
  SELECT tenant_id, project_id, service, fingerprint, service_version, environment, source, toString(e.route) AS route,
    toStartOfMinute(toDateTime(e.time, 'UTC')) AS minute,
    sum(e.weight) AS n, sumIf(e.weight, e.escaped = 1) AS n_escaped,
    toDateTime64(min(e.time), 3, 'UTC') AS first, toDateTime64(max(e.time), 3, 'UTC') AS last,
    min(e.received_at) AS received,
    uniqCombined64StateIf(
      if(e.attributes['user.id'] != '', e.attributes['user.id'], e.attributes['enduser.id']),
      e.attributes['user.id'] != '' OR e.attributes['enduser.id'] != '') AS user_ids,
    uniqCombined64StateIf(e.attributes['session.id'], e.attributes['session.id'] != '') AS session_ids,
    argMaxState(e.trace_id, toUInt64(if(e.trace_id = toFixedString('', 16), 0, toUnixTimestamp64Milli(e.time)))) AS newest_trace,
    any(toString(e.type)) AS error_type,
    argMax(substringUTF8(e.message, 1, 300), e.time) AS message, toUInt64(toUnixTimestamp64Milli(max(e.time))) AS message_at
  FROM {{name exceptions}} AS e
  GROUP BY tenant_id, project_id, service, fingerprint, service_version, environment, source, route, minute
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY tenant_id, project_id, step_seconds, service, fingerprint, service_version, environment, source, time;

-- A view that was changed forgets by what it knows repeated loads until it is read from disk again: without this a load
-- that is repeated after the next start would be counted twice. (Seen with 26.7.)
DETACH TABLE IF EXISTS {{table request_rollups_from_spans}};
ATTACH TABLE IF NOT EXISTS {{table request_rollups_from_spans}};
DETACH TABLE IF EXISTS {{table span_rollups_from_spans}};
ATTACH TABLE IF NOT EXISTS {{table span_rollups_from_spans}};
DETACH TABLE IF EXISTS {{table query_rollups_from_spans}};
ATTACH TABLE IF NOT EXISTS {{table query_rollups_from_spans}};
DETACH TABLE IF EXISTS {{table error_rollups_from_exceptions}};
ATTACH TABLE IF NOT EXISTS {{table error_rollups_from_exceptions}};
