import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

export interface Child {
  readonly name: string;
  /** What the process said when it was ready. */
  readonly port: number | undefined;
  readonly url: string | undefined;
  /** Asks the process to end and waits until it has; by force after ten seconds. */
  stop(): Promise<void>;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

interface ReadyMessage {
  ready: true;
  port?: number;
  url?: string;
}

export interface ChildOptions {
  name: string;
  file: string;
  env?: NodeJS.ProcessEnv;
  isInstrumented?: boolean;
}

/**
 * Starts a process of the shop and waits until it is ready.
 * @throws {Error} with what the process wrote, when it ends first or isn't ready within a minute.
 */
export async function startChild({
  name,
  file,
  env = {},
  isInstrumented = false,
}: ChildOptions): Promise<Child> {
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  const preload = isInstrumented ? ["--import", new URL("instrument.ts", import.meta.url).href] : [];
  const child = spawn(process.execPath, [...preload, path(file)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  const ended = once(child, "exit").then(() => undefined);
  const message = await untilReady(child, name);
  return {
    name,
    port: message.port,
    url: message.url,
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      await ended;
      clearTimeout(force);
    },
  };
}

async function untilReady(child: ChildProcess, name: string): Promise<ReadyMessage> {
  let written = "";
  let isReady = false;
  child.stderr?.on("data", (chunk: Buffer) => {
    if (isReady) process.stderr.write(chunk);
    else written += chunk.toString();
  });
  const deadline = AbortSignal.timeout(READY_WITHIN_MS);
  try {
    const message = await Promise.race([
      once(child, "message", { signal: deadline }).then(([first]) => first as ReadyMessage),
      once(child, "exit", { signal: deadline }).then(() => undefined),
    ]);
    if (message === undefined) throw new Error(`${name} did not start: ${sentence(written)}`);
    isReady = true;
    if (written !== "") process.stderr.write(written);
    return message;
  } catch (error) {
    child.kill("SIGKILL");
    if (deadline.aborted)
      throw new Error(`${name} was not ready within a minute. ${sentence(written)}`, { cause: error });
    throw error;
  }
}

/** The message of an uncaught error, without its stack. */
function sentence(written: string): string {
  return /^(?:\w*Error: )(.+)$/m.exec(written)?.[1] ?? (written.trim() || "it said nothing.");
}
