-- What browsers send: web vitals, page views, and what else happened in a visit. Template language: see 0001.
-- Times are milliseconds by the visitor's clock. `page` is the path with ids folded (`/products/:id`), `path` as it was sent
-- without query and fragment, `origin` the site it belongs to.

-- One row per report of a vital, since CLS and INP are sent again whenever they change. `sign` keeps every sum right
-- without a look at other rows (docs/decisions/0013): 1 counts; 0 is a report that was known already or came after a newer
-- one; -1 takes back an earlier report of the same id that is now replaced (a row of ours, without attribution).
CREATE TABLE IF NOT EXISTS {{table web_vitals}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  metric LowCardinality(String),
  page LowCardinality(String),
  time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  id String CODEC(ZSTD(1)),
  sign Int8 CODEC(ZSTD(1)),
  -- milliseconds; CLS has no unit
  value Float64 CODEC(ZSTD(1)),
  navigation_type LowCardinality(String),
  device_type LowCardinality(String),
  connection_type LowCardinality(String),
  country LowCardinality(String),
  release LowCardinality(String),
  environment LowCardinality(String),
  origin LowCardinality(String),
  path String CODEC(ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  page_view_id String CODEC(ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  attribution Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  ingest_key LowCardinality(String),
  received_at DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX page_view_bloom page_view_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {{engine MergeTree}}
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, metric, page, time)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS {{storage}}, ttl_only_drop_parts = 1;
{{distributed web_vitals cityHash64(tenant_id, id)}};

CREATE TABLE IF NOT EXISTS {{table page_views}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  page LowCardinality(String),
  time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  page_view_id String CODEC(ZSTD(1)),
  navigation_type LowCardinality(String),
  title String CODEC(ZSTD(1)),
  -- origin and path
  referrer String CODEC(ZSTD(1)),
  -- to the end of the load event; 0 for soft navigations
  load_duration_ms Float64 CODEC(ZSTD(1)),
  device_type LowCardinality(String),
  connection_type LowCardinality(String),
  country LowCardinality(String),
  release LowCardinality(String),
  environment LowCardinality(String),
  origin LowCardinality(String),
  path String CODEC(ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  ingest_key LowCardinality(String),
  received_at DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  INDEX session_bloom session_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {{engine MergeTree}}
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, page, time)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS {{storage}}, ttl_only_drop_parts = 1;
{{distributed page_views cityHash64(tenant_id, session_id)}};

-- Whatever else a page view did, one row an item. Errors are rows of `exceptions` with source 'browser'.
CREATE TABLE IF NOT EXISTS {{table browser_events}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  type Enum8('event' = 1, 'request' = 2, 'long_animation_frame' = 3, 'resources' = 4),
  -- of an event its own name; of a request method and address with ids folded; of a long frame its longest script
  name LowCardinality(String),
  time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  page_view_id String CODEC(ZSTD(1)),
  page LowCardinality(String),
  duration_ms Float64 CODEC(ZSTD(1)),
  -- of a long frame
  blocking_ms Float64 CODEC(ZSTD(1)),
  -- of a request; 0 is no answer
  status_code UInt16 CODEC(T64, ZSTD(1)),
  -- a request's own, as it sent them in `traceparent`; otherwise the page's, with no span
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(ZSTD(1)),
  url String CODEC(ZSTD(1)),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  -- JSON: scripts of a long frame, longest resources of a page view; empty otherwise
  detail String CODEC(ZSTD(1)),
  device_type LowCardinality(String),
  connection_type LowCardinality(String),
  country LowCardinality(String),
  release LowCardinality(String),
  environment LowCardinality(String),
  origin LowCardinality(String),
  path String CODEC(ZSTD(1)),
  ingest_key LowCardinality(String),
  received_at DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  INDEX session_bloom session_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX page_view_bloom page_view_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {{engine MergeTree}}
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, type, name, time)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS {{storage}}, ttl_only_drop_parts = 1;
{{distributed browser_events cityHash64(tenant_id, session_id)}};

-- Page weight by the origin it came from: one row per origin of a `resources` item.
CREATE TABLE IF NOT EXISTS {{table resource_origins}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  page LowCardinality(String),
  time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  page_view_id String CODEC(ZSTD(1)),
  resource_origin LowCardinality(String),
  is_third_party UInt8,
  resources UInt32 CODEC(T64, ZSTD(1)),
  scripts UInt32 CODEC(T64, ZSTD(1)),
  transfer_bytes UInt64 CODEC(T64, ZSTD(1)),
  duration_ms Float64 CODEC(ZSTD(1)),
  device_type LowCardinality(String),
  release LowCardinality(String),
  ingest_key LowCardinality(String),
  received_at DateTime('UTC') CODEC(Delta(4), ZSTD(1))
) ENGINE = {{engine MergeTree}}
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, page, resource_origin, time)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS {{storage}}, ttl_only_drop_parts = 1;
{{distributed resource_origins cityHash64(tenant_id, page_view_id)}};

-- Vitals in cells of a minute, five minutes, an hour and a day, three times over, told apart by `slice`:
--   site    all pages together
--   page    by page
--   detail  by page, country and connection; hours and days only, since narrower cells would be as many as raw rows
-- Columns that a slice does not tell apart are empty. Values are log-bucket histograms as in 0001, eight buckets an octave, of
-- nanoseconds and, for CLS, of billionths: bucket k = floor(8 * log2(value)), 0 for less than one. Counts are signed, so that a
-- report that replaces another one leaves one count behind.
CREATE TABLE IF NOT EXISTS {{table vital_rollups}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  step_seconds UInt32,
  slice Enum8('site' = 1, 'page' = 2, 'detail' = 3),
  metric LowCardinality(String),
  page LowCardinality(String),
  time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  device_type LowCardinality(String),
  navigation_type LowCardinality(String),
  release LowCardinality(String),
  environment LowCardinality(String),
  country LowCardinality(String),
  connection_type LowCardinality(String),
  count SimpleAggregateFunction(sum, Int64),
  -- up to the published threshold of "good", and above that of "poor"
  good SimpleAggregateFunction(sum, Int64),
  poor SimpleAggregateFunction(sum, Int64),
  buckets SimpleAggregateFunction(sumMap, Map(UInt16, Int64)) CODEC(LZ4)
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, slice, metric, page, time, device_type, navigation_type, release, environment,
  country, connection_type)
TTL time + INTERVAL 30 DAY DELETE WHERE step_seconds = 60, time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300,
  time + INTERVAL 1 YEAR DELETE
SETTINGS {{rollup_storage}};
{{distributed vital_rollups cityHash64(tenant_id, page)}};

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table vital_rollups_from_vitals}} TO {{name vital_rollups}} AS
SELECT tenant_id, project_id, cell.1 AS step_seconds,
  CAST(cell.2, 'Enum8(\'site\' = 1, \'page\' = 2, \'detail\' = 3)') AS slice, metric,
  toLowCardinality(if(cell.2 = 1, '', toString(full_page))) AS page,
  toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
  device_type, navigation_type, release, environment,
  toLowCardinality(if(cell.2 = 3, toString(full_country), '')) AS country,
  toLowCardinality(if(cell.2 = 3, toString(full_connection), '')) AS connection_type,
  sum(n) AS count, sum(n_good) AS good, sum(n_poor) AS poor, sumMap(map(bucket, n)) AS buckets
