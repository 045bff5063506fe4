/**
 * The control store on PostgreSQL inside this process (PGlite in a worker thread). One session serves everybody, so a
 * mutex gives it to one statement or transaction at a time. What PostgreSQL's background workers and timeouts do on a
 * server is done here: vacuum and checkpoint by a timer, runaway statements by a watchdog that replaces the thread.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { lockDirectory } from "../lock.ts";
import { SQL_STATE, type Connection, type ControlLimits } from "./connection.ts";
import { healthOf, type HealthProbe } from "./health.ts";
import { createClusterIfMissing } from "./createCluster.ts";
import type { Migratable } from "./migrate.ts";
import { PgliteConnection } from "./pgliteConnection.ts";
import {
  ControlError,
  type ControlHealth,
  type ControlStore,
  type SqlExecutor,
  type SqlValue,
} from "./store.ts";
import { refuseInsideTransaction, runAsTenant, runReadingAsTenant, runTransaction } from "./transaction.ts";

const MAINTENANCE_EVERY_MS = 60_000;
/** Vacuum of a bloated table and large migrations may take their time; a runaway may not take for ever. */
const MAINTENANCE_TIMEOUT_MS = 600_000;
const WAITING_MAX = 10_000;

/**
 * Locks `dir`, creates the cluster in it when there is none, and starts the engine.
 * @throws {DirectoryInUseError} when another process has it open.
 * @throws {ControlError} when the engine does not start.
 */
