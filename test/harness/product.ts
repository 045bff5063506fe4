/** The whole product as a user starts it: its own process, its own data folder, free ports. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../apps/server/bin/throughline.ts", import.meta.url));
const READY_WITHIN_MS = 60_000;

export interface ProductOptions {
  /** Kept after stop() when given; else a new folder that stop() removes. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Product {
  /** Pages and API, without a slash at the end. */
  readonly url: string;
  /** OTLP over HTTP, without a slash at the end. */
  readonly otlpUrl: string;
  /** `http://host:port` of OTLP over gRPC. */
  readonly otlpGrpcUrl: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** The answer's JSON; throws with the problem when it is refused. */
  get<T>(path: string): Promise<T>;
  /** SIGTERM, waits for the end and answers with the exit code. */
  stop(): Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** Rejects with what the process printed when it ends before it is ready. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "throughline-test-")));
  const child = spawn(process.execPath, [COMMAND], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      UV_THREADPOOL_SIZE: "16",
      THROUGHLINE_PORT: "0",
      THROUGHLINE_OTLP_HTTP_PORT: "0",
      THROUGHLINE_OTLP_GRPC_PORT: "0",
      THROUGHLINE_DATA_DIR: dataDir,
      THROUGHLINE_MIN_FREE_DISK: "0",
      ...options.env,
    },
  });
  let output = "";
  const exited = once(child, "exit").then(([code]): number | null => code);
  const ready = Promise.withResolvers<void>();
  const listen = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-200_000);
    if (addressOf(output, "OTLP/gRPC") !== undefined) ready.resolve();
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const timer = setTimeout(
    () => ready.reject(new Error(`The product was not ready within ${READY_WITHIN_MS} ms:\n${output}`)),
    READY_WITHIN_MS,
  );
  const early = exited.then((code) => {
    throw new Error(`The product ended (${code}) before it was ready:\n${output}`);
  });
  try {
    await Promise.race([ready.promise, early]);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
    early.catch(() => undefined);
  }

  const url = mustFind(output, "Pages");
  const kill = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return await exited;
  };
  return {
    url,
    otlpUrl: mustFind(output, "OTLP/HTTP"),
    otlpGrpcUrl: mustFind(output, "OTLP/gRPC"),
    dataDir,
    pid: child.pid ?? 0,
    output: () => output,
    get: async <T>(path: string) => {
      const response = await fetch(`${url}${path}`);
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      const body: T = await response.json();
      return body;
    },
    kill,
    stop: async () => {
      const code = await kill("SIGTERM");
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

function mustFind(output: string, name: string): string {
  const address = addressOf(output, name);
  if (address === undefined) throw new Error(`The product printed no address for ${name}:\n${output}`);
  return address;
}

/** Addresses as the welcome prints them: `  OTLP/HTTP   http://127.0.0.1:4318`. */
function addressOf(output: string, name: string): string | undefined {
  return new RegExp(`^ *${name} +(http://\\S+)$`, "m").exec(output)?.[1];
}
