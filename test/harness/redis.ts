/** A real Redis for tests: a server without persistence on a free port, in a temporary folder. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";

const START_TIMEOUT_MS = 30_000;

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Sends one command, e.g. `["FLUSHALL"]`, as an operator would. */
  ask(...args: string[]): Promise<unknown>;
  /** Freezes or continues it as a hung machine would. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Ends the server; its port stays free for start(). */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  readonly password?: string;
}

/** @throws {Error} with the command to install it when redis-server is missing. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-redis-"));
  const port = await freePort();
  const login = options.password === undefined ? "" : `:${options.password}@`;
  const url = `redis://${login}127.0.0.1:${port}`;
  const password = options.password === undefined ? [] : ["--requirepass", options.password];
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, ...password];
  let server: ChildProcess | undefined;
  // A suite that fails before its clean-up must not leave a server behind.
  process.once("exit", () => server?.kill("SIGKILL"));

  async function kill(): Promise<void> {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = new Promise((resolve) => server?.once("exit", resolve));
    server.kill("SIGKILL");
    await exited;
  }

  async function start(): Promise<void> {
    server = spawn("redis-server", args, { stdio: "ignore" });
    const missing = new Promise<never>((_, reject) => {
      server?.once("error", (error) =>
        reject(
          new Error(
            "These tests need redis-server: apt-get install redis-server (npm test does it by itself).",
            {
              cause: error,
            },
          ),
        ),
      );
    });
    await Promise.race([untilItAnswers(url), missing]);
  }

  await start();
  return {
    url,
    port,
    ask: (...command) => askOnce(url, command),
    signal: (signal) => {
      server?.kill(signal);
    },
    kill,
    start,
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilItAnswers(url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await askOnce(url, ["PING"]);
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`Redis did not answer within ${START_TIMEOUT_MS} ms.`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function askOnce(url: string, command: readonly string[]): Promise<unknown> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  // connect() rejects with the same error.
  client.on("error", () => {});
  await client.connect();
  try {
    return await client.sendCommand([...command]);
  } finally {
    client.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port was found.");
  return address.port;
}
