-- Business numbers (packages/contract/src/business.ts): counts of the standard events, one row a session and five minutes,
-- one row an order. Template language: see 0001.

-- Counts by event, from browsers and servers. Only the standard names: whatever else a site calls its events is not counted.
CREATE TABLE IF NOT EXISTS {{table business_rollups}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  step_seconds UInt32,
  event LowCardinality(String),
  time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  source Enum8('browser' = 1, 'server' = 2),
  count SimpleAggregateFunction(sum, UInt64)
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, event, time, source)
TTL time + INTERVAL 30 DAY DELETE WHERE step_seconds = 60, time + INTERVAL 60 DAY DELETE WHERE step_seconds = 300,
  time + INTERVAL 1 YEAR DELETE
SETTINGS {{rollup_storage}};
{{distributed business_rollups cityHash64(tenant_id, event)}};

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table business_rollups_from_browser}} TO {{name business_rollups}} AS
SELECT tenant_id, project_id, step_seconds, name AS event,
  toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
  CAST(1, 'Enum8(\'browser\' = 1, \'server\' = 2)') AS source, sum(n) AS count
FROM (
  SELECT tenant_id, project_id, e.name AS name, toStartOfMinute(toDateTime(e.time, 'UTC')) AS minute, count() AS n
  FROM {{name browser_events}} AS e
  WHERE type = 'event'
    AND name IN ('product_view', 'search', 'add_to_cart', 'checkout', 'order', 'order_completed', 'order_cancelled')
  GROUP BY tenant_id, project_id, name, minute
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY tenant_id, project_id, step_seconds, event, time;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table business_rollups_from_logs}} TO {{name business_rollups}} AS
SELECT tenant_id, project_id, step_seconds, event_name AS event,
  toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
  CAST(2, 'Enum8(\'browser\' = 1, \'server\' = 2)') AS source, sum(n) AS count
FROM (
  SELECT tenant_id, project_id, l.event_name AS event_name, toStartOfMinute(toDateTime(l.time, 'UTC')) AS minute, count() AS n
  FROM {{name logs}} AS l
  WHERE event_name IN ('product_view', 'search', 'add_to_cart', 'checkout', 'order', 'order_completed', 'order_cancelled')
  GROUP BY tenant_id, project_id, event_name, minute
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY tenant_id, project_id, step_seconds, event, time;

-- What a session did in each five minutes that it was active in. A range adds up its sessions' rows, so that whoever put
-- something into the cart at 11:58 and ordered at 12:03 is one session that ordered.
CREATE TABLE IF NOT EXISTS {{table business_sessions}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  -- start of the five minutes
  time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
  last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
  cart_adds SimpleAggregateFunction(sum, UInt64),
  checkouts SimpleAggregateFunction(sum, UInt64),
  orders SimpleAggregateFunction(sum, UInt64),
  -- Of its slowest page view; 0 is unknown. Not a mean: the row that takes a replaced report back names no session, and a
  -- largest content that is reported again is later.
  lcp_ms_max SimpleAggregateFunction(max, Float64)
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, time, session_id)
TTL time + INTERVAL 90 DAY
SETTINGS {{rollup_storage}};
{{distributed business_sessions cityHash64(tenant_id, session_id)}};

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table business_sessions_from_page_views}} TO {{name business_sessions}} AS
SELECT tenant_id, project_id, toStartOfFiveMinutes(toDateTime(p.time, 'UTC')) AS time, session_id,
  min(p.time) AS first_at, max(p.time) AS last_at, toUInt64(0) AS cart_adds, toUInt64(0) AS checkouts, toUInt64(0) AS orders,
  toFloat64(0) AS lcp_ms_max
FROM {{name page_views}} AS p WHERE session_id != ''
GROUP BY tenant_id, project_id, time, session_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table business_sessions_from_browser}} TO {{name business_sessions}} AS
SELECT tenant_id, project_id, toStartOfFiveMinutes(toDateTime(e.time, 'UTC')) AS time, session_id,
  min(e.time) AS first_at, max(e.time) AS last_at, countIf(e.name = 'add_to_cart') AS cart_adds,
  countIf(e.name = 'checkout') AS checkouts, countIf(e.name = 'order') AS orders,
  toFloat64(0) AS lcp_ms_max
FROM {{name browser_events}} AS e WHERE session_id != '' AND type = 'event'
GROUP BY tenant_id, project_id, time, session_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table business_sessions_from_logs}} TO {{name business_sessions}} AS
SELECT tenant_id, project_id, toStartOfFiveMinutes(toDateTime(l.time, 'UTC')) AS time, l.attributes['session.id'] AS session_id,
  toDateTime64(min(l.time), 3, 'UTC') AS first_at, toDateTime64(max(l.time), 3, 'UTC') AS last_at,
  countIf(event_name = 'add_to_cart') AS cart_adds, countIf(event_name = 'checkout') AS checkouts,
  countIf(event_name = 'order') AS orders, toFloat64(0) AS lcp_ms_max
