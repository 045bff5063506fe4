/** The tables of telemetry, and what tells the age of their rows. A test compares them with the schema. */
import type { StorageTable } from "@throughline/contract";

export interface TableFacts {
  readonly kind: StorageTable["kind"];
  /** When the row came to be; `time` unless named. */
  readonly madeAt?: string;
  /** When it was last written to; `madeAt` unless named. */
  readonly changedAt?: string;
  /** Cells of a day begin at midnight and would make the table look older than it is: only these tell its age. */
  readonly ageOf?: string;
}

const RAW: TableFacts = { kind: "raw" };
const AGGREGATE: TableFacts = { kind: "aggregate" };
/** In steps of 1 and 5 minutes, hours and days. */
const ROLLUP: TableFacts = { kind: "aggregate", ageOf: "step_seconds = 300" };

export const STORAGE_TABLES: Readonly<Record<string, TableFacts>> = {
  spans: RAW,
  logs: RAW,
  exceptions: RAW,
  metric_points: RAW,
  web_vitals: RAW,
  page_views: RAW,
  browser_events: RAW,
  resource_origins: RAW,
  request_rollups: ROLLUP,
  span_rollups: ROLLUP,
  query_rollups: ROLLUP,
  error_rollups: ROLLUP,
  log_rollups: ROLLUP,
  vital_rollups: ROLLUP,
  business_rollups: ROLLUP,
  metrics_1m: AGGREGATE,
  metrics_1h: { kind: "aggregate", changedAt: "last_at" },
  business_sessions: AGGREGATE,
  ingest_receipts: AGGREGATE,
  ingest_stored: AGGREGATE,
  business_orders: { kind: "aggregate", madeAt: "last_at" },
  metric_series: { kind: "aggregate", madeAt: "first_seen", changedAt: "last_seen" },
};
