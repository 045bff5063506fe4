/** What a backend gives the code that both share (transactions, tenants, migrations): one PostgreSQL session. */
import { ControlError, type SqlExecutor } from "./store.ts";

export interface Connection extends SqlExecutor {
  /** Several statements without parameters in one round trip; never text from outside. */
  script(sql: string): Promise<void>;
}

/** Limits of a store; the same on both backends. */
export interface ControlLimits {
  /** A statement that runs longer is ended (57014); on the embedded engine that costs a restart of its worker. */
  readonly statementTimeoutMs: number;
  /** A transaction whose work issues no statement for so long is rolled back (25P03). */
  readonly idleInTransactionMs: number;
}

export const DEFAULT_CONTROL_LIMITS: ControlLimits = {
  statementTimeoutMs: 15_000,
  idleInTransactionMs: 15_000,
};

export const SQL_STATE = {
  statementTimeout: "57014",
  idleInTransaction: "25P03",
  failedTransaction: "25P02",
  connectionLost: "08006",
} as const;

/** Fields of a driver's error that are safe to keep: never the statement's parameters. */
export interface ServerErrorFields {
  readonly message: string;
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly constraint: string | undefined;
  /** ERROR refuses a statement; FATAL and PANIC are the end of the session. */
  readonly severity: string | undefined;
}

/** @param fields what PostgreSQL said; the detail stays in `cause`, since it may quote values. */
export function controlErrorOf(fields: ServerErrorFields): ControlError {
  const { message, code, detail, constraint } = fields;
  return new ControlError(message, code, { detail, constraint });
}
