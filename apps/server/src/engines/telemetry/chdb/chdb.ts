/**
 * ClickHouse's engine in this process. A thin adapter over the package's Session: its own connection hook makes every
 * setting permanent, and its bound parameters are serialised process-wide, so literals are rendered here.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { drainPending, Session } from "chdb";
import { lockDirectory } from "../../lock.ts";
import type { EngineDriver, EngineSettings } from "../driver.ts";
import { engineError } from "../engineErrors.ts";
import { columnNames, fileStructure, loadSettings } from "../loadStatement.ts";
import { createDatabaseStatement } from "../migrate/migrate.ts";
import { TELEMETRY_DATABASE } from "../migrate/template.ts";
import { bindLiterals, checkParams } from "../sql/statement.ts";
import { quoteString } from "../sql/sqlText.ts";
import { TelemetryError, type LoadFile } from "../store.ts";
import { removeOrphanedRecords, syncDeduplicationLogs } from "./deduplicationLogs.ts";
import {
  DEFAULT_MEMORY_LIMIT_BYTES,
  LOAD_NICE,
  MEMORY_LIMIT_BYTES_MIN,
  writeEngineConfig,
} from "./engineConfig.ts";
import { SessionLane } from "./sessionLane.ts";

export interface ChdbOptions {
  /** Folder of this engine alone. */
  readonly folder: string;
  readonly memoryLimitBytes?: number;
}

/** Threads of libuv that stay free for files, DNS and compression. */
const SPARE_THREADS = 4;
const QUERY_SESSIONS_MAX = 6;
const LOAD_SESSIONS_MAX = 2;
const STREAM_SESSIONS_MAX = 2;
const STREAM_WAIT_MS = 10_000;

function sessionCounts(): { queries: number; loads: number } {
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
  const free = Math.max(threads - SPARE_THREADS, 2);
  const loads = Math.min(LOAD_SESSIONS_MAX, Math.max(1, Math.floor(free / 3)));
  return { loads, queries: Math.min(QUERY_SESSIONS_MAX, Math.max(1, free - loads)) };
}

/**
 * Takes the folder and starts the engine in it.
 * @throws {DirectoryInUseError} when another process, or another store of this one, holds the folder.
 * @throws {TelemetryError} when the engine can't start there.
 */
