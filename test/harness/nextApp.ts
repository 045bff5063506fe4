/** examples/next, built and started as its users would, with both SDKs installed as they are published. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { until } from "./until.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const APP = join(ROOT, "examples/next");
const INSTALLED = join(APP, "node_modules/@throughline");
const NEXT = join(APP, "node_modules/next/dist/bin/next");
const SDKS = ["browser", "node"] as const;
/** Compiling takes a minute or two on a busy machine. */
const BUILT_WITHIN_MS = 480_000;

export interface NextApp {
  readonly url: string;
  /** What it printed so far. */
  readonly output: () => string;
  /** SIGTERM, and its end. */
  readonly stop: () => Promise<void>;
}

/** A port that nobody listens on: the application's origin is known before it starts, as a browser key needs it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Next.js is 300 MB, so it is no part of the repository's own install: whoever runs this test gets it. */
async function installNext(): Promise<void> {
  if (existsSync(NEXT)) return;
  await promisify(execFile)("npm", ["ci"], { cwd: APP });
}

/**
 * A workspace has links where an application has folders, and Next.js treats both differently: a linked package becomes part
 * of the application's own files, an installed one is loaded by Node.
 */
async function installSdks(): Promise<void> {
  for (const name of SDKS) {
    const folder = join(ROOT, "packages", name);
    await promisify(execFile)(process.execPath, [join(folder, "build.ts")]);
    const { files } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { files: string[] };
    for (const file of ["package.json", ...files])
      await cp(join(folder, file), join(INSTALLED, name, file), { recursive: true });
  }
}

/** @param env NEXT_PUBLIC_… is built into the application, the rest is read when it runs */
export async function startNextApp(port: number, env: Record<string, string>): Promise<NextApp> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL_|THROUGHLINE_|NEXT_|NODE_OPTIONS|NODE_TEST|PORT)/.test(name),
  );
  const options = {
    cwd: APP,
    env: {
      ...Object.fromEntries(own),
      NEXT_TELEMETRY_DISABLED: "1",
      NODE_ENV: "production" as const,
      ...env,
    },
  };
  await rm(join(APP, ".next"), { recursive: true, force: true });
  await installNext();
  await installSdks();
  await promisify(execFile)(process.execPath, [NEXT, "build"], { ...options, timeout: BUILT_WITHIN_MS });

  const args = [NEXT, "start", "--hostname", "127.0.0.1", "--port", String(port)];
  const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    await rm(INSTALLED, { recursive: true, force: true });
  };
  try {
    await until("Next.js is ready", async () => {
      if (child.exitCode !== null) throw new Error(`Next.js ended before it was ready:\n${output}`);
      return output.includes("Ready in");
    });
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, output: () => output, stop };
}
