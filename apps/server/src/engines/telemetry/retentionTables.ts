/** How long the rows of each table may be kept for a tenant: as raw rows, as aggregates, or not by the tenant's choice. */

/** `time` names the column that tells a row's age. */
export type RetentionClass =
  | { readonly kind: "raw" | "aggregate"; readonly time: string }
  | { readonly kind: "exempt"; readonly why: string };

const raw: RetentionClass = { kind: "raw", time: "time" };
const aggregate = (time = "time"): RetentionClass => ({ kind: "aggregate", time });
const ledger: RetentionClass = {
  kind: "exempt",
  why: "Counts of what was taken and stored, by key and minute: the ledger is checked with them.",
};

/** Every table that stores rows of tenants; a test compares it with the schema, so that none is forgotten. */
export const RETENTION_TABLES: Readonly<Record<string, RetentionClass>> = {
  browser_events: raw,
  exceptions: raw,
  logs: raw,
  metric_points: raw,
  page_views: raw,
  resource_origins: raw,
  spans: raw,
  web_vitals: raw,
  business_orders: aggregate("last_at"),
  business_rollups: aggregate(),
  business_sessions: aggregate(),
  error_rollups: aggregate(),
  log_rollups: aggregate(),
  metric_series: aggregate("last_seen"),
  metrics_1h: aggregate(),
  metrics_1m: aggregate(),
  query_rollups: aggregate(),
  request_rollups: aggregate(),
  span_rollups: aggregate(),
  vital_rollups: aggregate(),
  ingest_receipts: ledger,
  ingest_stored: ledger,
};
