-- What the migrations leave behind on one server. Written by UPDATE_SNAPSHOTS=1 and the test beside them.

CREATE TABLE throughline.browser_events
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `type` Enum8('event' = 1, 'request' = 2, 'long_animation_frame' = 3, 'resources' = 4),
    `name` LowCardinality(String),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `session_id` String CODEC(ZSTD(1)),
    `page_view_id` String CODEC(ZSTD(1)),
    `page` LowCardinality(String),
    `duration_ms` Float64 CODEC(ZSTD(1)),
    `blocking_ms` Float64 CODEC(ZSTD(1)),
    `status_code` UInt16 CODEC(T64, ZSTD(1)),
    `trace_id` FixedString(16) CODEC(ZSTD(1)),
    `span_id` FixedString(8) CODEC(ZSTD(1)),
    `url` String CODEC(ZSTD(1)),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `detail` String CODEC(ZSTD(1)),
    `device_type` LowCardinality(String),
    `connection_type` LowCardinality(String),
    `country` LowCardinality(String),
    `release` LowCardinality(String),
    `environment` LowCardinality(String),
    `origin` LowCardinality(String),
    `path` String CODEC(ZSTD(1)),
    `ingest_key` LowCardinality(String),
    `received_at` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    INDEX session_bloom session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX page_view_bloom page_view_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, type, name, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', ttl_only_drop_parts = 1, index_granularity = 8192;

CREATE TABLE throughline.business_orders
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `order_key` String CODEC(ZSTD(1)),
    `placed_at` SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
    `closed_at` SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
    `cancelled_at` SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
    `revenue` SimpleAggregateFunction(max, Decimal(18, 4)),
    `currency` SimpleAggregateFunction(max, String),
    `last_at` SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, project_id, order_key)
TTL last_at + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.business_orders_from_browser TO throughline.business_orders
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `order_key` String,
    `placed_at` Nullable(DateTime64(3, 'UTC')),
    `closed_at` Nullable(DateTime64(3, 'UTC')),
    `cancelled_at` Nullable(DateTime64(3, 'UTC')),
    `revenue` Decimal(18, 4),
    `currency` String,
    `last_at` DateTime('UTC')
)
AS SELECT
    tenant_id,
    project_id,
    if((e.attributes['order_id']) != '', substring(e.attributes['order_id'], 1, 200), concat('\t', session_id, '\t', page_view_id, '\t', toString(e.time))) AS order_key,
    minOrNullIf(e.time, e.name = 'order') AS placed_at,
    minOrNullIf(e.time, e.name != 'order') AS closed_at,
    minOrNullIf(e.time, e.name = 'order_cancelled') AS cancelled_at,
    max(if((e.name = 'order') AND ((toFloat64OrZero(e.attributes['revenue']) >= 0) AND (toFloat64OrZero(e.attributes['revenue']) <= 1000000000.)), toDecimal64OrZero(e.attributes['revenue'], 4), toDecimal64(0, 4))) AS revenue,
    max(if(match(e.attributes['currency'], '^[A-Za-z]{3}$'), upper(e.attributes['currency']), '')) AS currency,
    toDateTime(max(e.time), 'UTC') AS last_at
FROM throughline.browser_events AS e
WHERE (type = 'event') AND ((e.name = 'order') OR ((e.name IN ('order_completed', 'order_cancelled')) AND ((e.attributes['order_id']) != '')))
GROUP BY
    tenant_id,
    project_id,
    order_key;

CREATE MATERIALIZED VIEW throughline.business_orders_from_logs TO throughline.business_orders
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `order_key` String,
    `placed_at` Nullable(DateTime64(3, 'UTC')),
    `closed_at` Nullable(DateTime64(3, 'UTC')),
    `cancelled_at` Nullable(DateTime64(3, 'UTC')),
    `revenue` Decimal(18, 4),
    `currency` String,
    `last_at` DateTime('UTC')
)
AS SELECT
    tenant_id,
    project_id,
    if((l.attributes['order_id']) != '', substring(l.attributes['order_id'], 1, 200), concat('\t', l.attributes['session.id'], '\t', hex(l.span_id), '\t', toString(l.time))) AS order_key,
    minOrNullIf(toDateTime64(l.time, 3, 'UTC'), event_name = 'order') AS placed_at,
    minOrNullIf(toDateTime64(l.time, 3, 'UTC'), event_name != 'order') AS closed_at,
    minOrNullIf(toDateTime64(l.time, 3, 'UTC'), event_name = 'order_cancelled') AS cancelled_at,
    max(if((event_name = 'order') AND ((toFloat64OrZero(l.attributes['revenue']) >= 0) AND (toFloat64OrZero(l.attributes['revenue']) <= 1000000000.)), toDecimal64OrZero(l.attributes['revenue'], 4), toDecimal64(0, 4))) AS revenue,
    max(if(match(l.attributes['currency'], '^[A-Za-z]{3}$'), upper(l.attributes['currency']), '')) AS currency,
    toDateTime(max(l.time), 'UTC') AS last_at
FROM throughline.logs AS l
WHERE (event_name = 'order') OR ((event_name IN ('order_completed', 'order_cancelled')) AND ((l.attributes['order_id']) != ''))
GROUP BY
    tenant_id,
    project_id,
    order_key;

CREATE TABLE throughline.business_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `event` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `source` Enum8('browser' = 1, 'server' = 2),
    `count` SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, event, time, source)
TTL time + toIntervalDay(7) WHERE step_seconds = 60, time + toIntervalDay(60) WHERE step_seconds = 300, time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.business_rollups_from_browser TO throughline.business_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `event` LowCardinality(String),
    `time` DateTime('UTC'),
    `source` Enum8('browser' = 1, 'server' = 2),
    `count` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    step_seconds,
    name AS event,
    toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
    CAST(1, 'Enum8(\'browser\' = 1, \'server\' = 2)') AS source,
    sum(n) AS count
