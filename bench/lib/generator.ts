/** The sender of the benchmarks: a process of its own, started with settings, answering with what happened. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("./generatorMain.ts", import.meta.url));

export interface GeneratorSettings {
  readonly port: number;
  readonly durationMs: number;
  /** Requests under way at once. */
  readonly connections: number;
  /** Offered spans a second; null: as many as are answered. */
  readonly spansPerSecond: number | null;
  /** Compresses all requests of the run before it starts: for latencies, which compressing beside it would disturb. */
  readonly isPrebuilt?: boolean;
  /** After a refusal: wait as the answer says and send again (as SDKs do; default), or go on at once, body to be sent later. */
  readonly isPatient?: boolean;
  readonly isEverySpanATrace?: boolean;
  /** The ingest key that each request shows. */
  readonly key?: string;
}

export interface GeneratorResult {
  readonly elapsedMs: number;
  readonly sentRequests: number;
  readonly acknowledgedRequests: number;
  readonly acknowledgedSpans: number;
  /** By HTTP status. */
  readonly refusedRequests: Readonly<Record<string, number>>;
  /** Of acknowledged requests, from the moment they were due. */
  readonly latenciesMs: readonly number[];
  readonly cpuUs: number;
}

/** Rejects when the generator fails, e.g. because a request was answered with anything but 200 or 429. */
export async function generate(settings: GeneratorSettings): Promise<GeneratorResult> {
  const child = fork(MAIN, [JSON.stringify(settings)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = once(child, "exit").then(([code]) => {
    throw new Error(`The generator ended with code ${code} before it had a result.`);
  });
  const [result] = await Promise.race([once(child, "message"), exited]);
  exited.catch(() => undefined);
  return result as GeneratorResult;
}