FROM {{name logs}} AS l
WHERE event_name IN ('product_view', 'search', 'add_to_cart', 'checkout', 'order', 'order_completed', 'order_cancelled')
  AND l.attributes['session.id'] != ''
GROUP BY tenant_id, project_id, time, session_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table business_sessions_from_vitals}} TO {{name business_sessions}} AS
SELECT tenant_id, project_id, toStartOfFiveMinutes(toDateTime(v.time, 'UTC')) AS time, session_id,
  min(v.time) AS first_at, max(v.time) AS last_at, toUInt64(0) AS cart_adds, toUInt64(0) AS checkouts, toUInt64(0) AS orders,
  max(v.value) AS lcp_ms_max
FROM {{name web_vitals}} AS v WHERE session_id != '' AND metric = 'LCP' AND sign = 1
GROUP BY tenant_id, project_id, time, session_id;

-- One row an order, however often and by whom it is sent: browser and server may both tell of it. Without an id of its own
-- each event is an order. Amounts are what was told in the currency's own unit; what is no amount from 0 to a billion is 0.
CREATE TABLE IF NOT EXISTS {{table business_orders}} (
  tenant_id LowCardinality(String),
  project_id LowCardinality(String),
  order_key String CODEC(ZSTD(1)),
  -- null while only its end is known
  placed_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
  -- completed or cancelled; null while it is active
  closed_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
  cancelled_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
  revenue SimpleAggregateFunction(max, Decimal(18, 4)),
  currency SimpleAggregateFunction(max, String),
  last_at SimpleAggregateFunction(max, DateTime('UTC'))
) ENGINE = {{engine AggregatingMergeTree}}
ORDER BY (tenant_id, project_id, order_key)
TTL last_at + INTERVAL 1 YEAR
SETTINGS {{rollup_storage}};
{{distributed business_orders cityHash64(tenant_id, order_key)}};

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table business_orders_from_browser}} TO {{name business_orders}} AS
SELECT tenant_id, project_id,
  if(e.attributes['order_id'] != '', substring(e.attributes['order_id'], 1, 200),
    concat('\t', session_id, '\t', page_view_id, '\t', toString(e.time))) AS order_key,
  minOrNullIf(e.time, e.name = 'order') AS placed_at, minOrNullIf(e.time, e.name != 'order') AS closed_at,
  minOrNullIf(e.time, e.name = 'order_cancelled') AS cancelled_at,
  max(if(e.name = 'order' AND toFloat64OrZero(e.attributes['revenue']) BETWEEN 0 AND 1e9,
    toDecimal64OrZero(e.attributes['revenue'], 4), toDecimal64(0, 4))) AS revenue,
  max(if(match(e.attributes['currency'], '^[A-Za-z]{3}$'), upper(e.attributes['currency']), '')) AS currency,
  toDateTime(max(e.time), 'UTC') AS last_at
FROM {{name browser_events}} AS e
WHERE type = 'event' AND (e.name = 'order' OR (e.name IN ('order_completed', 'order_cancelled') AND e.attributes['order_id'] != ''))
GROUP BY tenant_id, project_id, order_key;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{table business_orders_from_logs}} TO {{name business_orders}} AS
SELECT tenant_id, project_id,
  if(l.attributes['order_id'] != '', substring(l.attributes['order_id'], 1, 200),
    concat('\t', l.attributes['session.id'], '\t', hex(l.span_id), '\t', toString(l.time))) AS order_key,
  minOrNullIf(toDateTime64(l.time, 3, 'UTC'), event_name = 'order') AS placed_at,
  minOrNullIf(toDateTime64(l.time, 3, 'UTC'), event_name != 'order') AS closed_at,
  minOrNullIf(toDateTime64(l.time, 3, 'UTC'), event_name = 'order_cancelled') AS cancelled_at,
  max(if(event_name = 'order' AND toFloat64OrZero(l.attributes['revenue']) BETWEEN 0 AND 1e9,
    toDecimal64OrZero(l.attributes['revenue'], 4), toDecimal64(0, 4))) AS revenue,
  max(if(match(l.attributes['currency'], '^[A-Za-z]{3}$'), upper(l.attributes['currency']), '')) AS currency,
  toDateTime(max(l.time), 'UTC') AS last_at
FROM {{name logs}} AS l
WHERE event_name = 'order' OR (event_name IN ('order_completed', 'order_cancelled') AND l.attributes['order_id'] != '')
GROUP BY tenant_id, project_id, order_key;
