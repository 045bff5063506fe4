/**
 * One connection to a watched database: through the guard of addresses, read-only, with short timeouts, and with bounds on
 * what the other side may answer. Nothing is left to the environment of this process (PGPASSWORD, PGHOST, ~/.pgpass).
 */
import { Client, type ClientConfig } from "pg";
import { z } from "zod";
import type { Outgoing } from "../outgoing/index.ts";
import { DatabaseProblem, inWords } from "./problems.ts";

export interface DatabaseTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly tls: "verify-full" | "require" | "disable";
  readonly caCertificate: string;
  readonly statementTimeoutMs: number;
}

export interface DatabaseSession {
  /** Always one statement: the extended protocol takes no second one. @throws {DatabaseProblem} */
  rows<T>(row: z.ZodType<T>, sql: string, values?: readonly (string | number)[]): Promise<T[]>;
  run(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** @param signal gives it up, also while it connects */
export type OpenSession = (target: DatabaseTarget, signal?: AbortSignal) => Promise<DatabaseSession>;

export interface SessionLimits {
  readonly connectMs?: number;
}

const CONNECT_MS = 10_000;
/** From the first look-up to the last answer. */
const SESSION_MS = 60_000;
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const BYTES_CHECK_MS = 50;
const LOCK_TIMEOUT_MS = 300;
const ROWS_MAX = 20_000;

/** @throws {DatabaseProblem} */
export function createOpenSession(
  outgoing: Pick<Outgoing, "socketTo" | "isHostNamedByOperator">,
  { connectMs = CONNECT_MS }: SessionLimits = {},
): OpenSession {
  return async (target, signal) => {
    if (target.tls === "disable" && !outgoing.isHostNamedByOperator(target.host))
      throw new DatabaseProblem(
        "Without TLS a password is only sent to hosts that whoever runs this server named: choose a TLS mode, or have " +
          `${target.host} added to THROUGHLINE_OUTGOING_ALLOW.`,
      );
    const socket = outgoing.socketTo(target);
    const client = new Client({
      ...configOf(target),
      connectionTimeoutMillis: connectMs,
      stream: () => socket,
    });
    let broken: Error | null = null;
    const give = (error: Error): void => {
      broken ??= error;
      socket.destroy(error);
    };
    // Without a listener a connection that ends later would end the process.
    client.on("error", (error) => {
      broken ??= error;
    });
    const deadline = setTimeout(
      () => give(new DatabaseProblem(`It took longer than ${SESSION_MS / 1000} s and was given up.`)),
      SESSION_MS,
    );
    const watch = setInterval(() => {
      if (socket.bytesRead > ANSWER_BYTES_MAX)
        give(
          new DatabaseProblem(
            "It answered with more than 32 MB, which a PostgreSQL server does not do here.",
          ),
        );
    }, BYTES_CHECK_MS);
    const stop = (): void => give(new DatabaseProblem("It was given up: this server is stopping."));
    signal?.addEventListener("abort", stop);
    const end = (): void => {
      signal?.removeEventListener("abort", stop);
      clearTimeout(deadline);
      clearInterval(watch);
      socket.destroy();
    };
    try {
      await client.connect();
    } catch (error) {
      end();
      throw inWords(broken ?? error, target);
    }
    const ask = async (text: string, values: readonly (string | number)[] = []) => {
      try {
        // `queryMode` is pg's; its types do not have it yet.
        const query: { text: string; values: unknown[]; queryMode: string } = {
          text,
          values: [...values],
          queryMode: "extended",
        };
        return await client.query(query);
      } catch (error) {
        throw inWords(broken ?? error, target);
      }
    };
    return {
      async rows(row, sql, values) {
        const { rows } = await ask(sql, values);
        const read = z.array(row).max(ROWS_MAX).safeParse(rows);
        if (!read.success) throw new DatabaseProblem("It answered with something else than PostgreSQL does.");
        return read.data;
      },
      async run(sql) {
        await ask(sql);
      },
      async close() {
        // Politely, but not waiting for a server that does not answer.
        const polite = client.end().catch(() => undefined);
        await Promise.race([polite, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
        end();
      },
    };
  };
}

function configOf(target: DatabaseTarget): ClientConfig {
  const { host, port, database, username, password, statementTimeoutMs } = target;
  return {
    host,
    port,
    database,
    user: username,
    // A function: pg would take an empty text as none and look for one in this process's environment.
    password: () => password,
    ssl: sslOf(target),
    application_name: "throughline",
    // Ours, should the server not keep its own.
    query_timeout: statementTimeoutMs + 2000,
    keepAlive: false,
    // From the first moment on, before anything is asked.
    options: [
      "default_transaction_read_only=on",
      `statement_timeout=${statementTimeoutMs}`,
      `lock_timeout=${LOCK_TIMEOUT_MS}`,
      "idle_in_transaction_session_timeout=10000",
    ]
      .map((setting) => `-c ${setting}`)
      .join(" "),
  };
}

function sslOf({ tls, host, caCertificate }: DatabaseTarget): ClientConfig["ssl"] {
  if (tls === "disable") return false;
  // `host` is what the certificate is compared with; pg itself passes names on, but no addresses.
  const options = { host, rejectUnauthorized: tls === "verify-full" };
  return caCertificate === "" ? options : { ...options, ca: caCertificate };
}
