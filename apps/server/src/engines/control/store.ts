/**
 * The one interface to the control data (projects, keys, later users, rules, incidents, audit). Two backends:
 * `pglite.ts` (PostgreSQL in a worker thread of this process) and `postgres.ts` (a server through `pg`).
 * Statements are plain SQL with `$1` parameters, valid on PostgreSQL 14 and later.
 */

export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly (string | number)[]
  | object;

export interface SqlExecutor {
  /** Rows as objects. `int8` and `numeric` arrive as strings on both backends: cast in SQL (`::int`, `::float8`). */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly SqlValue[]): Promise<Row[]>;
}

export interface ControlHealth {
  readonly backend: "pglite" | "postgres";
  readonly version: string;
  readonly ok: boolean;
  readonly latencyMs: number;
  readonly diskBytes: number;
  readonly message?: string;
}

export interface ControlStore extends SqlExecutor {
  readonly backend: "pglite" | "postgres";
  /** Commits when `work` resolves, rolls back when it throws. Runs as the owner: for the product's own housekeeping. */
  transaction<T>(work: (tx: SqlExecutor) => Promise<T>): Promise<T>;
  /**
   * A transaction as the unprivileged role `app_rw` with `app.tenant_id` set: forced row-level security decides what
   * it sees. Every request that acts for a person or a key goes through here.
   */
  asTenant<T>(tenantId: string, work: (tx: SqlExecutor) => Promise<T>): Promise<T>;
  /**
   * The same for work that only reads: PostgreSQL refuses a write (25006). Nothing waits for the commit, which saves a
   * round trip.
   */
  readAsTenant<T>(tenantId: string, work: (tx: SqlExecutor) => Promise<T>): Promise<T>;
  health(): Promise<ControlHealth>;
  close(): Promise<void>;
}

/** What a control store rejects with; `sqlState` is PostgreSQL's five-character code where there is one. */
export class ControlError extends Error {
  readonly sqlState: string | undefined;
  constructor(message: string, sqlState?: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ControlError";
    this.sqlState = sqlState;
  }
}
