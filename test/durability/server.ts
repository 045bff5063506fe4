/** Starts, asks, kills the server process of the durability suites. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { IngestStatus } from "../../apps/server/src/ingest/index.ts";
import type { ServerSettings } from "./serverMain.ts";

const MAIN = fileURLToPath(new URL("./serverMain.ts", import.meta.url));
const READY_MS = 30_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface TestServer {
  readonly pid: number;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly exited: Promise<Exit>;
  stderr(): string;
  kill(signal: NodeJS.Signals): Promise<Exit>;
  status(): Promise<IngestStatus & { rssBytes: number }>;
  sql<Row>(sql: string): Promise<Row[]>;
}

/** Rejects with what the process wrote when it ends before it is ready. */
export async function startServer(settings: ServerSettings): Promise<TestServer> {
  const child = spawn(process.execPath, [MAIN, JSON.stringify(settings)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, UV_THREADPOOL_SIZE: "16" },
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-20_000);
  });
  const exited = once(child, "exit").then(([code, signal]): Exit => ({ code, signal }));
  const ports = await firstLine(child, exited, () => stderr);
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(`http://127.0.0.1:${ports.httpPort}${path}`, init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  return {
    ...ports,
    exited,
    stderr: () => stderr,
    kill: async (signal) => {
      child.kill(signal);
      return await exited;
    },
    status: async () => (await (await ask("/test/status")).json()) as IngestStatus & { rssBytes: number },
    sql: async <Row>(sql: string) => {
      const response = await ask("/test/sql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ sql }),
      });
      return (await response.json()) as Row[];
    },
  };
}

async function firstLine(
  child: ChildProcess,
  exited: Promise<Exit>,
  stderr: () => string,
): Promise<{ httpPort: number; grpcPort: number; pid: number }> {
  if (child.stdout === null) throw new Error("The server's output is not piped.");
  const lines = createInterface({ input: child.stdout });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  lines.once("line", resolve);
  void exited.then(({ code, signal }) => reject(new Error(`server ended (${code ?? signal}): ${stderr()}`)));
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    reject(new Error(`server was not ready within ${READY_MS} ms: ${stderr()}`));
  }, READY_MS);
  try {
    return JSON.parse(await promise);
  } finally {
    clearTimeout(timer);
  }
}

/** Polls until the answer is yes; fails with the sentence after the deadline. */
export async function until(what: string, deadlineMs: number, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`after ${deadlineMs} ms still not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Everything acknowledged is readable: the journal is empty. */
export async function untilStored(server: TestServer): Promise<void> {
  await until("the journal is loaded", 60_000, async () => {
    const { journalSegments, lastLoadError } = await server.status();
    return journalSegments === 0 && lastLoadError === null;
  });
}

/** A repeatable random source for choices a test makes (mulberry32); the seed is printed by the test. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
