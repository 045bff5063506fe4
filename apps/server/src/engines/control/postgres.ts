/** The control store on a PostgreSQL server, through a pool of `pg`. */
import { DatabaseError, Pool, type CustomTypesConfig, type PoolClient, type QueryConfig } from "pg";
import { controlErrorOf, SQL_STATE, type Connection, type ControlLimits } from "./connection.ts";
import { healthOf, type HealthProbe } from "./health.ts";
import type { Migratable } from "./migrate.ts";
import {
  ControlError,
  type ControlHealth,
  type ControlStore,
  type SqlExecutor,
  type SqlValue,
} from "./store.ts";
import { refuseInsideTransaction, runAsTenant, runReadingAsTenant, runTransaction } from "./transaction.ts";
import { decodeText, DECODERS, encodeParam } from "./wireText.ts";

const POOL_MAX = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const HUNG_SERVER_GRACE_MS = 2_000;
const MIGRATION_TIMEOUT_MS = 600_000;
const VERSION_MIN = 14;

const HEALTH = `
  select current_setting('server_version') as version, pg_database_size(current_database()) as bytes`;

const types: CustomTypesConfig = {
  getTypeParser: (oid: number) => DECODERS.get(oid) ?? decodeText,
};

/**
 * Connects once to find out that it can.
 * @throws {ControlError} when the server can't be reached, refuses the login or is too old.
 */
export async function openPostgres(url: string, limits: ControlLimits): Promise<PostgresStore> {
  const pool = new Pool({
    connectionString: url,
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: limits.statementTimeoutMs,
    // The server ends a slow statement; a server that hangs has to be given up from here.
    query_timeout: limits.statementTimeoutMs + HUNG_SERVER_GRACE_MS,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
    application_name: "throughline",
    // Dates in statements (date_trunc, now()::date) then mean the same as on the embedded engine.
    options: "-c timezone=UTC",
  });
  const store = new PostgresStore(pool, hostOf(url));
  try {
    await store.refuseOldServer();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

export class PostgresStore implements ControlStore, Migratable {
  readonly backend = "postgres";
  readonly #pool: Pool;
  readonly #host: string;
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(pool: Pool, host: string) {
    this.#pool = pool;
    this.#host = host;
    // Without a listener an idle connection that breaks would end the process. The pool replaces it by itself; if it
    // can't, the next statement says so.
    pool.on("error", () => undefined);
  }

  async query<Row = Record<string, unknown>>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    refuseInsideTransaction();
    return await this.#withConnection((connection) => connection.query<Row>(sql, params));
  }

  async transaction<T>(work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    refuseInsideTransaction();
    return await this.#withConnection((connection) => runTransaction(connection, work));
  }

  async asTenant<T>(tenantId: string, work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    refuseInsideTransaction();
    return await this.#withConnection((connection) => runAsTenant(connection, tenantId, work));
  }

  async readAsTenant<T>(tenantId: string, work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    refuseInsideTransaction();
    const { promise: read, resolve, reject } = Promise.withResolvers<T>();
    this.#withConnection(async (connection) => {
      resolve(await runReadingAsTenant(connection, tenantId, work));
      // Others get the connection after it.
      await connection.script("commit");
    }).catch(reject);
    return await read;
  }

  async migration<T>(work: (tx: Connection) => Promise<T>): Promise<T> {
    return await this.#withConnection(
      (connection) =>
        runTransaction(connection, async (tx) => {
          await connection.script(
            "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0",
          );
          return await work({ query: tx.query, script: connection.script });
        }),
      MIGRATION_TIMEOUT_MS,
    );
  }

  async health(): Promise<ControlHealth> {
    return await healthOf(this.backend, () =>
      this.#withConnection((connection) => connection.query<HealthProbe>(HEALTH)),
    );
  }

  async refuseOldServer(): Promise<void> {
    const [row] = await this.query<{ number: number; version: string }>(
      "select current_setting('server_version_num')::int as number, current_setting('server_version') as version",
    );
    if (row !== undefined && row.number < VERSION_MIN * 10_000) {
      throw new ControlError(
        `DATABASE_URL leads to PostgreSQL ${row.version}; ${VERSION_MIN} or later is needed.`,
      );
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // The pool forgets callers that still wait for a connection when it ends.
    await Promise.allSettled(this.#running);
    await this.#pool.end();
  }

  async #withConnection<T>(work: (connection: Connection) => Promise<T>, hungAfterMs?: number): Promise<T> {
    if (this.#isClosed) throw new ControlError("The control store is closed.", SQL_STATE.connectionLost);
    const running = this.#run(work, hungAfterMs);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #run<T>(work: (connection: Connection) => Promise<T>, hungAfterMs: number | undefined): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    const { promise: lost, reject: lose } = Promise.withResolvers<never>();
    let broken: Error | undefined;
    // Also while no statement runs: a transaction that waits for something else must learn that it was ended.
    const onError = (error: Error) => {
      broken = error;
      lose(this.#controlError(error));
    };
    client.on("error", onError);
    try {
      return await Promise.race([work(this.#connectionOf(client, hungAfterMs)), lost]);
    } catch (error) {
      // Whatever happened to it, a connection in an unknown state must not serve the next caller.
      if (!isRefusalOfStatement(error)) broken ??= error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
  }

  #connectionOf(client: PoolClient, hungAfterMs: number | undefined): Connection {
    const limit = hungAfterMs === undefined ? {} : { query_timeout: hungAfterMs };
    let last: Promise<unknown> = Promise.resolve();
    // One after the other: `pg` gives up queueing statements on a client in its next major version.
    const send = async (query: QueryConfig): Promise<Record<string, unknown>[]> => {
      const answer = last.then(() => client.query<Record<string, unknown>>({ ...query, ...limit }));
      last = answer.catch(() => undefined);
      try {
        return (await answer).rows;
      } catch (error) {
        throw this.#controlError(error);
      }
    };
    return {
      async query<Row>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
        // Extended: without parameters `pg` would take several statements at once, among them `reset role`.
        const extended = { text: sql, values: params.map(encodeParam), types, queryMode: "extended" };
        return (await send(extended)) as Row[];
      },
      async script(sql) {
        await send({ text: sql });
      },
    };
  }

  #controlError(error: unknown): ControlError {
    if (!(error instanceof DatabaseError)) return this.#unreachable(error);
    const { message, code, detail, constraint, severity } = error;
    return controlErrorOf({ message, code, detail, constraint, severity });
  }

  #unreachable(error: unknown): ControlError {
    if (error instanceof DatabaseError) {
      return new ControlError(
        `PostgreSQL at ${this.#host} refused the connection: ${error.message}. Check DATABASE_URL.`,
        error.code,
      );
    }
    const reason = error instanceof Error ? reasonOf(error) : String(error);
    const message = `PostgreSQL at ${this.#host} can't be reached (${reason}). Check DATABASE_URL and that it runs.`;
    return new ControlError(message, SQL_STATE.connectionLost, error);
  }
}

/** PostgreSQL refused one statement and the session goes on: not so for classes 08 (connection) and 57P (shutdown). */
function isRefusalOfStatement(error: unknown): boolean {
  if (!(error instanceof ControlError)) return true;
  const state = error.sqlState ?? "";
  return !state.startsWith("08") && !state.startsWith("57P") && state !== SQL_STATE.idleInTransaction;
}

/** A refused dual-stack connection is an AggregateError with an empty message of its own. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error.message;
}

/** Host and port of the URL, for messages: never its user or password. */
function hostOf(url: string): string {
  const host = URL.parse(url)?.host;
  return host === undefined || host === "" ? "the address in DATABASE_URL" : host;
}