export async function openChdb(options: ChdbOptions): Promise<EngineDriver> {
  const memoryLimitBytes = options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES;
  if (memoryLimitBytes < MEMORY_LIMIT_BYTES_MIN)
    throw new RangeError(
      `The telemetry store needs a memory limit of at least ${MEMORY_LIMIT_BYTES_MIN} bytes.`,
    );
  const lock = await lockDirectory(options.folder, "telemetry store");
  let first: Session | null = null;
  try {
    const data = join(options.folder, "data");
    await mkdir(data, { recursive: true, mode: 0o700 });
    await removeOrphanedRecords(data);
    // Server settings are those of the first session; the ones opened later share its engine.
    const configPath = await writeEngineConfig(options.folder, memoryLimitBytes);
    first = openSession(data, [`--config-file=${configPath}`]);
    await first.queryAsync(createDatabaseStatement(null));
    return createDriver(data, first, () => lock.release());
  } catch (error) {
    first?.close();
    await drainPending();
    await lock.release();
    if (error instanceof TelemetryError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TelemetryError(
      "unavailable",
      `The telemetry store in ${options.folder} can't be opened: ${reason}`,
      error,
    );
  }
}

/** @param first stays open for the driver's whole life: the engine ends with its last session. */
function createDriver(data: string, first: Session, unlock: () => Promise<void>): EngineDriver {
  const counts = sessionCounts();
  const open = async (settings: string) => {
    const session = openSession(data);
    await session.queryAsync(`USE ${TELEMETRY_DATABASE}${settings}`);
    return session;
  };
  // readonly = 2: no writes, but settings may be given per statement.
  const queries = new SessionLane(counts.queries, () => open("; SET readonly = 2"));
  const loads = new SessionLane(counts.loads, () => open(""));
  const commands = new SessionLane(1, () => open(""));
  // One that lasts for hours must not take a session from those who wait for a page.
  const streams = new SessionLane(STREAM_SESSIONS_MAX, () => open("; SET readonly = 2"));
  const openStreams = new Set<(reason: unknown) => void>();
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    for (const end of openStreams) end(closedError());
    const lanes = Promise.all([queries.close(), loads.close(), commands.close(), streams.close()]);
    // Runs beside the lanes: queries under way end within a tenth of a second. Never SYNC, which can hang for ever.
    await first.queryAsync("KILL QUERY WHERE query_kind = 'Select' ASYNC").catch(ignoreNothingToKill);
    await lanes;
    first.close();
    await drainPending();
    await unlock();
  }

  return {
    backend: "chdb",
    async select<Row>({
      statement,
      params,
      settings,
      maxExecutionMs,
    }: Parameters<EngineDriver["select"]>[0]) {
      const sql = bindLiterals(statement, checkParams(statement, params));
      return await queries.use(maxExecutionMs, async (session) => {
        const result = await run("The query", session, `${setStatement(settings)}; ${sql}`);
        return parseRows<Row>(result);
      });
    },
    async *stream({ statement, params, settings, signal }) {
      const sql = bindLiterals(statement, checkParams(statement, params));
      const lease = Promise.withResolvers<Session>();
      const over = Promise.withResolvers<void>();
      const used = streams.use(STREAM_WAIT_MS, async (session) => {
        lease.resolve(session);
        await over.promise;
      });
      used.catch(lease.reject);
      openStreams.add(over.reject);
      try {
        const session = await lease.promise;
        await run("The query", session, setStatement(settings));
        for await (const piece of session.queryStream(sql, { format: "JSONEachRow", signal }))
          yield piece.text();
        over.resolve();
        await used;
      } catch (error) {
        throw streamError(error);
      } finally {
        openStreams.delete(over.reject);
        // Also when the reader left: then the session is not trusted any more.
        over.reject(new Error("The reader left."));
        await used.catch(() => undefined);
      }
    },
    async command(sql) {
      await commands.use(null, (session) => run("The command", session, sql));
    },
    async load(file) {
      await loads.use(null, (session) => run(`Loading ${file.table}`, session, loadStatement(file)));
      await syncDeduplicationLogs(data);
    },
    close: () => (closing ??= close()),
  };
}

function openSession(data: string, connectionArgs?: readonly string[]): Session {
  return new Session(data, connectionArgs === undefined ? {} : { connectionArgs });
}

async function run(what: string, session: Session, sql: string): Promise<string> {
  try {
    return (await session.queryAsync(sql, { format: "JSONEachRow" })).text();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw engineError(what, clickhouseCode(error), text, error);
  }
}

function streamError(error: unknown): unknown {
  if (error instanceof TelemetryError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = Number(/^Code: (\d+)/.exec(text)?.[1] ?? Number.NaN);
  return engineError("The query", Number.isNaN(code) ? undefined : code, text, error);
}

function closedError(): TelemetryError {
  return new TelemetryError("closed", "The query was ended because the telemetry store is closing.");
}

function clickhouseCode(error: unknown): number | undefined {
  return error instanceof Error && "clickhouseCode" in error && typeof error.clickhouseCode === "number"
    ? error.clickhouseCode
    : undefined;
}

/** Every statement sets the same names, so nothing of the statement before it on this session remains. */
function setStatement(settings: EngineSettings): string {
  return `SET ${assignments(settings)}`;
}

function assignments(settings: EngineSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === "number" ? value : quoteString(value)}`)
    .join(", ");
}

/** `output_format_json_array_of_rows`: one array; nothing at all for statements without rows. */
function parseRows<Row>(text: string): Row[] {
  return text.trim() === "" ? [] : (JSON.parse(text) as Row[]);
}

function loadStatement(file: LoadFile): string {
  if (/[*?{}]/.test(file.path))
    throw new TelemetryError(
      "statement",
      `The path ${file.path} can't be loaded: it must not contain * ? { or }.`,
    );
  const columns = columnNames(file.table);
  const source = [file.path, "Native", fileStructure(file.table)].map(quoteString).join(", ");
  return `INSERT INTO ${file.table} (${columns}) SELECT ${columns} FROM file(${source}) SETTINGS ${assignments({ ...loadSettings(file), ...LOAD_NICE })}`;
}

/** Thrown when no query runs, or when the engine is already going down: both are what closing wants. */
function ignoreNothingToKill(error: unknown): void {
  if (clickhouseCode(error) === undefined) throw error;
}
