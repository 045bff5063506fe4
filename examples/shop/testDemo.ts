import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("demo.ts", import.meta.url));

/** Runs the command in a group of its own, as a terminal does. */
export function startDemo(t: TestContext, args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [program, ...args], {
    detached: true,
    env: { ...process.env, ...env },
  });
  // A test that failed must not leave its demo running.
  t.after(() => {
    if (isRunning(child)) process.kill(groupOf(child), "SIGTERM");
  });
  const written = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (written.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (written.err += chunk.toString()));
  return {
    child,
    written,
    ended: once(child, "close").then(([code]) => code as number | null),
    pressCtrlC: () => process.kill(groupOf(child), "SIGINT"),
    /** Throws ESRCH when no process of the group is left. */
    probeGroup: () => process.kill(groupOf(child), 0),
  };
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

function groupOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("the demo could not be started");
  return -child.pid;
}

/** A port that something listens on. */
export async function takePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return { port: String(typeof address === "object" ? address?.port : 0), server };
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<string[]> {
  const taken = await Promise.all(Array.from({ length: count }, takePort));
  for (const { server } of taken) {
    server.close();
    await once(server, "close");
  }
  return taken.map(({ port }) => port);
}
