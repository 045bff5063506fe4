-- What services ask their databases, by statement without literals (ingest/decode/statement). Template language: see 0001.
--
-- One row a statement, endpoint and release, in the same cells as the rollups of 0001. `route` is that of the request the
-- statement ran for: of the longest server or consumer span of the trace and service that came in the same load, empty when
-- there was none. `repeated_…` count groups of at least 5 executions of one statement below one span: N+1 candidates.
CREATE TABLE IF NOT EXISTS {{table query_rollups}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  step_seconds UInt32,
  service LowCardinality(String),
  query_hash UInt64,
  route LowCardinality(String),
  db_system LowCardinality(String),
  db_namespace LowCardinality(String),
  service_version LowCardinality(String),
  environment LowCardinality(String),
  time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  -- the statement, in cells of a day only; it is the same in all of them
  statement SimpleAggregateFunction(any, String) CODEC(ZSTD(1)),
  count SimpleAggregateFunction(sum, UInt64),
  errors SimpleAggregateFunction(sum, UInt64),
  duration_ns_sum SimpleAggregateFunction(sum, UInt64),
  duration_ns_max SimpleAggregateFunction(max, UInt64),
  duration_buckets SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(LZ4),
  returned_rows SimpleAggregateFunction(sum, UInt64),
  repeated_groups SimpleAggregateFunction(sum, UInt64),
  repeated_count SimpleAggregateFunction(sum, UInt64),
  repeated_max SimpleAggregateFunction(max, UInt64),
  newest SimpleAggregateFunction(max, DateTime('UTC')),
  slowest_trace AggregateFunction(argMax, FixedString(16), UInt64) CODEC(LZ4),
  -- of the largest group
  repeated_trace AggregateFunction(argMax, FixedString(16), UInt64) CODEC(LZ4)
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, service, time, query_hash, route, db_system, db_namespace, service_version,
  environment)
TTL time + INTERVAL 30 DAY DELETE WHERE step_seconds = 60, time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300,
  time + INTERVAL 1 YEAR DELETE
SETTINGS {{rollup_storage}};
{{distributed query_rollups cityHash64(tenant_id, service)}};

-- From the inside out: the spans of a trace in this load with the route they ran for; one row a call; one row a statement
-- below one parent; cells.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{table query_rollups_from_spans}} TO {{name query_rollups}} AS
SELECT tenant_id, project_id, step_seconds, service, query_hash, route, db_system, db_namespace, service_version, environment,
  toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
  any(if(step_seconds = 86400, text, '')) AS statement,
  sum(n) AS count, sum(n_errors) AS errors, sum(ns_sum) AS duration_ns_sum, max(ns_max) AS duration_ns_max,
  sumMap(buckets) AS duration_buckets, sum(n_rows) AS returned_rows,
  countIf(n >= 5) AS repeated_groups, sumIf(n, n >= 5) AS repeated_count, maxIf(n, n >= 5) AS repeated_max,
  max(last) AS newest,
  argMaxState(trace_id, ns_max) AS slowest_trace, argMaxState(trace_id, if(n >= 5, n, 0)) AS repeated_trace
FROM (
  SELECT tenant_id, project_id, service, trace_id, route, service_version, environment,
    call.1 AS parent, call.2 AS text, cityHash64(call.2) AS query_hash, call.3 AS db_system, call.4 AS db_namespace,
    toStartOfMinute(call.5) AS minute,
    count() AS n, sum(call.7) AS n_errors, sum(call.6) AS ns_sum, max(call.6) AS ns_max,
    sumMap(map(toUInt16(floor(8 * log2(greatest(call.6, 1)))), toUInt64(1))) AS buckets,
    sum(call.8) AS n_rows, max(call.5) AS last
  FROM (
    SELECT tenant_id, project_id, service, trace_id, service_version, environment,
      argMaxIf(spans.route, duration_ns, kind IN ('server', 'consumer')) AS route,
      groupArrayIf(
        (parent_span_id,
          if(attributes['db.query.text'] = '', toString(name), attributes['db.query.text']),
          toString(spans.db_system), attributes['db.namespace'], toDateTime(spans.time, 'UTC'), duration_ns,
          toUInt64(status = 'error'), toUInt64OrZero(attributes['db.response.returned_rows'])),
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