FROM (
  SELECT tenant_id, project_id, metric, v.page AS full_page, device_type, navigation_type, release, environment,
    v.country AS full_country, v.connection_type AS full_connection,
    toStartOfMinute(toDateTime(v.time, 'UTC')) AS minute,
    toUInt16(floor(8 * log2(greatest(v.value * if(metric = 'CLS', 1e9, 1e6), 1)))) AS bucket,
    sum(toInt64(sign)) AS n,
    sumIf(toInt64(sign), v.value <= transform(metric, ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'], [2500., 200., 0.1, 1800., 800.], 0.)) AS n_good,
    sumIf(toInt64(sign), v.value > transform(metric, ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'], [4000., 500., 0.25, 3000., 1800.], 0.)) AS n_poor
  FROM {{name web_vitals}} AS v
  WHERE sign != 0
  GROUP BY tenant_id, project_id, metric, full_page, device_type, navigation_type, release, environment, full_country,
    full_connection, minute, bucket
)
ARRAY JOIN [(toUInt32(60), toInt8(1)), (300, 1), (3600, 1), (86400, 1), (60, 2), (300, 2), (3600, 2), (86400, 2), (3600, 3),
  (86400, 3)] AS cell
GROUP BY tenant_id, project_id, step_seconds, slice, metric, page, time, device_type, navigation_type, release, environment,
  country, connection_type;

-- The ledger's count of what is really stored. Rows that only take back another one were not received.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{table ingest_stored_from_vitals}} TO {{name ingest_stored}} AS
SELECT tenant_id, project_id, ingest_key, 'web_vitals' AS signal, toStartOfMinute(received_at) AS time, count() AS items
FROM {{name web_vitals}} WHERE sign >= 0 GROUP BY tenant_id, project_id, ingest_key, time;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table ingest_stored_from_page_views}} TO {{name ingest_stored}} AS
SELECT tenant_id, project_id, ingest_key, 'events' AS signal, toStartOfMinute(received_at) AS time, count() AS items
FROM {{name page_views}} GROUP BY tenant_id, project_id, ingest_key, time;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table ingest_stored_from_browser_events}} TO {{name ingest_stored}} AS
SELECT tenant_id, project_id, ingest_key, 'events' AS signal, toStartOfMinute(received_at) AS time, count() AS items
FROM {{name browser_events}} GROUP BY tenant_id, project_id, ingest_key, time;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table ingest_stored_from_browser_errors}} TO {{name ingest_stored}} AS
SELECT tenant_id, project_id, ingest_key, 'events' AS signal, toStartOfMinute(received_at) AS time, count() AS items
FROM {{name exceptions}} WHERE source = 'browser' GROUP BY tenant_id, project_id, ingest_key, time;
