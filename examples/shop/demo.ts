/** `npm run demo`: Throughline, the shop and its visitors, until Ctrl-C. */
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { driveBrowsers, findBrowser } from "./browserVisitors.ts";
import { startShop } from "./shop.ts";
import { findOrStartThroughline, notOurs } from "./throughline.ts";
import { drive } from "./traffic.ts";
import { parseTroubles, troubleNames, troubles } from "./trouble.ts";

const HELP = `npm run demo -- [options]

  --trouble=a,b     troubles that are on from the start (they can be switched at /trouble, too)
  --minutes=N       stop after N minutes
  --rate=N          requests a second, at most (default 8)
  --seed=N          which visitors come (default 1)

Troubles:
${troubleNames.map((name) => `  ${name.padEnd(17)} ${troubles[name]}`).join("\n")}
`;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** @throws {Error} naming the option, when it is not a number above zero. */
function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new Error(`--${option} must be a number above 0, not "${text}".`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      trouble: { type: "string", default: "" },
      minutes: { type: "string" },
      rate: { type: "string" },
      seed: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    help: values.help,
    troubles: parseTroubles(values.trouble),
    minutes: positive(values.minutes, "minutes"),
    ratePerSecond: positive(values.rate, "rate") ?? 8,
    seed: positive(values.seed, "seed") ?? 1,
    port: positive(process.env.SHOP_PORT, "SHOP_PORT") ?? 3400,
  };
}

async function findReceiver(shopOrigin: string, signal: AbortSignal) {
  const otlpEndpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (otlpEndpoint === undefined || otlpEndpoint === "")
    return findOrStartThroughline(process.env, shopOrigin, signal);
  return { pagesUrl: undefined, otlpEndpoint, browserKey: undefined, ...notOurs };
}

async function run(): Promise<void> {
  const options = readOptions();
  if (options.help) {
    say(HELP);
    return;
  }

  const stopping = new AbortController();
  const { signal } = stopping;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stopping.abort());

  const receiver = await findReceiver(`http://127.0.0.1:${options.port}`, signal);
  try {
    if (signal.aborted) return;
    const shop = await startShop({
      ...options,
      otlpEndpoint: receiver.otlpEndpoint,
      databaseUrl: process.env.DATABASE_URL,
      env:
        receiver.browserKey === undefined || receiver.pagesUrl === undefined
          ? {}
          : {
              SHOP_BROWSER_SCRIPT: `${receiver.pagesUrl}/throughline.js`,
              SHOP_BROWSER_KEY: receiver.browserKey,
            },
    });
    try {
      say(`Throughline  ${receiver.pagesUrl ?? `telemetry goes to ${receiver.otlpEndpoint}`}`);
      say(`Shop         ${shop.url}`);
      say(
        `Trouble      ${shop.url}/trouble${options.troubles.length > 0 ? `  (on: ${options.troubles.join(", ")})` : ""}`,
      );
      const browsers = startBrowsers(receiver, { ...options, url: shop.url, signal });
      say("Visitors are on their way. Ctrl-C stops everything.");
      const visitors = drive({ ...options, url: shop.url, signal });
      const time =
        options.minutes === undefined ? [] : [wait(options.minutes * 60_000, undefined, { signal })];
      const end = await Promise.race([shop.lost, receiver.ended, ...time, visitors, browsers]).catch(
        (error: unknown) => {
          if (!signal.aborted) throw error;
        },
      );
      stopping.abort();
      const counts = await visitors;
      await browsers;
      say(`Stopping. ${counts.requests} requests, ${counts.failures} failed, ${counts.orders} orders.`);
      if (typeof end === "string") throw new Error(`${end} ended by itself.`);
    } finally {
      await shop.stop();
    }
  } finally {
    await receiver.stop();
  }
}

type Receiver = Awaited<ReturnType<typeof findReceiver>>;

/** Visitors with a real browser beside the others, where that can be. Says so either way. */
async function startBrowsers(
  receiver: Receiver,
  options: { readonly url: string; readonly seed: number; readonly signal: AbortSignal },
): Promise<void> {
  const found = findBrowser(process.env);
  const isMeasured = receiver.browserKey !== undefined;
  if (!isMeasured && receiver.pagesUrl !== undefined)
    say(
      `Browsers     not measured: make a browser key for ${options.url} (Settings, Keys) and set SHOP_BROWSER_KEY`,
    );
  else if ("missing" in found) say(`Browsers     none. ${found.missing}`);
  else if (isMeasured) say(`Browsers     ${found.path}, on phones and desktops`);
  if (isMeasured && "path" in found) await driveBrowsers({ ...options, browserPath: found.path });
  // The demo goes on without them.
  else await once(options.signal, "abort");
}

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
