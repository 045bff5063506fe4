/**
 * Transactions over one connection, the same on both backends:
 *   begin → work(tx) → commit; a failed statement or a throwing `work` → rollback.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { SQL_STATE, type Connection } from "./connection.ts";
import { ControlError, type SqlExecutor, type SqlValue } from "./store.ts";

interface Scope {
  isOpen: boolean;
}

const currentScope = new AsyncLocalStorage<Scope>();

/**
 * Refuses a statement that goes to the store while a transaction of the same call chain is open: on the embedded
 * engine it would wait for itself for ever, on a server it would silently run outside the transaction.
 */
export function refuseInsideTransaction(): void {
  if (currentScope.getStore()?.isOpen === true) {
    throw new ControlError(
      "Inside a transaction use its tx, not the store: the statement would be outside of it.",
    );
  }
}

/** Runs `work` between `begin` and `commit` or `rollback` on a connection that nobody else uses meanwhile. */
export async function runTransaction<T>(
  connection: Connection,
  work: (tx: SqlExecutor) => Promise<T>,
): Promise<T> {
  const query: Query = (sql, params) => connection.query(sql, params);
  const result = await runOpen(connection, "begin", work, query);
  await commit(connection);
  return result;
}

/**
 * The same as the role `app_rw` bound to one tenant. The executor takes plain reads and writes only: `RESET ROLE` or
 * `set_config` would otherwise step out of the tenant (measured on both backends). This guards against mistakes;
 * text from users never reaches it.
 */
export async function runAsTenant<T>(
  connection: Connection,
  tenantId: string,
  work: (tx: SqlExecutor) => Promise<T>,
): Promise<T> {
  const result = await runOpen(connection, beginAs(tenantId, "begin"), work, queryAsTenant(connection));
  await commit(connection);
  return result;
}

/**
 * The same for work that only reads. The transaction is left open: whoever owns the connection sends `commit` behind it,
 * and does not need to wait for it, because there is nothing that could be lost.
 */
export async function runReadingAsTenant<T>(
  connection: Connection,
  tenantId: string,
  work: (tx: SqlExecutor) => Promise<T>,
): Promise<T> {
  return await runOpen(connection, beginAs(tenantId, "begin read only"), work, queryAsTenant(connection));
}

function beginAs(tenantId: string, begin: string): string {
  // The id goes into a script, which has no parameters: hence the strict pattern.
  if (!UUID.test(tenantId)) throw new ControlError("The tenant's id is not a UUID.");
  return `${begin}; select set_config('app.tenant_id', '${tenantId}', true); set local role app_rw`;
}

function queryAsTenant(connection: Connection): Query {
  return async (sql, params) => {
    refuseOutsideTenant(sql);
    return await connection.query(sql, params);
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const COMMENTS = /\/\*[^]*?\*\/|--[^\n]*/g;

function refuseOutsideTenant(sql: string): void {
  const bare = sql.replaceAll(COMMENTS, " ");
  const isPlain = /^\s*(select|insert|update|delete|with|values)\b/i.test(bare);
  if (!isPlain || /\bset_config\b/i.test(bare)) {
    throw new ControlError("As a tenant only select, insert, update and delete are allowed.", "42501");
  }
}

type Query = (sql: string, params: readonly SqlValue[]) => Promise<unknown[]>;

async function commit(connection: Connection): Promise<void> {
  try {
    await connection.script("commit");
  } catch (error) {
    await rollBack(connection, error);
    throw error;
  }
}

/** Begins and works; everything succeeded, or the transaction is rolled back. The commit is left to the caller. */
async function runOpen<T>(
  connection: Connection,
  begin: string,
  work: (tx: SqlExecutor) => Promise<T>,
  query: Query,
): Promise<T> {
  const scope: Scope = { isOpen: true };
  const statements = followStatements(scope, query);
  try {
    // Statements of a connection run in order, so the first one may be on its way before `begin` has answered.
    const begun = connection.script(begin);
    const [result] = await Promise.all([currentScope.run(scope, () => work(statements.tx)), begun]);
    scope.isOpen = false;
    await statements.allSucceeded();
    return result;
  } catch (error) {
    scope.isOpen = false;
    await rollBack(connection, error);
    throw error;
  }
}

/** The executor that is handed out, and whether everything that went through it succeeded. */
function followStatements(scope: Scope, query: Query) {
  const running = new Set<Promise<unknown>>();
  let firstFailure: { readonly error: unknown } | undefined;
  const tx: SqlExecutor = {
    async query<Row>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
      if (!scope.isOpen) {
        throw new ControlError("The transaction has ended: await every statement inside of it.");
      }
      const statement = query(sql, params);
      running.add(statement);
      try {
        return (await statement) as Row[];
      } catch (error) {
        firstFailure ??= { error };
        throw error;
      } finally {
        running.delete(statement);
      }
    },
  };
  return {
    tx,
    /**
     * PostgreSQL answers `commit` with a silent rollback when a statement failed: also one whose error was caught,
     * or that nobody waited for.
     */
    async allSucceeded(): Promise<void> {
      await Promise.allSettled(running);
      if (firstFailure === undefined) return;
      const message = "A statement of this transaction failed, so nothing of it was kept.";
      throw new ControlError(message, SQL_STATE.failedTransaction, firstFailure.error);
    },
  };
}

async function rollBack(connection: Connection, reason: unknown): Promise<void> {
  try {
    await connection.script("rollback");
  } catch (error) {
    // A connection that is gone has rolled back by going; anything else must be seen.
    if (error instanceof ControlError && error.sqlState === SQL_STATE.connectionLost) return;
    throw new AggregateError([reason, error], "The transaction failed and could not be rolled back.");
  }
}
