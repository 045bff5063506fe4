/** The ingest side of the product in a process of its own, as the benchmarks ask it. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadFile } from "../../apps/server/src/engines/telemetry/index.ts";
import type { IngestStatus } from "../../apps/server/src/ingest/index.ts";
import type { ServerSettings } from "./serverMain.ts";

const MAIN = fileURLToPath(new URL("./serverMain.ts", import.meta.url));

export interface Usage {
  /** CPU of the whole process since it started, user and system. */
  readonly cpuUs: number;
  readonly rssBytes: number;
}

export interface BenchServer {
  readonly port: number;
  /** Of a keyed server. */
  readonly key: string | null;
  readonly readyAfterMs: number;
  status(): Promise<IngestStatus>;
  usage(): Promise<Usage>;
  sql<Row>(sql: string): Promise<Row[]>;
  /** Loads a Native file into the engine past the journal: the engine alone. */
  load(file: LoadFile): Promise<void>;
  /** Ends the process the polite way and waits for it. */
  stop(): Promise<void>;
}

export type Question =
  | { readonly ask: "status" }
  | { readonly ask: "usage" }
  | { readonly ask: "sql"; readonly sql: string }
  | { readonly ask: "load"; readonly file: LoadFile };
export interface ToServer {
  readonly id: number;
  readonly question: Question;
}
export type FromServer =
  | { readonly type: "ready"; readonly port: number; readonly key: string | null }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly message: string };

/** @param nodeArguments e.g. `--cpu-prof` and where to. */
export async function startServer(
  settings: ServerSettings,
  nodeArguments: readonly string[] = [],
): Promise<BenchServer> {
  const startedAtMs = performance.now();
  const child = fork(MAIN, [JSON.stringify(settings)], {
    execArgv: [...nodeArguments],
    env: { ...process.env, UV_THREADPOOL_SIZE: "16" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let nextId = 0;
  const { port, key } = await new Promise<Pick<BenchServer, "port" | "key">>((resolve, reject) => {
    child.on("message", (message: FromServer) => {
      if (message.type === "ready") return resolve(message);
      const waiter = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.type === "answer") waiter?.resolve(message.value as never);
      else waiter?.reject(new Error(message.message));
    });
    child.once("exit", (code, signal) => {
      const error = new Error(`The server ended (${code ?? signal}).`);
      reject(error);
      for (const waiter of waiting.values()) waiter.reject(error);
    });
  });
  const ask = <T>(question: Question): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      send(child, { question, id });
    });
  return {
    port,
    key,
    readyAfterMs: performance.now() - startedAtMs,
    status: () => ask({ ask: "status" }),
    usage: () => ask({ ask: "usage" }),
    sql: (sql) => ask({ ask: "sql", sql }),
    load: (file) => ask({ ask: "load", file }),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

function send(child: ChildProcess, message: ToServer): void {
  child.send(message);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything acknowledged is in the engine. */
export async function untilStored(server: BenchServer): Promise<void> {
  for (;;) {
    const { journalSegments } = await server.status();
    if (journalSegments === 0) return;
    await pause(50);
  }
}

/** No merge runs any more, or the time is over. */
export async function untilMerged(server: Pick<BenchServer, "sql">, deadlineMs = 60_000): Promise<void> {
  const endsAtMs = performance.now() + deadlineMs;
  let quiet = 0;
  while (quiet < 4 && performance.now() < endsAtMs) {
    const [row] = await server.sql<{ n: number }>("SELECT count() AS n FROM system.merges");
    quiet = row?.n === 0 ? quiet + 1 : 0;
    await pause(250);
  }
}
