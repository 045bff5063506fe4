/** Finds the product that the shop reports to, or starts it. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const START_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 250;

export interface Throughline {
  /** Where its pages are. */
  pagesUrl: string;
  /** For the shop's pages; undefined when none could be made: set SHOP_BROWSER_KEY. */
  browserKey: string | undefined;
  /** Where it takes OTLP over HTTP. */
  otlpEndpoint: string;
  /** Resolves when the one that was started here has ended. */
  ended: Promise<string>;
  /** Stops it if it was started here. */
  stop(): Promise<void>;
}

/** What is to be done about an instance that was there before: nothing. */
export const notOurs: Pick<Throughline, "ended" | "stop"> = {
  ended: new Promise(() => {}),
  stop: () => Promise.resolve(),
};

async function answers(readyUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    // Nobody listens there (yet); that is the question being asked.
    return false;
  }
}

/**
 * Uses the instance on this machine's THROUGHLINE_* ports, or starts one there; gives up waiting at the signal.
 * @throws {Error} with a sentence for the person when it does not become ready.
 */
export async function findOrStartThroughline(
  env: NodeJS.ProcessEnv,
  shopOrigin: string,
  signal: AbortSignal,
): Promise<Throughline> {
  const port = env.THROUGHLINE_PORT ?? "3300";
  const otlpPort = env.THROUGHLINE_OTLP_HTTP_PORT ?? "4318";
  if (port === "0" || otlpPort === "0") {
    throw new Error(
      "The demo needs to know the ports: set THROUGHLINE_PORT and THROUGHLINE_OTLP_HTTP_PORT to others than 0.",
    );
  }
  const pagesUrl = `http://127.0.0.1:${port}`;
  const otlpEndpoint = `http://127.0.0.1:${otlpPort}`;
  const readyUrl = `${pagesUrl}/readyz`;
  if (await answers(readyUrl))
    return { pagesUrl, otlpEndpoint, browserKey: env.SHOP_BROWSER_KEY, ...notOurs };

  const browserKey = env.SHOP_BROWSER_KEY ?? (await makeBrowserKey(env, shopOrigin));

  const program = fileURLToPath(new URL("../../apps/server/bin/throughline.ts", import.meta.url));
  // A process group of its own: Ctrl-C must not stop it before the shop has sent its last telemetry.
  const child = spawn(process.execPath, [program], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...env, UV_THREADPOOL_SIZE: env.UV_THREADPOOL_SIZE ?? "16" },
  });
  let written = "";
  child.stderr.on("data", (chunk: Buffer) => {
    written = (written + chunk.toString()).slice(-4_000);
  });
  const ended = once(child, "exit");
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async () => {
    if (hasEnded()) return;
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
    await ended;
    clearTimeout(force);
  };
  const giveUpAt = Date.now() + START_WITHIN_MS;
  while (!signal.aborted && !(await answers(readyUrl))) {
    if (hasEnded()) throw new Error(written.trim() || "Throughline did not start, and did not say why.");
    if (Date.now() > giveUpAt) {
      await stop();
      throw new Error(`Throughline did not get ready at ${readyUrl}.\n${written.trim()}`);
    }
    await wait(LOOK_EVERY_MS);
  }
  return { pagesUrl, otlpEndpoint, browserKey, ended: ended.then(() => "Throughline"), stop };
}

/** As `npm run keys` does it, before the product is started. The keys of earlier demos are revoked. */
async function makeBrowserKey(env: NodeJS.ProcessEnv, origin: string): Promise<string> {
  const program = fileURLToPath(new URL("../../apps/server/bin/keys.ts", import.meta.url));
  const options = ["--name", "Shop demo", "--kind", "browser", "--origin", origin, "--new", "--replace"];
  const { stdout } = await promisify(execFile)(process.execPath, [program, "create", ...options], { env });
  return stdout.trim();
}