FROM
(
    SELECT
        tenant_id,
        project_id,
        e.name AS name,
        toStartOfMinute(toDateTime(e.time, 'UTC')) AS minute,
        count() AS n
    FROM throughline.browser_events AS e
    WHERE (type = 'event') AND (name IN ('product_view', 'search', 'add_to_cart', 'checkout', 'order', 'order_completed', 'order_cancelled'))
    GROUP BY
        tenant_id,
        project_id,
        name,
        minute
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY
    tenant_id,
    project_id,
    step_seconds,
    event,
    time;

CREATE MATERIALIZED VIEW throughline.business_rollups_from_logs TO throughline.business_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `event` LowCardinality(String),
    `time` DateTime('UTC'),
    `source` Enum8('browser' = 1, 'server' = 2),
    `count` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    step_seconds,
    event_name AS event,
    toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
    CAST(2, 'Enum8(\'browser\' = 1, \'server\' = 2)') AS source,
    sum(n) AS count
FROM
(
    SELECT
        tenant_id,
        project_id,
        l.event_name AS event_name,
        toStartOfMinute(toDateTime(l.time, 'UTC')) AS minute,
        count() AS n
    FROM throughline.logs AS l
    WHERE event_name IN ('product_view', 'search', 'add_to_cart', 'checkout', 'order', 'order_completed', 'order_cancelled')
    GROUP BY
        tenant_id,
        project_id,
        event_name,
        minute
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY
    tenant_id,
    project_id,
    step_seconds,
    event,
    time;

CREATE TABLE throughline.business_sessions
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `session_id` String CODEC(ZSTD(1)),
    `first_at` SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    `last_at` SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    `cart_adds` SimpleAggregateFunction(sum, UInt64),
    `checkouts` SimpleAggregateFunction(sum, UInt64),
    `orders` SimpleAggregateFunction(sum, UInt64),
    `lcp_ms_max` SimpleAggregateFunction(max, Float64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, time, session_id)
TTL time + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.business_sessions_from_browser TO throughline.business_sessions
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `time` DateTime('UTC'),
    `session_id` String,
    `first_at` DateTime64(3, 'UTC'),
    `last_at` DateTime64(3, 'UTC'),
    `cart_adds` UInt64,
    `checkouts` UInt64,
    `orders` UInt64,
    `lcp_ms_max` Float64
)
AS SELECT
    tenant_id,
    project_id,
    toStartOfFiveMinutes(toDateTime(e.time, 'UTC')) AS time,
    session_id,
    min(e.time) AS first_at,
    max(e.time) AS last_at,
    countIf(e.name = 'add_to_cart') AS cart_adds,
    countIf(e.name = 'checkout') AS checkouts,
    countIf(e.name = 'order') AS orders,
    toFloat64(0) AS lcp_ms_max
FROM throughline.browser_events AS e
WHERE (session_id != '') AND (type = 'event')
GROUP BY
    tenant_id,
    project_id,
    time,
    session_id;

CREATE MATERIALIZED VIEW throughline.business_sessions_from_logs TO throughline.business_sessions
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `time` DateTime('UTC'),
    `session_id` String,
    `first_at` DateTime64(3, 'UTC'),
    `last_at` DateTime64(3, 'UTC'),
    `cart_adds` UInt64,
    `checkouts` UInt64,
    `orders` UInt64,
    `lcp_ms_max` Float64
)
AS SELECT
    tenant_id,
    project_id,
    toStartOfFiveMinutes(toDateTime(l.time, 'UTC')) AS time,
    l.attributes['session.id'] AS session_id,
    toDateTime64(min(l.time), 3, 'UTC') AS first_at,
    toDateTime64(max(l.time), 3, 'UTC') AS last_at,
    countIf(event_name = 'add_to_cart') AS cart_adds,
    countIf(event_name = 'checkout') AS checkouts,
    countIf(event_name = 'order') AS orders,
    toFloat64(0) AS lcp_ms_max
FROM throughline.logs AS l
WHERE (event_name IN ('product_view', 'search', 'add_to_cart', 'checkout', 'order', 'order_completed', 'order_cancelled')) AND ((l.attributes['session.id']) != '')
GROUP BY
    tenant_id,
    project_id,
    time,
    session_id;

CREATE MATERIALIZED VIEW throughline.business_sessions_from_page_views TO throughline.business_sessions
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `time` DateTime('UTC'),
    `session_id` String,
    `first_at` DateTime64(3, 'UTC'),
    `last_at` DateTime64(3, 'UTC'),
    `cart_adds` UInt64,
    `checkouts` UInt64,
    `orders` UInt64,
    `lcp_ms_max` Float64
)
AS SELECT
    tenant_id,
    project_id,
    toStartOfFiveMinutes(toDateTime(p.time, 'UTC')) AS time,
    session_id,
    min(p.time) AS first_at,
    max(p.time) AS last_at,
    toUInt64(0) AS cart_adds,
    toUInt64(0) AS checkouts,
    toUInt64(0) AS orders,
    toFloat64(0) AS lcp_ms_max
FROM throughline.page_views AS p
WHERE session_id != ''
GROUP BY
    tenant_id,
    project_id,
    time,
    session_id;

CREATE MATERIALIZED VIEW throughline.business_sessions_from_vitals TO throughline.business_sessions
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `time` DateTime('UTC'),
    `session_id` String,
    `first_at` DateTime64(3, 'UTC'),
    `last_at` DateTime64(3, 'UTC'),
    `cart_adds` UInt64,
    `checkouts` UInt64,
    `orders` UInt64,
    `lcp_ms_max` Float64
)
AS SELECT
    tenant_id,
    project_id,
    toStartOfFiveMinutes(toDateTime(v.time, 'UTC')) AS time,
    session_id,
    min(v.time) AS first_at,
    max(v.time) AS last_at,
    toUInt64(0) AS cart_adds,
    toUInt64(0) AS checkouts,
    toUInt64(0) AS orders,
    max(v.value) AS lcp_ms_max
FROM throughline.web_vitals AS v
WHERE (session_id != '') AND (metric = 'LCP') AND (sign = 1)
GROUP BY
    tenant_id,
    project_id,
    time,
    session_id;

