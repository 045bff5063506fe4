/**
 * Kysely over a control store, for better-auth, which builds its statements with it. Statements go through the store one
 * by one; `begin` does not: better-auth is told that there are no transactions (and brings conditional updates instead).
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import type { SqlExecutor, SqlValue } from "../../engines/control/store.ts";

/** @param executor asked for at each statement, so that a transaction of the caller can stand in for the store. */
export function controlDialect(executor: () => SqlExecutor): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(executor),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

function createDriver(executor: () => SqlExecutor): Driver {
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      // Statements that change rows are asked to return something, because a store reports no row count.
      const isCounted = /^(update|delete)\b/.test(sql) && !/\breturning\b/.test(sql);
      const rows = await executor().query<Row>(
        isCounted ? `${sql} returning 1` : sql,
        parameters.map((value) => value as SqlValue),
      );
      return isCounted ? { rows: [], numAffectedRows: BigInt(rows.length) } : { rows };
    },
    // oxlint-disable-next-line require-yield -- no statement of better-auth streams
    async *streamQuery() {
      throw new Error("The control store does not stream.");
    },
  };
  const noTransactions = async (): Promise<never> => {
    throw new Error("better-auth's statements run one by one.");
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: noTransactions,
    commitTransaction: noTransactions,
    rollbackTransaction: noTransactions,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}
