/** Applications of other people, in processes of their own, with @throughline/node as it is published. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const APPS = fileURLToPath(new URL("./nodeApps/", import.meta.url));
const BUILD = fileURLToPath(new URL("../../packages/node/build.ts", import.meta.url));

export interface NodeApp {
  /** Ports by the framework that listens there. */
  readonly ports: Readonly<Record<string, number>>;
  readonly get: (path: string, framework?: string) => Promise<{ status: number; text: string }>;
  readonly post: (
    path: string,
    framework: string,
    body: unknown,
  ) => Promise<{ status: number; text: string }>;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Builds the package's dist/ when its sources have changed. */
export async function buildNodeSdk(): Promise<void> {
  await promisify(execFile)(process.execPath, [BUILD]);
}

/** @param env without what this test process itself was given for telemetry */
export async function startNodeApp(
  file: string,
  env: Record<string, string>,
  args: string[] = [],
): Promise<NodeApp> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL_|THROUGHLINE_|NODE_OPTIONS|NODE_TEST)/.test(name),
  );
  const child = spawn(process.execPath, [...args, file], {
    cwd: APPS,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...Object.fromEntries(own), ...env },
  });
  let stderr = "";
  let stdout = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, "exit").then(
    ([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? null,
  );
  const ready = Promise.withResolvers<Record<string, number>>();
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    const line = stdout.split("\n").find((each) => each.startsWith("{"));
    if (line !== undefined && stdout.includes("\n"))
      ready.resolve(JSON.parse(line) as Record<string, number>);
  });
  void ended.then((code) =>
    ready.reject(new Error(`${file} ended (${code}) before it listened:\n${stderr}`)),
  );
  const ports = await ready.promise;
  const address = (path: string, framework: string): string => `http://127.0.0.1:${ports[framework]}${path}`;
  return {
    ports,
    get: async (path, framework = "express") => {
      const answer = await fetch(address(path, framework));
      return { status: answer.status, text: await answer.text() };
    },
    post: async (path, framework, body) => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(address(path, framework), {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      return { status: answer.status, text: await answer.text() };
    },
    stderr: () => stderr,
    kill: (signal) => child.kill(signal),
    ended,
  };
}