export async function openPglite(dir: string, limits: ControlLimits): Promise<PgliteStore> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(dir, "control store");
  try {
    const clusterDir = join(dir, "cluster");
    await createClusterIfMissing(clusterDir);
    const connection = await PgliteConnection.open(clusterDir, limits.statementTimeoutMs);
    return new PgliteStore(clusterDir, limits, connection, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

export class PgliteStore implements ControlStore, Migratable {
  readonly backend = "pglite";
  readonly #clusterDir: string;
  readonly #limits: ControlLimits;
  readonly #lock: { release(): Promise<void> };
  readonly #maintenance: NodeJS.Timeout;
  #connection: PgliteConnection;
  /** Resolves when everything that was asked before has ended. */
  #lastInLine: Promise<void> = Promise.resolve();
  #waiting = 0;
  #closing: Promise<void> | null = null;
  #hasWritten = false;
  #maintenanceProblem: string | undefined;

  constructor(
    clusterDir: string,
    limits: ControlLimits,
    connection: PgliteConnection,
    lock: { release(): Promise<void> },
  ) {
    this.#clusterDir = clusterDir;
    this.#limits = limits;
    this.#connection = connection;
    this.#lock = lock;
    this.#maintenance = setInterval(() => void this.#maintainOnTimer(), MAINTENANCE_EVERY_MS);
    this.#maintenance.unref();
  }

  async query<Row = Record<string, unknown>>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    refuseInsideTransaction();
    if (!/^\s*select\b/i.test(sql)) this.#hasWritten = true;
    return await this.#exclusively((connection) => connection.query<Row>(sql, params));
  }

  async transaction<T>(work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    refuseInsideTransaction();
    this.#hasWritten = true;
    return await this.#exclusively((connection) =>
      this.#refuseIdling(connection, (watched) => runTransaction(watched, work)),
    );
  }

  async asTenant<T>(tenantId: string, work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    refuseInsideTransaction();
    this.#hasWritten = true;
    return await this.#exclusively((connection) =>
      this.#refuseIdling(connection, (watched) => runAsTenant(watched, tenantId, work)),
    );
  }

  async readAsTenant<T>(tenantId: string, work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    refuseInsideTransaction();
    return await this.#exclusively(async (connection) => {
      const result = await this.#refuseIdling(connection, (watched) =>
        runReadingAsTenant(watched, tenantId, work),
      );
      // The next one's statements run behind it: the thread answers in order. One that can't even commit is replaced.
      connection.script("commit").catch((error: ControlError) => connection.destroy(error));
      return result;
    });
  }

  async migration<T>(work: (tx: Connection) => Promise<T>): Promise<T> {
    this.#hasWritten = true;
    return await this.#unhurriedly((connection) =>
      runTransaction(connection, (tx) => work({ query: tx.query, script: (sql) => connection.script(sql) })),
    );
  }

  async health(): Promise<ControlHealth> {
    const probe = () => this.#exclusively((connection) => connection.query<HealthProbe>(HEALTH));
    return await healthOf(this.backend, probe, this.#maintenanceProblem);
  }

  /** How often the engine forced something to disk since its thread started; shown by the durability tests. */
  async syncCount(): Promise<number> {
    return await this.#exclusively((connection) => connection.syncCount());
  }

  /** Vacuum and checkpoint now: this build has no autovacuum and no checkpointer. */
  async maintain(): Promise<void> {
    this.#hasWritten = false;
    await this.#unhurriedly(async (connection) => {
      // Two round trips: vacuum refuses to share a script with anything else.
      await connection.script("vacuum (analyze)");
      await connection.script("checkpoint");
    });
  }

  async close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    await this.#closing;
  }

  async #shutDown(): Promise<void> {
    clearInterval(this.#maintenance);
    await this.#lastInLine;
    try {
      await this.#connection.close();
    } finally {
      await this.#lock.release();
    }
  }

  async #maintainOnTimer(): Promise<void> {
    if (!this.#hasWritten || this.#closing !== null) return;
    try {
      await this.maintain();
      this.#maintenanceProblem = undefined;
    } catch (error) {
      // Shown on the System page through health(), and tried again in a minute.
      const reason = error instanceof Error ? error.message : String(error);
      this.#maintenanceProblem = `Vacuum and checkpoint failed: ${reason}`;
      this.#hasWritten = true;
    }
  }

  /** Waits for its turn, then has the session to itself; a session that is gone is replaced first. */
  async #exclusively<T>(work: (connection: PgliteConnection) => Promise<T>): Promise<T> {
    if (this.#closing !== null)
      throw new ControlError("The control store is closed.", SQL_STATE.connectionLost);
    if (this.#waiting >= WAITING_MAX) {
      throw new ControlError(
        `More than ${WAITING_MAX} statements wait for the embedded PostgreSQL.`,
        "53300",
      );
    }
    const previous = this.#lastInLine;
    const { promise: mine, resolve: leave } = Promise.withResolvers<void>();
    this.#lastInLine = mine;
    this.#waiting++;
    await previous;
    try {
      if (this.#connection.isGone) {
        // Two threads on one folder would destroy it.
        await this.#connection.terminated();
        this.#connection = await PgliteConnection.open(this.#clusterDir, this.#limits.statementTimeoutMs);
      }
      return await work(this.#connection);
    } finally {
      this.#waiting--;
      leave();
    }
  }

  async #unhurriedly<T>(work: (connection: PgliteConnection) => Promise<T>): Promise<T> {
    return await this.#exclusively(async (connection) => {
      connection.statementTimeoutMs = MAINTENANCE_TIMEOUT_MS;
      try {
        return await work(connection);
      } finally {
        connection.statementTimeoutMs = this.#limits.statementTimeoutMs;
      }
    });
  }

  /** Ends a transaction whose work stands still: it would keep everybody else waiting. */
  async #refuseIdling<T>(
    connection: PgliteConnection,
    work: (watched: Connection) => Promise<T>,
  ): Promise<T> {
    const { promise: idled, reject } = Promise.withResolvers<never>();
    const limitMs = this.#limits.idleInTransactionMs;
    const expire = () => {
      const message = `The transaction did nothing for ${limitMs} ms and was rolled back.`;
      const error = new ControlError(message, SQL_STATE.idleInTransaction);
      connection.destroy(error);
      reject(error);
    };
    let timer = setTimeout(expire, limitMs);
    let running = 0;
    const watch = async <R>(statement: () => Promise<R>): Promise<R> => {
      clearTimeout(timer);
      running++;
      try {
        return await statement();
      } finally {
        running--;
        if (running === 0) timer = setTimeout(expire, limitMs);
      }
    };
    const watched: Connection = {
      query: (sql, params) => watch(() => connection.query(sql, params)),
      script: (sql) => watch(() => connection.script(sql)),
    };
    try {
      return await Promise.race([work(watched), idled]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const HEALTH = `
  select current_setting('server_version') as version,
         pg_database_size(current_database()) + (select coalesce(sum(size), 0) from pg_ls_waldir()) as bytes`;