CREATE TABLE throughline.error_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `fingerprint` UInt64,
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `source` Enum8('span' = 1, 'log' = 2, 'browser' = 3),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `count` SimpleAggregateFunction(sum, UInt64),
    `escaped` SimpleAggregateFunction(sum, UInt64),
    `first_at` SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    `last_at` SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    `first_received_at` SimpleAggregateFunction(min, DateTime('UTC')),
    `users` AggregateFunction(uniqCombined64, String),
    `sessions` AggregateFunction(uniqCombined64, String),
    `last_trace` AggregateFunction(argMax, FixedString(16), UInt64) CODEC(LZ4),
    `type` SimpleAggregateFunction(any, String) CODEC(ZSTD(1)),
    `last_message` AggregateFunction(argMax, String, UInt64) CODEC(ZSTD(1)),
    `routes` SimpleAggregateFunction(sumMap, Map(String, UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, service, time, fingerprint, service_version, environment, source)
TTL time + toIntervalDay(7) WHERE step_seconds = 60, time + toIntervalDay(60) WHERE step_seconds = 300, time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.error_rollups_from_exceptions TO throughline.error_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `fingerprint` UInt64,
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `source` Enum8('span' = 1, 'log' = 2, 'browser' = 3),
    `time` DateTime('UTC'),
    `count` UInt64,
    `escaped` UInt64,
    `first_at` DateTime64(3, 'UTC'),
    `last_at` DateTime64(3, 'UTC'),
    `first_received_at` DateTime('UTC'),
    `users` AggregateFunction(uniqCombined64, String),
    `sessions` AggregateFunction(uniqCombined64, String),
    `last_trace` AggregateFunction(argMax, FixedString(16), UInt64),
    `type` String,
    `last_message` AggregateFunction(argMax, String, UInt64),
    `routes` Map(String, UInt64)
)
AS SELECT
    tenant_id,
    project_id,
    step_seconds,
    service,
    fingerprint,
    service_version,
    environment,
    source,
    toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
    sum(n) AS count,
    sum(n_escaped) AS escaped,
    min(first) AS first_at,
    max(last) AS last_at,
    min(received) AS first_received_at,
    uniqCombined64MergeState(user_ids) AS users,
    uniqCombined64MergeState(session_ids) AS sessions,
    argMaxMergeState(newest_trace) AS last_trace,
    any(if(step_seconds = 86400, error_type, '')) AS type,
    argMaxState(if(step_seconds = 86400, message, ''), message_at) AS last_message,
    sumMap(if(step_seconds = 86400, map(route, n), CAST(map(), 'Map(String, UInt64)'))) AS routes
