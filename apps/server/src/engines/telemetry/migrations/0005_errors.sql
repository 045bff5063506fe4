-- Errors that are alike, counted by release in the same cells as the rollups of 0001. Template language: see 0001.
--
-- `service` is part of what makes errors alike, so a fingerprint has one. What a group is called and where it happens stands
-- in cells of a day only. Users and sessions are sketches (uniqCombined64, exact for a few, within 1 % beyond), so that they
-- merge over time; a row whose sender named neither adds nothing to them.
CREATE TABLE IF NOT EXISTS {{table error_rollups}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  step_seconds UInt32,
  service LowCardinality(String),
  fingerprint UInt64,
  service_version LowCardinality(String),
  environment LowCardinality(String),
  source Enum8('span' = 1, 'log' = 2, 'browser' = 3),
  time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  count SimpleAggregateFunction(sum, UInt64),
  -- not caught by the application, as far as the sender says
  escaped SimpleAggregateFunction(sum, UInt64),
  first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
  last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
  -- when the first row arrived, by the server's clock: whether an error is new
  first_received_at SimpleAggregateFunction(min, DateTime('UTC')),
  users AggregateFunction(uniqCombined64, String),
  sessions AggregateFunction(uniqCombined64, String),
  -- the newest one that names a trace; zeros without any
  last_trace AggregateFunction(argMax, FixedString(16), UInt64) CODEC(LZ4),
  -- in cells of a day only
  type SimpleAggregateFunction(any, String) CODEC(ZSTD(1)),
  last_message AggregateFunction(argMax, String, UInt64) CODEC(ZSTD(1)),
  routes SimpleAggregateFunction(sumMap, Map(String, UInt64)) CODEC(ZSTD(1))
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, service, time, fingerprint, service_version, environment, source)
TTL time + INTERVAL 30 DAY DELETE WHERE step_seconds = 60, time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300,
  time + INTERVAL 1 YEAR DELETE
SETTINGS {{rollup_storage}};
{{distributed error_rollups cityHash64(tenant_id, fingerprint)}};

-- The inner GROUP BY counts by minute and route first, so that a burst of one error is few rows before it is spread.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{table error_rollups_from_exceptions}} TO {{name error_rollups}} AS
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
    count() AS n, countIf(e.escaped = 1) AS n_escaped,
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
