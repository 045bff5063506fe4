/**
 * The one interface to telemetry rows. Two backends stand behind it and nothing else in the code knows which:
 * `chdb.ts` (ClickHouse's engine in this process) and `clickhouse.ts` (a server or cluster over HTTP).
 */

/** Who asks. Every read of tenant rows needs one; there is no unscoped read outside this folder and the journal. */
export interface Scope {
  readonly tenantId: string;
  readonly projectId: string;
}

/** Values that may be bound to `{name:Type}` placeholders. Dates are sent as milliseconds since the epoch. */
export type QueryParam = string | number | bigint | boolean | readonly (string | number | bigint)[];
export type QueryParams = Readonly<Record<string, QueryParam>>;

export interface QueryOptions {
  /** Short stable name of the question, e.g. `overview.kpis`: key of the query statistics and the span name. */
  readonly name: string;
  /** Engine-side limit; default 10 000 ms. The engine stops the query and the call rejects with code `timeout`. */
  readonly maxExecutionMs?: number;
  readonly maxResultRows?: number;
}

export interface LoadFile {
  readonly table: TelemetryTable;
  /** Absolute path of a file in ClickHouse Native format whose columns are exactly COLUMNS[table]. */
  readonly path: string;
  /** Stable across replays: the engine drops a second load with the same token, in the table and in every rollup. */
  readonly dedupToken: string;
}

export type TelemetryTable =
  | "spans"
  | "exceptions"
  | "logs"
  | "metric_points"
  | "web_vitals"
  | "page_views"
  | "browser_events"
  | "resource_origins"
  | "ingest_receipts";

export interface EngineHealth {
  readonly backend: "chdb" | "clickhouse";
  readonly version: string;
  readonly ok: boolean;
  /** Bytes the engine says it uses, and its cap. */
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly diskBytes: number;
  readonly rows: number;
  readonly activeParts: number;
  readonly message?: string;
}

/** Kept by us because the embedded engine has no system.query_log. */
export interface QueryStatistic {
  readonly name: string;
  readonly count: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface StreamOptions {
  /** See QueryOptions. */
  readonly name: string;
  /** Ends the query. */
  readonly signal: AbortSignal;
}

export interface TelemetryStore {
  readonly backend: "chdb" | "clickhouse";
  /**
   * A reader bound to one tenant and project. It binds `{tenant:String}` and `{project:String}` itself and adds the
   * tenant as a row filter on every tenant table of the statement, so a forgotten WHERE shows nothing foreign.
   */
  scoped(scope: Scope): ScopedReader;
  /**
   * Rows of a scoped statement, however many, as pieces of whole lines of JSON (64-bit integers as text). Holds some
   * thousand rows at a time, waits for its reader, and ends the query when the reader leaves or the signal says so.
   */
  stream(scope: Scope, sql: string, params: QueryParams, options: StreamOptions): AsyncIterable<string>;
  /** Statements of the product itself that span tenants (ledger audit, storage report, seeding of guards). */
  internal: UnscopedReader;
  /** Loads a sealed journal file exactly once per token. Resolves when the rows are durable in the engine. */
  load(file: LoadFile): Promise<void>;
  health(): Promise<EngineHealth>;
  queryStatistics(): readonly QueryStatistic[];
  close(): Promise<void>;
}

export interface ScopedReader {
  readonly scope: Scope;
  /** Rows as objects. 64-bit integers arrive as numbers: select times in milliseconds, ids with hex(). */
  query<Row>(sql: string, params: QueryParams, options: QueryOptions): Promise<Row[]>;
}

export interface UnscopedReader {
  query<Row>(sql: string, params: QueryParams, options: QueryOptions): Promise<Row[]>;
  command(sql: string): Promise<void>;
}

export type TelemetryErrorCode = "timeout" | "memory" | "disk_full" | "unavailable" | "statement" | "closed";

/** What a store rejects with. `cause` keeps the engine's own error. */
export class TelemetryError extends Error {
  readonly code: TelemetryErrorCode;
  constructor(code: TelemetryErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "TelemetryError";
    this.code = code;
  }
}