FROM
(
    SELECT
        tenant_id,
        project_id,
        service,
        fingerprint,
        service_version,
        environment,
        source,
        toString(e.route) AS route,
        toStartOfMinute(toDateTime(e.time, 'UTC')) AS minute,
        sum(e.weight) AS n,
        sumIf(e.weight, e.escaped = 1) AS n_escaped,
        toDateTime64(min(e.time), 3, 'UTC') AS first,
        toDateTime64(max(e.time), 3, 'UTC') AS last,
        min(e.received_at) AS received,
        uniqCombined64StateIf(if((e.attributes['user.id']) != '', e.attributes['user.id'], e.attributes['enduser.id']), ((e.attributes['user.id']) != '') OR ((e.attributes['enduser.id']) != '')) AS user_ids,
        uniqCombined64StateIf(e.attributes['session.id'], (e.attributes['session.id']) != '') AS session_ids,
        argMaxState(e.trace_id, toUInt64(if(e.trace_id = toFixedString('', 16), 0, toUnixTimestamp64Milli(e.time)))) AS newest_trace,
        any(toString(e.type)) AS error_type,
        argMax(substringUTF8(e.message, 1, 300), e.time) AS message,
        toUInt64(toUnixTimestamp64Milli(max(e.time))) AS message_at
    FROM throughline.exceptions AS e
    GROUP BY
        tenant_id,
        project_id,
        service,
        fingerprint,
        service_version,
        environment,
        source,
        route,
        minute
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY
    tenant_id,
    project_id,
    step_seconds,
    service,
    fingerprint,
    service_version,
    environment,
    source,
    time;

CREATE TABLE throughline.exceptions
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `time` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `fingerprint` UInt64,
    `type` LowCardinality(String),
    `message` String CODEC(ZSTD(1)),
    `stacktrace` String CODEC(ZSTD(1)),
    `escaped` UInt8,
    `source` Enum8('span' = 1, 'log' = 2, 'browser' = 3),
    `trace_id` FixedString(16) CODEC(ZSTD(1)),
    `span_id` FixedString(8) CODEC(ZSTD(1)),
    `route` LowCardinality(String),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ingest_key` LowCardinality(String),
    `received_at` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `weight` UInt16 DEFAULT 1 CODEC(T64, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, service, fingerprint, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', ttl_only_drop_parts = 1, index_granularity = 8192;

CREATE TABLE throughline.ingest_receipts
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `signal` LowCardinality(String),
    `reason` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `items` SimpleAggregateFunction(sum, UInt64),
    `requests` SimpleAggregateFunction(sum, UInt64),
    `wire_bytes` SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, time, signal, ingest_key, reason)
TTL time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 8192;

CREATE TABLE throughline.ingest_stored
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `signal` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `items` SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, time, signal, ingest_key)
TTL time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 8192;

CREATE MATERIALIZED VIEW throughline.ingest_stored_from_browser_errors TO throughline.ingest_stored
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `signal` String,
    `time` DateTime('UTC'),
    `items` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    ingest_key,
    'events' AS signal,
    toStartOfMinute(received_at) AS time,
    count() AS items
FROM throughline.exceptions
WHERE source = 'browser'
GROUP BY
    tenant_id,
    project_id,
    ingest_key,
    time;

CREATE MATERIALIZED VIEW throughline.ingest_stored_from_browser_events TO throughline.ingest_stored
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `signal` String,
    `time` DateTime('UTC'),
    `items` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    ingest_key,
    'events' AS signal,
    toStartOfMinute(received_at) AS time,
    count() AS items
FROM throughline.browser_events
GROUP BY
    tenant_id,
    project_id,
    ingest_key,
    time;

CREATE MATERIALIZED VIEW throughline.ingest_stored_from_logs TO throughline.ingest_stored
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `signal` String,
    `time` DateTime('UTC'),
    `items` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    ingest_key,
    'logs' AS signal,
    toStartOfMinute(received_at) AS time,
    count() AS items
FROM throughline.logs
GROUP BY
    tenant_id,
    project_id,
    ingest_key,
    time;

CREATE MATERIALIZED VIEW throughline.ingest_stored_from_page_views TO throughline.ingest_stored
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `signal` String,
    `time` DateTime('UTC'),
    `items` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    ingest_key,
    'events' AS signal,
    toStartOfMinute(received_at) AS time,
    count() AS items
FROM throughline.page_views
GROUP BY
    tenant_id,
    project_id,
    ingest_key,
    time;

CREATE MATERIALIZED VIEW throughline.ingest_stored_from_points TO throughline.ingest_stored
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `signal` String,
    `time` DateTime('UTC'),
    `items` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    ingest_key,
    'metrics' AS signal,
    toStartOfMinute(received_at) AS time,
    count() AS items
FROM throughline.metric_points
GROUP BY
    tenant_id,
    project_id,
    ingest_key,
    time;

CREATE MATERIALIZED VIEW throughline.ingest_stored_from_spans TO throughline.ingest_stored
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `signal` String,
    `time` DateTime('UTC'),
    `items` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    ingest_key,
    'traces' AS signal,
    toStartOfMinute(received_at) AS time,
    count() AS items
FROM throughline.spans
GROUP BY
    tenant_id,
    project_id,
    ingest_key,
    time;

CREATE MATERIALIZED VIEW throughline.ingest_stored_from_vitals TO throughline.ingest_stored
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `signal` String,
    `time` DateTime('UTC'),
    `items` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    ingest_key,
    'web_vitals' AS signal,
    toStartOfMinute(received_at) AS time,
    count() AS items
FROM throughline.web_vitals
WHERE sign >= 0
GROUP BY
    tenant_id,
    project_id,
    ingest_key,
    time;

CREATE TABLE throughline.log_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `severity` Enum8('unspecified' = 0, 'trace' = 1, 'debug' = 2, 'info' = 3, 'warn' = 4, 'error' = 5, 'fatal' = 6),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `count` SimpleAggregateFunction(sum, UInt64),
    `oldest` SimpleAggregateFunction(min, DateTime('UTC')),
    `newest` SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, service, time, severity)
TTL time + toIntervalDay(7) WHERE step_seconds = 60, time + toIntervalDay(60) WHERE step_seconds = 300, time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.log_rollups_from_logs TO throughline.log_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `severity` Enum8('unspecified' = 0, 'trace' = 1, 'debug' = 2, 'info' = 3, 'warn' = 4, 'error' = 5, 'fatal' = 6),
    `time` DateTime('UTC'),
    `count` UInt64,
    `oldest` DateTime('UTC'),
    `newest` DateTime('UTC')
)
AS SELECT
    tenant_id,
    project_id,
    step_seconds,
    service,
    severity,
    toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
    sum(n) AS count,
    min(first) AS oldest,
    max(last) AS newest
FROM
(
    SELECT
        tenant_id,
        project_id,
        service,
        CAST(if((severity_number = 0) OR (severity_number > 24), 0, intDiv(severity_number + 3, 4)), 'Enum8(\'unspecified\' = 0, \'trace\' = 1, \'debug\' = 2, \'info\' = 3, \'warn\' = 4, \'error\' = 5, \'fatal\' = 6)') AS severity,
        toStartOfMinute(toDateTime(logs.time, 'UTC')) AS minute,
        count() AS n,
        toDateTime(min(logs.time), 'UTC') AS first,
        toDateTime(max(logs.time), 'UTC') AS last
    FROM throughline.logs AS logs
    GROUP BY
        tenant_id,
        project_id,
        service,
        severity,
        minute
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY
    tenant_id,
    project_id,
    step_seconds,
    service,
    severity,
    time;

CREATE TABLE throughline.logs
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `time` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `observed_time` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `severity_number` UInt8,
    `severity_text` LowCardinality(String),
    `body` String CODEC(ZSTD(1)),
    `event_name` LowCardinality(String),
    `trace_id` FixedString(16) CODEC(ZSTD(1)),
    `span_id` FixedString(8) CODEC(ZSTD(1)),
    `flags` UInt32 CODEC(T64, ZSTD(1)),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `instance` LowCardinality(String),
    `scope` LowCardinality(String),
    `resource` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ingest_key` LowCardinality(String),
    `received_at` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, service, toStartOfFiveMinutes(time), time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', ttl_only_drop_parts = 1, index_granularity = 8192;

CREATE TABLE throughline.metric_points
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `metric` LowCardinality(String),
    `series_id` UInt64,
    `time` DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    `start_time` DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    `type` Enum8('gauge' = 1, 'sum' = 2, 'histogram' = 3, 'exponential_histogram' = 4, 'summary' = 5),
    `temporality` Enum8('unspecified' = 0, 'delta' = 1, 'cumulative' = 2),
    `is_monotonic` UInt8,
    `unit` LowCardinality(String),
    `description` LowCardinality(String),
    `value` Float64 CODEC(Gorilla(8), ZSTD(1)),
    `count` UInt64 CODEC(T64, ZSTD(1)),
    `sum` Float64 CODEC(Gorilla(8), ZSTD(1)),
    `min` Float64 CODEC(ZSTD(1)),
    `max` Float64 CODEC(ZSTD(1)),
    `bucket_bounds` Array(Float64) CODEC(ZSTD(1)),
    `bucket_counts` Array(UInt64) CODEC(ZSTD(1)),
    `scale` Int32 CODEC(T64, ZSTD(1)),
    `zero_count` UInt64 CODEC(T64, ZSTD(1)),
    `zero_threshold` Float64 CODEC(ZSTD(1)),
    `positive_offset` Int32 CODEC(T64, ZSTD(1)),
    `positive_counts` Array(UInt64) CODEC(ZSTD(1)),
    `negative_offset` Int32 CODEC(T64, ZSTD(1)),
    `negative_counts` Array(UInt64) CODEC(ZSTD(1)),
    `quantiles` Array(Float64) CODEC(ZSTD(1)),
    `quantile_values` Array(Float64) CODEC(ZSTD(1)),
    `flags` UInt32 CODEC(T64, ZSTD(1)),
    `exemplars` String CODEC(ZSTD(1)),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `instance` LowCardinality(String),
    `scope` LowCardinality(String),
    `resource` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ingest_key` LowCardinality(String),
    `received_at` DateTime('UTC') CODEC(Delta(4), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, service, metric, series_id, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', ttl_only_drop_parts = 1, index_granularity = 8192;

CREATE TABLE throughline.metric_series
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `metric` LowCardinality(String),
    `series_id` UInt64,
    `type` SimpleAggregateFunction(anyLast, Enum8('gauge' = 1, 'sum' = 2, 'histogram' = 3, 'exponential_histogram' = 4, 'summary' = 5)),
    `temporality` SimpleAggregateFunction(anyLast, Enum8('unspecified' = 0, 'delta' = 1, 'cumulative' = 2)),
    `is_monotonic` SimpleAggregateFunction(max, UInt8),
    `unit` SimpleAggregateFunction(anyLast, String),
    `description` SimpleAggregateFunction(anyLast, String),
    `instance` SimpleAggregateFunction(anyLast, String),
    `attributes` SimpleAggregateFunction(anyLast, Map(String, String)),
    `first_seen` SimpleAggregateFunction(min, DateTime('UTC')),
    `last_seen` SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, project_id, service, metric, series_id)
TTL last_seen + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 8192;

CREATE MATERIALIZED VIEW throughline.metric_series_from_points TO throughline.metric_series
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `metric` LowCardinality(String),
    `series_id` UInt64,
    `type` Enum8('gauge' = 1, 'sum' = 2, 'histogram' = 3, 'exponential_histogram' = 4, 'summary' = 5),
    `temporality` Enum8('unspecified' = 0, 'delta' = 1, 'cumulative' = 2),
    `is_monotonic` UInt8,
    `unit` String,
    `description` String,
    `instance` String,
    `attributes` Map(String, String),
    `first_seen` DateTime('UTC'),
    `last_seen` DateTime('UTC')
)
AS SELECT
    tenant_id,
    project_id,
    service,
    metric,
    series_id,
    anyLast(p.type) AS type,
    anyLast(p.temporality) AS temporality,
    max(p.is_monotonic) AS is_monotonic,
    anyLast(toString(p.unit)) AS unit,
    anyLast(toString(p.description)) AS description,
    anyLast(toString(p.instance)) AS instance,
    anyLast(CAST(p.attributes, 'Map(String, String)')) AS attributes,
    min(toDateTime(p.time, 'UTC')) AS first_seen,
    max(toDateTime(p.time, 'UTC')) AS last_seen
FROM throughline.metric_points AS p
GROUP BY
    tenant_id,
    project_id,
    service,
    metric,
    series_id;

CREATE TABLE throughline.metrics_1h
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `metric` LowCardinality(String),
    `series_id` UInt64,
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `points` SimpleAggregateFunction(sum, UInt64),
    `value_sum` SimpleAggregateFunction(sum, Float64),
    `value_min` SimpleAggregateFunction(min, Float64),
    `value_max` SimpleAggregateFunction(max, Float64),
    `value_last` AggregateFunction(argMax, Float64, DateTime64(9, 'UTC')),
    `count_last` AggregateFunction(argMax, UInt64, DateTime64(9, 'UTC')),
    `sum_last` AggregateFunction(argMax, Float64, DateTime64(9, 'UTC')),
    `last_at` SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, service, metric, series_id, time)
TTL time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.metrics_1h_from_points TO throughline.metrics_1h
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `metric` LowCardinality(String),
    `series_id` UInt64,
    `time` DateTime('UTC'),
    `points` UInt64,
    `value_sum` Float64,
    `value_min` Float64,
    `value_max` Float64,
    `value_last` AggregateFunction(argMax, Float64, DateTime64(9, 'UTC')),
    `count_last` AggregateFunction(argMax, UInt64, DateTime64(9, 'UTC')),
    `sum_last` AggregateFunction(argMax, Float64, DateTime64(9, 'UTC')),
    `last_at` DateTime('UTC')
)
AS SELECT
    tenant_id,
    project_id,
    service,
    metric,
    series_id,
    toStartOfHour(toDateTime(p.time, 'UTC')) AS time,
    count() AS points,
    sum(p.value) AS value_sum,
    min(p.value) AS value_min,
    max(p.value) AS value_max,
    argMaxState(p.value, p.time) AS value_last,
    argMaxState(p.count, p.time) AS count_last,
    argMaxState(p.sum, p.time) AS sum_last,
    toDateTime(max(p.time), 'UTC') AS last_at
FROM throughline.metric_points AS p
GROUP BY
    tenant_id,
    project_id,
    service,
    metric,
    series_id,
    toStartOfHour(toDateTime(p.time, 'UTC'));

CREATE TABLE throughline.metrics_1m
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `metric` LowCardinality(String),
    `series_id` UInt64,
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `points` SimpleAggregateFunction(sum, UInt64),
    `value_sum` SimpleAggregateFunction(sum, Float64),
    `value_min` SimpleAggregateFunction(min, Float64),
    `value_max` SimpleAggregateFunction(max, Float64),
    `value_last` AggregateFunction(argMax, Float64, DateTime64(9, 'UTC')),
    `count_last` AggregateFunction(argMax, UInt64, DateTime64(9, 'UTC')),
    `sum_last` AggregateFunction(argMax, Float64, DateTime64(9, 'UTC'))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, service, metric, series_id, time)
TTL time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.metrics_1m_from_points TO throughline.metrics_1m
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `metric` LowCardinality(String),
    `series_id` UInt64,
    `time` DateTime('UTC'),
    `points` UInt64,
    `value_sum` Float64,
    `value_min` Float64,
    `value_max` Float64,
    `value_last` AggregateFunction(argMax, Float64, DateTime64(9, 'UTC')),
    `count_last` AggregateFunction(argMax, UInt64, DateTime64(9, 'UTC')),
    `sum_last` AggregateFunction(argMax, Float64, DateTime64(9, 'UTC'))
)
AS SELECT
    tenant_id,
    project_id,
    service,
    metric,
    series_id,
    toStartOfMinute(toDateTime(p.time, 'UTC')) AS time,
    count() AS points,
    sum(p.value) AS value_sum,
    min(p.value) AS value_min,
    max(p.value) AS value_max,
    argMaxState(p.value, p.time) AS value_last,
    argMaxState(p.count, p.time) AS count_last,
    argMaxState(p.sum, p.time) AS sum_last
FROM throughline.metric_points AS p
GROUP BY
    tenant_id,
    project_id,
    service,
    metric,
    series_id,
    toStartOfMinute(toDateTime(p.time, 'UTC'));

CREATE TABLE throughline.page_views
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `page` LowCardinality(String),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `session_id` String CODEC(ZSTD(1)),
    `page_view_id` String CODEC(ZSTD(1)),
    `navigation_type` LowCardinality(String),
    `title` String CODEC(ZSTD(1)),
    `referrer` String CODEC(ZSTD(1)),
    `load_duration_ms` Float64 CODEC(ZSTD(1)),
    `device_type` LowCardinality(String),
    `connection_type` LowCardinality(String),
    `country` LowCardinality(String),
    `release` LowCardinality(String),
    `environment` LowCardinality(String),
    `origin` LowCardinality(String),
    `path` String CODEC(ZSTD(1)),
    `trace_id` FixedString(16) CODEC(ZSTD(1)),
    `ingest_key` LowCardinality(String),
    `received_at` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    INDEX session_bloom session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, page, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', ttl_only_drop_parts = 1, index_granularity = 8192;

CREATE TABLE throughline.query_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `query_hash` UInt64,
    `route` LowCardinality(String),
    `db_system` LowCardinality(String),
    `db_namespace` LowCardinality(String),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `statement` SimpleAggregateFunction(any, String) CODEC(ZSTD(1)),
    `count` SimpleAggregateFunction(sum, UInt64),
    `errors` SimpleAggregateFunction(sum, UInt64),
    `duration_ns_sum` SimpleAggregateFunction(sum, UInt64),
    `duration_ns_max` SimpleAggregateFunction(max, UInt64),
    `duration_buckets` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(T64, LZ4),
    `returned_rows` SimpleAggregateFunction(sum, UInt64),
    `repeated_groups` SimpleAggregateFunction(sum, UInt64),
    `repeated_count` SimpleAggregateFunction(sum, UInt64),
    `repeated_max` SimpleAggregateFunction(max, UInt64),
    `newest` SimpleAggregateFunction(max, DateTime('UTC')),
    `slowest_trace` AggregateFunction(argMax, FixedString(16), UInt64) CODEC(ZSTD(1)),
    `repeated_trace` AggregateFunction(argMax, FixedString(16), UInt64) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, service, time, query_hash, route, db_system, db_namespace, service_version, environment)
TTL time + toIntervalDay(7) WHERE step_seconds = 60, time + toIntervalDay(60) WHERE step_seconds = 300, time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.query_rollups_from_spans TO throughline.query_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `query_hash` UInt64,
    `route` String,
    `db_system` String,
    `db_namespace` String,
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `time` DateTime('UTC'),
    `statement` String,
    `count` UInt64,
    `errors` UInt64,
    `duration_ns_sum` UInt64,
    `duration_ns_max` UInt64,
    `duration_buckets` Map(UInt16, UInt64),
    `returned_rows` UInt64,
    `repeated_groups` UInt64,
    `repeated_count` UInt64,
    `repeated_max` UInt64,
    `newest` DateTime('UTC'),
    `slowest_trace` AggregateFunction(argMax, FixedString(16), UInt64),
    `repeated_trace` AggregateFunction(argMax, FixedString(16), UInt64)
)
AS SELECT
    tenant_id,
    project_id,
    step_seconds,
    service,
    query_hash,
    route,
    db_system,
    db_namespace,
    service_version,
    environment,
    toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
    any(if(step_seconds = 86400, text, '')) AS statement,
    sum(n_weighted) AS count,
    sum(n_errors) AS errors,
    sum(ns_sum) AS duration_ns_sum,
    max(ns_max) AS duration_ns_max,
    sumMap(buckets) AS duration_buckets,
    sum(n_rows) AS returned_rows,
    sumIf(group_weight, n >= 5) AS repeated_groups,
    sumIf(n_weighted, n >= 5) AS repeated_count,
    maxIf(n, n >= 5) AS repeated_max,
    max(last) AS newest,
    argMaxState(trace_id, ns_max) AS slowest_trace,
    argMaxStateIf(trace_id, n, n >= 5) AS repeated_trace
FROM
(
    SELECT
        tenant_id,
        project_id,
        service,
        trace_id,
        route,
        service_version,
        environment,
        call.1 AS parent,
        call.2 AS text,
        cityHash64(call.2) AS query_hash,
        call.3 AS db_system,
        call.4 AS db_namespace,
        toStartOfMinute(call.5) AS minute,
        count() AS n,
        sum(call.9) AS n_weighted,
        max(call.9) AS group_weight,
        sum((call.7) * (call.9)) AS n_errors,
        sum((call.6) * (call.9)) AS ns_sum,
        max(call.6) AS ns_max,
        sumMap(map(toUInt16(floor(8 * log2(greatest(call.6, 1)))), call.9)) AS buckets,
        sum((call.8) * (call.9)) AS n_rows,
        max(call.5) AS last
    FROM
    (
        SELECT
            tenant_id,
            project_id,
            service,
            trace_id,
            service_version,
            environment,
            argMaxIf(spans.route, duration_ns, (kind IN ('server', 'consumer'))) AS route,
            groupArrayIf((parent_span_id, if((attributes['db.query.text']) = '', toString(name), attributes['db.query.text']), toString(spans.db_system), attributes['db.namespace'], toDateTime(spans.time, 'UTC'), duration_ns, toUInt64(status = 'error'), toUInt64OrZero(attributes['db.response.returned_rows']), toUInt64(weight)), (spans.db_system != '') AND (kind != 'server') AND (((attributes['db.query.text']) != '') OR (NOT endsWith(name, 'connect')))) AS calls
        FROM throughline.spans AS spans
        WHERE (spans.db_system != '') OR (kind IN ('server', 'consumer'))
        GROUP BY
            tenant_id,
            project_id,
            service,
            trace_id,
            service_version,
            environment
        HAVING notEmpty(calls)
    )
    ARRAY JOIN calls AS call
    GROUP BY
        tenant_id,
        project_id,
        service,
        trace_id,
        route,
        service_version,
        environment,
        parent,
        text,
        db_system,
        db_namespace,
        minute
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY
    tenant_id,
    project_id,
    step_seconds,
    service,
    query_hash,
    route,
    db_system,
    db_namespace,
    service_version,
    environment,
    time;

CREATE TABLE throughline.request_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `route` LowCardinality(String),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `count` SimpleAggregateFunction(sum, UInt64),
    `errors` SimpleAggregateFunction(sum, UInt64),
    `client_errors` SimpleAggregateFunction(sum, UInt64),
    `duration_ns_sum` SimpleAggregateFunction(sum, UInt64),
    `duration_ns_max` SimpleAggregateFunction(max, UInt64),
    `duration_buckets` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(T64, LZ4),
    `request_bytes` SimpleAggregateFunction(sum, UInt64),
    `response_bytes` SimpleAggregateFunction(sum, UInt64),
    `first_error_at` SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
    `last_error_at` SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))),
    `slowest_trace` AggregateFunction(argMax, FixedString(16), UInt64) CODEC(ZSTD(1)),
    `last_error_trace` AggregateFunction(argMax, FixedString(16), UInt64) CODEC(ZSTD(1)),
    `stored` SimpleAggregateFunction(sum, UInt64) DEFAULT count
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, service, time, route, service_version, environment)
TTL time + toIntervalDay(7) WHERE step_seconds = 60, time + toIntervalDay(60) WHERE step_seconds = 300, time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.request_rollups_from_spans TO throughline.request_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `route` LowCardinality(String),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `time` DateTime('UTC'),
    `count` UInt64,
    `errors` UInt64,
    `client_errors` UInt64,
    `duration_ns_sum` UInt64,
    `duration_ns_max` UInt64,
    `duration_buckets` Map(UInt16, UInt64),
    `request_bytes` UInt64,
    `response_bytes` UInt64,
    `first_error_at` Nullable(DateTime64(3, 'UTC')),
    `last_error_at` Nullable(DateTime64(3, 'UTC')),
    `slowest_trace` AggregateFunction(argMax, FixedString(16), UInt64),
    `last_error_trace` AggregateFunction(argMax, FixedString(16), UInt64),
    `stored` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    step_seconds,
    service,
    route,
    service_version,
    environment,
    toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
    sum(n) AS count,
    sum(n_errors) AS errors,
    sum(n_client_errors) AS client_errors,
    sum(ns_sum) AS duration_ns_sum,
    max(ns_max) AS duration_ns_max,
    sumMap(map(bucket, n)) AS duration_buckets,
    sum(req_bytes) AS request_bytes,
    sum(res_bytes) AS response_bytes,
    min(first_error) AS first_error_at,
    max(last_error) AS last_error_at,
    argMaxMergeState(slowest) AS slowest_trace,
    argMaxMergeState(error_trace) AS last_error_trace,
    sum(n_stored) AS stored
FROM
(
    SELECT
        tenant_id,
        project_id,
        service,
        route,
        service_version,
        environment,
        toStartOfMinute(toDateTime(time, 'UTC')) AS minute,
        toUInt16(floor(8 * log2(greatest(duration_ns, 1)))) AS bucket,
        sum(weight) AS n,
        count() AS n_stored,
        sumIf(weight, (status = 'error') OR (http_status >= 500)) AS n_errors,
        sumIf(weight, (http_status >= 400) AND (http_status < 500)) AS n_client_errors,
        sum(duration_ns * weight) AS ns_sum,
        max(duration_ns) AS ns_max,
        sum(request_bytes * weight) AS req_bytes,
        sum(response_bytes * weight) AS res_bytes,
        minOrNullIf(toDateTime64(time, 3, 'UTC'), (status = 'error') OR (http_status >= 500)) AS first_error,
        maxOrNullIf(toDateTime64(time, 3, 'UTC'), (status = 'error') OR (http_status >= 500)) AS last_error,
        argMaxState(trace_id, duration_ns) AS slowest,
        argMaxStateIf(trace_id, toUInt64(toUnixTimestamp64Milli(time)), (status = 'error') OR (http_status >= 500)) AS error_trace
    FROM throughline.spans
    WHERE kind = 'server'
    GROUP BY
        tenant_id,
        project_id,
        service,
        route,
        service_version,
        environment,
        minute,
        bucket
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY
    tenant_id,
    project_id,
    step_seconds,
    service,
    route,
    service_version,
    environment,
    time;

CREATE TABLE throughline.resource_origins
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `page` LowCardinality(String),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `page_view_id` String CODEC(ZSTD(1)),
    `resource_origin` LowCardinality(String),
    `is_third_party` UInt8,
    `resources` UInt32 CODEC(T64, ZSTD(1)),
    `scripts` UInt32 CODEC(T64, ZSTD(1)),
    `transfer_bytes` UInt64 CODEC(T64, ZSTD(1)),
    `duration_ms` Float64 CODEC(ZSTD(1)),
    `device_type` LowCardinality(String),
    `release` LowCardinality(String),
    `ingest_key` LowCardinality(String),
    `received_at` DateTime('UTC') CODEC(Delta(4), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, page, resource_origin, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', ttl_only_drop_parts = 1, index_granularity = 8192;

CREATE TABLE throughline.schema_migrations
(
    `version` UInt32,
    `name` String,
    `checksum` String,
    `applied_at` DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE throughline.span_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `kind` Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `count` SimpleAggregateFunction(sum, UInt64),
    `errors` SimpleAggregateFunction(sum, UInt64),
    `duration_ns_sum` SimpleAggregateFunction(sum, UInt64),
    `duration_ns_max` SimpleAggregateFunction(max, UInt64),
    `duration_buckets` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(T64, LZ4),
    `oldest` SimpleAggregateFunction(min, DateTime('UTC')),
    `newest` SimpleAggregateFunction(max, DateTime('UTC')),
    `stored` SimpleAggregateFunction(sum, UInt64) DEFAULT count
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, service, kind, time, service_version, environment)
TTL time + toIntervalDay(7) WHERE step_seconds = 60, time + toIntervalDay(60) WHERE step_seconds = 300, time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.span_rollups_from_spans TO throughline.span_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `service` LowCardinality(String),
    `kind` Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `time` DateTime('UTC'),
    `count` UInt64,
    `errors` UInt64,
    `duration_ns_sum` UInt64,
    `duration_ns_max` UInt64,
    `duration_buckets` Map(UInt16, UInt64),
    `oldest` DateTime('UTC'),
    `newest` DateTime('UTC'),
    `stored` UInt64
)
AS SELECT
    tenant_id,
    project_id,
    step_seconds,
    service,
    kind,
    service_version,
    environment,
    toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
    sum(n) AS count,
    sum(n_errors) AS errors,
    sum(ns_sum) AS duration_ns_sum,
    max(ns_max) AS duration_ns_max,
    sumMap(map(bucket, n)) AS duration_buckets,
    min(first) AS oldest,
    max(last) AS newest,
    sum(n_stored) AS stored
FROM
(
    SELECT
        tenant_id,
        project_id,
        service,
        kind,
        service_version,
        environment,
        toStartOfMinute(toDateTime(time, 'UTC')) AS minute,
        toUInt16(floor(8 * log2(greatest(duration_ns, 1)))) AS bucket,
        sum(weight) AS n,
        count() AS n_stored,
        sumIf(weight, (status = 'error') OR (http_status >= 500)) AS n_errors,
        sum(duration_ns * weight) AS ns_sum,
        max(duration_ns) AS ns_max,
        toDateTime(min(spans.time), 'UTC') AS first,
        toDateTime(max(spans.time), 'UTC') AS last
    FROM throughline.spans AS spans
    GROUP BY
        tenant_id,
        project_id,
        service,
        kind,
        service_version,
        environment,
        minute,
        bucket
)
ARRAY JOIN [toUInt32(60), 300, 3600, 86400] AS step_seconds
GROUP BY
    tenant_id,
    project_id,
    step_seconds,
    service,
    kind,
    service_version,
    environment,
    time;

CREATE TABLE throughline.spans
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `service` LowCardinality(String),
    `time` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `trace_id` FixedString(16) CODEC(ZSTD(1)),
    `span_id` FixedString(8) CODEC(NONE),
    `parent_span_id` FixedString(8) CODEC(ZSTD(1)),
    `duration_ns` UInt64 CODEC(T64, ZSTD(1)),
    `name` LowCardinality(String),
    `kind` Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5),
    `status` Enum8('unset' = 0, 'ok' = 1, 'error' = 2),
    `status_message` String CODEC(ZSTD(1)),
    `trace_state` String CODEC(ZSTD(1)),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `instance` LowCardinality(String),
    `route` LowCardinality(String),
    `http_method` LowCardinality(String),
    `http_status` UInt16 CODEC(T64, ZSTD(1)),
    `request_bytes` UInt64 CODEC(T64, ZSTD(1)),
    `response_bytes` UInt64 CODEC(T64, ZSTD(1)),
    `db_system` LowCardinality(String),
    `scope` LowCardinality(String),
    `resource` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    `events` String CODEC(ZSTD(1)),
    `links` String CODEC(ZSTD(1)),
    `ingest_key` LowCardinality(String),
    `received_at` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `weight` UInt16 DEFAULT 1 CODEC(T64, ZSTD(1)),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX entry_ns if((kind = 'server') OR (kind = 'consumer') OR empty(parent_span_id), duration_ns + 1, 0) TYPE minmax GRANULARITY 1,
    INDEX failed_entry_ns if(((kind = 'server') OR (kind = 'consumer') OR empty(parent_span_id)) AND ((status = 'error') OR (http_status >= 500)), duration_ns + 1, 0) TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(time)
PRIMARY KEY (tenant_id, project_id, service, toStartOfFiveMinutes(time))
ORDER BY (tenant_id, project_id, service, toStartOfFiveMinutes(time), trace_id, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', ttl_only_drop_parts = 1, index_granularity = 8192;

CREATE TABLE throughline.vital_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `slice` Enum8('site' = 1, 'page' = 2, 'detail' = 3),
    `metric` LowCardinality(String),
    `page` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `device_type` LowCardinality(String),
    `navigation_type` LowCardinality(String),
    `release` LowCardinality(String),
    `environment` LowCardinality(String),
    `country` LowCardinality(String),
    `connection_type` LowCardinality(String),
    `count` SimpleAggregateFunction(sum, Int64),
    `good` SimpleAggregateFunction(sum, Int64),
    `poor` SimpleAggregateFunction(sum, Int64),
    `buckets` SimpleAggregateFunction(sumMap, Map(UInt16, Int64)) CODEC(LZ4)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, project_id, step_seconds, slice, metric, page, time, device_type, navigation_type, release, environment, country, connection_type)
TTL time + toIntervalDay(7) WHERE step_seconds = 60, time + toIntervalDay(60) WHERE step_seconds = 300, time + toIntervalYear(1)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536;

CREATE MATERIALIZED VIEW throughline.vital_rollups_from_vitals TO throughline.vital_rollups
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `step_seconds` UInt32,
    `slice` Enum8('site' = 1, 'page' = 2, 'detail' = 3),
    `metric` LowCardinality(String),
    `page` LowCardinality(String),
    `time` DateTime('UTC'),
    `device_type` LowCardinality(String),
    `navigation_type` LowCardinality(String),
    `release` LowCardinality(String),
    `environment` LowCardinality(String),
    `country` LowCardinality(String),
    `connection_type` LowCardinality(String),
    `count` Int64,
    `good` Int64,
    `poor` Int64,
    `buckets` Map(UInt16, Int64)
)
AS SELECT
    tenant_id,
    project_id,
    cell.1 AS step_seconds,
    CAST(cell.2, 'Enum8(\'site\' = 1, \'page\' = 2, \'detail\' = 3)') AS slice,
    metric,
    toLowCardinality(if((cell.2) = 1, '', toString(full_page))) AS page,
    toDateTime(intDiv(toUInt32(minute), step_seconds) * step_seconds, 'UTC') AS time,
    device_type,
    navigation_type,
    release,
    environment,
    toLowCardinality(if((cell.2) = 3, toString(full_country), '')) AS country,
    toLowCardinality(if((cell.2) = 3, toString(full_connection), '')) AS connection_type,
    sum(n) AS count,
    sum(n_good) AS good,
    sum(n_poor) AS poor,
    sumMap(map(bucket, n)) AS buckets
FROM
(
    SELECT
        tenant_id,
        project_id,
        metric,
        v.page AS full_page,
        device_type,
        navigation_type,
        release,
        environment,
        v.country AS full_country,
        v.connection_type AS full_connection,
        toStartOfMinute(toDateTime(v.time, 'UTC')) AS minute,
        toUInt16(floor(8 * log2(greatest(v.value * if(metric = 'CLS', 1000000000., 1000000.), 1)))) AS bucket,
        sum(toInt64(sign)) AS n,
        sumIf(toInt64(sign), v.value <= transform(metric, ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'], [2500., 200., 0.1, 1800., 800.], 0.)) AS n_good,
        sumIf(toInt64(sign), v.value > transform(metric, ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'], [4000., 500., 0.25, 3000., 1800.], 0.)) AS n_poor
    FROM throughline.web_vitals AS v
    WHERE sign != 0
    GROUP BY
        tenant_id,
        project_id,
        metric,
        full_page,
        device_type,
        navigation_type,
        release,
        environment,
        full_country,
        full_connection,
        minute,
        bucket
)
ARRAY JOIN [(toUInt32(60), toInt8(1)), (300, 1), (3600, 1), (86400, 1), (60, 2), (300, 2), (3600, 2), (86400, 2), (3600, 3), (86400, 3)] AS cell
GROUP BY
    tenant_id,
    project_id,
    step_seconds,
    slice,
    metric,
    page,
    time,
    device_type,
    navigation_type,
    release,
    environment,
    country,
    connection_type;

CREATE TABLE throughline.web_vitals
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `metric` LowCardinality(String),
    `page` LowCardinality(String),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `id` String CODEC(ZSTD(1)),
    `sign` Int8 CODEC(ZSTD(1)),
    `value` Float64 CODEC(ZSTD(1)),
    `navigation_type` LowCardinality(String),
    `device_type` LowCardinality(String),
    `connection_type` LowCardinality(String),
    `country` LowCardinality(String),
    `release` LowCardinality(String),
    `environment` LowCardinality(String),
    `origin` LowCardinality(String),
    `path` String CODEC(ZSTD(1)),
    `session_id` String CODEC(ZSTD(1)),
    `page_view_id` String CODEC(ZSTD(1)),
    `trace_id` FixedString(16) CODEC(ZSTD(1)),
    `attribution` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ingest_key` LowCardinality(String),
    `received_at` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX page_view_bloom page_view_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant_id, project_id, metric, page, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)', ttl_only_drop_parts = 1, index_granularity = 8192;
