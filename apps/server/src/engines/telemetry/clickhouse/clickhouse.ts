/** A ClickHouse server or cluster over HTTP, through the official client. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import {
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
  type ClickHouseSettings,
} from "@clickhouse/client";
import type { EngineDriver, EngineSettings, SelectRequest, StreamRequest } from "../driver.ts";
import { engineError } from "../engineErrors.ts";
import { columnNames, LOAD_SECONDS_MAX, loadSettings } from "../loadStatement.ts";
import { createDatabaseStatement } from "../migrate/migrate.ts";
import { TELEMETRY_DATABASE, type ClusterTarget } from "../migrate/template.ts";
import { SESSION_SETTINGS } from "../sessionSettings.ts";
import { checkParams } from "../sql/statement.ts";
import { TelemetryError, type LoadFile } from "../store.ts";

export interface ClickhouseOptions {
  /** `http(s)://user:password@host:8123`. */
  readonly url: string;
  readonly cluster: ClusterTarget | null;
}

/** The network's share on top of the engine's own limit. */
const NETWORK_MS = 5000;
const CONNECTIONS_MAX = 20;
const CONNECT_MS = 10_000;

/**
 * Connects, and creates the database when it is missing.
 * @throws {TelemetryError} when the server can't be reached or refuses the user.
 */
export async function openClickhouse({ url, cluster }: ClickhouseOptions): Promise<EngineDriver> {
  const shared = {
    url: serverUrl(url),
    application: "throughline",
    request_timeout: (LOAD_SECONDS_MAX + 10) * 1000,
    max_open_connections: CONNECTIONS_MAX,
    compression: { response: true },
    // Errors are thrown to the caller, who says what was attempted.
    log: { level: ClickHouseLogLevel.OFF },
  };
  // The database may not exist yet, and a server refuses every statement in one that doesn't.
  const bootstrap = createClient(shared);
  try {
    await bootstrap.command({
      query: createDatabaseStatement(cluster),
      abort_signal: AbortSignal.timeout(CONNECT_MS),
    });
  } catch (error) {
    throw clientError(`Connecting to the telemetry store at ${new URL(url).host}`, error);
  } finally {
    await bootstrap.close();
  }
  return createDriver(createClient({ ...shared, database: TELEMETRY_DATABASE }), cluster);
}

function createDriver(client: ClickHouseClient, cluster: ClusterTarget | null): EngineDriver {
  const closing = new AbortController();
  const underway = new Set<Promise<unknown>>();
  let closed: Promise<void> | null = null;

  /** Runs one request, with the errors of the wire made ours. */
  async function request<T>(
    what: string,
    limitMs: number,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (closing.signal.aborted) throw closedError(what);
    const timeout = AbortSignal.timeout(limitMs);
    const sending = send(AbortSignal.any([timeout, closing.signal]));
    underway.add(sending);
    try {
      return await sending;
    } catch (error) {
      if (closing.signal.aborted) throw closedError(what, error);
      if (timeout.aborted) throw engineError(what, 159, `no answer within ${limitMs} ms`, error);
      throw clientError(what, error);
    } finally {
      underway.delete(sending);
    }
  }

  async function close(): Promise<void> {
    // Loads are cut as well: their token makes the next try harmless.
    closing.abort();
    await Promise.allSettled(underway);
    await client.close();
  }

  return {
    backend: "clickhouse",
    async select<Row>({ statement, params, settings, maxExecutionMs }: SelectRequest): Promise<Row[]> {
      const values = checkParams(statement, params);
      return await request("The query", maxExecutionMs + NETWORK_MS, async (signal) => {
        const result = await client.query({
          query: statement.sql,
          format: "JSONEachRow",
          query_params: values,
          clickhouse_settings: {
            ...wireSettings(SESSION_SETTINGS),
            ...wireSettings(settings),
            readonly: "2",
            // The status line waits for the last row, so an error halfway is an error and not a short answer.
            wait_end_of_query: 1,
            cancel_http_readonly_queries_on_client_close: 1,
          },
          abort_signal: signal,
        });
        return await result.json<Row>();
      });
    },
    async *stream({ statement, params, settings, maxExecutionMs, signal }: StreamRequest) {
      if (closing.signal.aborted) throw closedError("The query");
      const query_params = checkParams(statement, params);
      // Ends what is under way when the reader leaves.
      const left = new AbortController();
      const ends = AbortSignal.any([
        signal,
        closing.signal,
        left.signal,
        AbortSignal.timeout(maxExecutionMs),
      ]);
      try {
        const result = await client.query({
          query: statement.sql,
          format: "JSONEachRow",
          query_params,
          clickhouse_settings: {
            ...wireSettings(SESSION_SETTINGS),
            ...wireSettings(settings),
            readonly: "2",
            // The server keeps the answer in its temporary files, so an error halfway is never half an answer.
            wait_end_of_query: 1,
            cancel_http_readonly_queries_on_client_close: 1,
          },
          abort_signal: ends,
        });
        for await (const rows of result.stream()) {
          if (rows.length > 0) yield `${rows.map(({ text }) => text).join("\n")}\n`;
        }
        if (ends.aborted) throw new Error("the reader was cut off");
      } catch (error) {
        if (closing.signal.aborted) throw closedError("The query", error);
        throw clientError("The query", error);
      } finally {
        left.abort();
      }
    },
    async command(sql) {
      await request("The command", LOAD_SECONDS_MAX * 1000, (signal) =>
        client.command({
          query: sql,
          clickhouse_settings: { ...wireSettings(SESSION_SETTINGS), wait_end_of_query: 1 },
          abort_signal: signal,
        }),
      );
    },
    async load(file) {
      await request(`Loading ${file.table}`, LOAD_SECONDS_MAX * 1000, (signal) =>
        sendFile(client, file, cluster, signal),
      );
    },
    close: () => (closed ??= close()),
  };
}

async function sendFile(
  client: ClickHouseClient,
  file: LoadFile,
  cluster: ClusterTarget | null,
  signal: AbortSignal,
): Promise<void> {
  // Opened first: a stream that can't be opened would end as an empty, successful insert.
  const handle = await open(file.path);
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${file.table} (${columnNames(file.table)}) FORMAT Native`,
      values: createReadStream("", { fd: handle, autoClose: false }),
      clickhouse_settings: {
        ...wireSettings(SESSION_SETTINGS),
        ...wireSettings(loadSettings(file)),
        // Through a Distributed table the answer waits for the shards, which check the token.
        ...(cluster === null ? {} : { distributed_foreground_insert: 1 }),
        wait_end_of_query: 1,
      },
      abort_signal: signal,
    });
    for await (const _ of stream) {
      // Drained, or the connection is never used again.
    }
  } finally {
    await handle.close();
  }
}

/** Settings travel as text in the address. */
function wireSettings(settings: EngineSettings): ClickHouseSettings {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

function serverUrl(text: string): URL {
  if (!URL.canParse(text))
    throw new TelemetryError(
      "unavailable",
      "CLICKHOUSE_URL is not an address like http://user:password@host:8123.",
    );
  return new URL(text);
}

function closedError(what: string, cause?: unknown): TelemetryError {
  return new TelemetryError("closed", `${what} was ended because the telemetry store is closing.`, cause);
}

function clientError(what: string, error: unknown): TelemetryError {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof ClickHouseError) return engineError(what, Number(error.code), text, error);
  // A file of ours that can't be read is not the server's doing; everything else without a number is the network.
  const isFile = error instanceof Error && "syscall" in error && error.syscall === "open";
  return engineError(what, isFile ? undefined : 210, text, error);
}
