/**
 * One life of the worker thread that runs the embedded PostgreSQL. States: open → gone (closed, killed by the watchdog,
 * or crashed); a connection that is gone stays gone and rejects everything, pglite.ts then opens another.
 */
import { statfs } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { controlErrorOf, SQL_STATE, type Connection } from "./connection.ts";
import type { PgliteReply, PgliteRequest, PgliteWorkerData } from "./pgliteProtocol.ts";
import { ControlError, type SqlValue } from "./store.ts";
import { encodeParam } from "./wireText.ts";

const OPEN_TIMEOUT_MS = 60_000;
/** PostgreSQL writes its log ahead in files of this size and can't start without room for one. */
const LOG_SEGMENT_BYTES = 16 * 1024 ** 2;

interface Pending {
  readonly resolve: (rows: readonly object[]) => void;
  readonly reject: (error: ControlError) => void;
  readonly watchdog: NodeJS.Timeout;
}

type WithoutId<R> = R extends { readonly id: number } ? Omit<R, "id"> : never;

export class PgliteConnection implements Connection {
  /** Applies to statements sent from now on; PostgreSQL's own statement_timeout does nothing in this build. */
  statementTimeoutMs: number;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #goneBecause: ControlError | null = null;
  #terminated: Promise<unknown> = Promise.resolve();

  private constructor(worker: Worker, statementTimeoutMs: number) {
    this.#worker = worker;
    this.statementTimeoutMs = statementTimeoutMs;
    worker.on("message", (reply: PgliteReply) => this.#settle(reply));
    worker.on("error", (error) => this.#gone(lost(error)));
    worker.on("exit", () => this.#gone(lost(null)));
  }

  /** @throws {ControlError} when the engine does not start, with its reason. */
  static async open(clusterDir: string, statementTimeoutMs: number): Promise<PgliteConnection> {
    const workerData: PgliteWorkerData = { clusterDir };
    const worker = new Worker(new URL("./pgliteWorker.ts", import.meta.url), {
      workerData,
      name: "control-store",
    });
    const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => reject(new Error(`no answer within ${OPEN_TIMEOUT_MS} ms`)),
      OPEN_TIMEOUT_MS,
    );
    worker.once("message", () => resolve());
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("its thread ended")));
    try {
      await opened;
      return new PgliteConnection(worker, statementTimeoutMs);
    } catch (error) {
      await worker.terminate();
      const reason = error instanceof Error ? error.message : String(error);
      const { bavail, bsize } = await statfs(clusterDir);
      const hint =
        bavail * bsize < LOG_SEGMENT_BYTES ? " The disk is full: it starts again when there is room." : "";
      throw new ControlError(
        `The embedded PostgreSQL in ${clusterDir} did not start: ${reason}.${hint}`,
        undefined,
        error,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  get isGone(): boolean {
    return this.#goneBecause !== null;
  }

  async query<Row = Record<string, unknown>>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    const rows = await this.#send({ kind: "query", sql, params: params.map(encodeParam) });
    return rows as Row[];
  }

  async script(sql: string): Promise<void> {
    await this.#send({ kind: "script", sql });
  }

  /** How often the engine forced something to disk since it was opened. */
  async syncCount(): Promise<number> {
    const [row] = await this.#send({ kind: "syncCount" });
    return row !== undefined && "syncCount" in row ? Number(row.syncCount) : 0;
  }

  /** Ends the thread at once, whatever it computes; everything asked of it rejects with `reason`. */
  destroy(reason: ControlError): void {
    if (this.isGone) return;
    this.#gone(reason);
    this.#terminated = this.#worker.terminate();
  }

  /** Resolves when the thread no longer touches the folder. */
  async terminated(): Promise<void> {
    await this.#terminated;
  }

  async close(): Promise<void> {
    if (this.isGone) return await this.terminated();
    const { promise: exited, resolve } = Promise.withResolvers<void>();
    this.#worker.once("exit", () => resolve());
    await this.#send({ kind: "close" });
    await exited;
  }

  async #send(request: WithoutId<PgliteRequest>): Promise<readonly object[]> {
    if (this.#goneBecause !== null) {
      const message = `The session has ended: ${this.#goneBecause.message}`;
      throw new ControlError(message, SQL_STATE.connectionLost, this.#goneBecause);
    }
    const id = this.#nextId++;
    return await new Promise((resolve, reject) => {
      const watchdog = setTimeout(
        () => this.destroy(tooSlow(this.statementTimeoutMs)),
        this.statementTimeoutMs,
      );
      this.#pending.set(id, { resolve, reject, watchdog });
      this.#worker.postMessage({ ...request, id }, []);
    });
  }

  #settle(reply: PgliteReply): void {
    if (reply.kind === "opened") return;
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.watchdog);
    if (reply.kind === "done") return pending.resolve(reply.rows);
    const error = controlErrorOf(reply.error);
    pending.reject(error);
    // After a panic (no room for its log, for example) the engine answers nothing more: start again and recover.
    if (reply.error.severity === "PANIC" || reply.error.severity === "FATAL") this.destroy(error);
  }

  #gone(reason: ControlError): void {
    this.#goneBecause ??= reason;
    for (const { reject, watchdog } of this.#pending.values()) {
      clearTimeout(watchdog);
      reject(this.#goneBecause);
    }
    this.#pending.clear();
  }
}

function tooSlow(limitMs: number): ControlError {
  const message = `The statement ran longer than ${limitMs} ms and was ended.`;
  return new ControlError(message, SQL_STATE.statementTimeout);
}

function lost(cause: unknown): ControlError {
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  return new ControlError(`The embedded PostgreSQL stopped${reason}.`, SQL_STATE.connectionLost, cause);
}
