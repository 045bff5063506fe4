/** `npm run demo`: Throughline, the shop and its visitors, until Ctrl-C. */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
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

async function findReceiver(signal: AbortSignal) {
  const otlpEndpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (otlpEndpoint === undefined || otlpEndpoint === "") return findOrStartThroughline(process.env, signal);
  return { pagesUrl: undefined, otlpEndpoint, ...notOurs };
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

  const receiver = await findReceiver(signal);
  try {
    if (signal.aborted) return;
    const shop = await startShop({
      ...options,
      otlpEndpoint: receiver.otlpEndpoint,
      databaseUrl: process.env.DATABASE_URL,
    });
    try {
      say(`Throughline  ${receiver.pagesUrl ?? `telemetry goes to ${receiver.otlpEndpoint}`}`);
      say(`Shop         ${shop.url}`);
      say(
        `Trouble      ${shop.url}/trouble${options.troubles.length > 0 ? `  (on: ${options.troubles.join(", ")})` : ""}`,
      );
      say("Visitors are on their way. Ctrl-C stops everything.");
      const visitors = drive({ ...options, url: shop.url, signal });
      const time =
        options.minutes === undefined ? [] : [wait(options.minutes * 60_000, undefined, { signal })];
      const end = await Promise.race([shop.lost, receiver.ended, ...time, visitors]).catch(
        (error: unknown) => {
          if (!signal.aborted) throw error;
        },
      );
      stopping.abort();
      const counts = await visitors;
      say(`Stopping. ${counts.requests} requests, ${counts.failures} failed, ${counts.orders} orders.`);
      if (typeof end === "string") throw new Error(`${end} ended by itself.`);
    } finally {
      await shop.stop();
    }
  } finally {
    await receiver.stop();
  }
}

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
