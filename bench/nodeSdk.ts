/**
 * What @throughline/node costs a service, beside plain OpenTelemetry and beside nothing: the three run at the same time and
 * are asked call by call in turns, so that whatever else the machine does meets all alike. Percentiles are compared within
 * blocks of calls, and the middle of those differences is told: a disturbance spoils its block only. Needs PostgreSQL, as the
 * tests do.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildNodeSdk } from "../test/harness/nodeApp.ts";
import { startPostgres } from "../test/harness/postgres.ts";
import { median, quantile, report } from "./lib/figures.ts";
import { benchOptions } from "./lib/options.ts";

const { isQuick } = benchOptions();
const BLOCKS = isQuick ? 10 : 60;
const CALLS_PER_BLOCK = 100;
const WARM_UP_CALLS = 500;
const SPANS = isQuick ? 50_000 : 200_000;
const SPAN_RUNS = isQuick ? 3 : 5;
const QUERIES = 5;
const KINDS = ["nothing", "plain", "throughline"] as const;
type Kind = (typeof KINDS)[number];

interface Usage {
  readonly rss: number;
  readonly cpuMicros: number;
}

await buildNodeSdk();
const sink = createServer((incoming, outgoing) => incoming.resume().on("end", () => outgoing.end()));
sink.listen(0, "127.0.0.1");
await once(sink, "listening");
const address = sink.address();
if (address === null || typeof address === "string") throw new Error("The sink got no port.");
const sinkUrl = `http://127.0.0.1:${address.port}`;
const agent = new Agent({ keepAlive: true });

const spanMicros = await measureSpans();
const postgres = await startPostgres();
const databaseUrl = await postgres.createDatabase();
const services = {
  nothing: await start("nothing"),
  plain: await start("plain"),
  throughline: await start("throughline"),
};
const plainRequests = await measure("/plain");
const queries = await measure("/queries");
const memory = {} as Record<Kind, number>;
for (const kind of KINDS) memory[kind] = (await usageOf(kind)).rss;
for (const { child } of Object.values(services)) child.kill("SIGKILL");
agent.destroy();
sink.closeAllConnections();
sink.close();
await postgres.stop();

/** Both as what they add to nothing. */
const added = (of: (kind: Kind) => number): { ours: number; theirs: number } => ({
  ours: of("throughline") - of("nothing"),
  theirs: of("plain") - of("nothing"),
});
const requestP95 = addedAt(plainRequests.micros, 0.95);
const requestP50 = addedAt(plainRequests.micros, 0.5);
const queryP95 = addedAt(queries.micros, 0.95, QUERIES);
const queryP50 = addedAt(queries.micros, 0.5, QUERIES);
const cpu = added((kind) => queries.cpuMicros[kind]);
const rss = added((kind) => memory[kind] / 1_048_576);
const blocks = `${BLOCKS} blocks of ${CALLS_PER_BLOCK} calls`;
const beside = ({ theirs }: { theirs: number }, digits = 0): string =>
  `plain OpenTelemetry ${theirs.toFixed(digits)}`;

report({
  name: "nodeSdk",
  figures: [
    {
      title: "Node SDK, event-loop time per span, of plain OpenTelemetry's",
      value: spanMicros.throughline / spanMicros.plain,
      unit: "×",
      better: "lower",
      floor: 0.5,
      aim: 0.25,
      note: `${spanMicros.throughline.toFixed(1)} µs of ${spanMicros.plain.toFixed(1)} µs, 10 attributes, until the bytes have left`,
    },
    {
      title: "Added to a request, p95",
      value: requestP95.ours,
      unit: "µs",
      better: "lower",
      floor: 100,
      note: `${beside(requestP95)}; p50 ${requestP50.ours.toFixed(0)} and ${requestP50.theirs.toFixed(0)}; ${quantile(plainRequests.micros.nothing, 0.95).toFixed(0)} without; ${blocks}`,
    },
    {
      title: "Added to a query, p95",
      value: queryP95.ours,
      unit: "µs",
      better: "lower",
      floor: 50,
      note: `${beside(queryP95)}; p50 ${queryP50.ours.toFixed(0)} and ${queryP50.theirs.toFixed(0)}; ${(quantile(queries.micros.nothing, 0.95) / QUERIES).toFixed(0)} without; ${blocks}`,
    },
    {
      title: `Processor time added to a request of ${QUERIES} queries`,
      value: cpu.ours,
      unit: "µs",
      better: "lower",
      note: `${beside(cpu)}; all threads, ${queries.cpuMicros.nothing.toFixed(0)} without`,
    },
    {
      title: "Memory added",
      value: rss.ours,
      unit: "MiB",
      better: "lower",
      note: `${beside(rss)}; ${(memory.nothing / 1_048_576).toFixed(0)} without, resident after garbage collection`,
    },
  ],
});

/** Microseconds of the main thread per span, the middle of several runs in turns. */
async function measureSpans(): Promise<Record<"plain" | "throughline", number>> {
  const script = fileURLToPath(new URL("./lib/spanCost.ts", import.meta.url));
  const runs = { plain: [] as number[], throughline: [] as number[] };
  for (let turn = 0; turn < SPAN_RUNS; turn++) {
    for (const kind of ["plain", "throughline"] as const) {
      const { stdout } = await promisify(execFile)(process.execPath, [script, kind, sinkUrl, String(SPANS)]);
      runs[kind].push(Number(stdout));
    }
  }
  return { plain: median(runs.plain), throughline: median(runs.throughline) };
}

async function start(kind: Kind) {
  const imports: Record<Kind, string[]> = {
    nothing: [],
    plain: ["--import", fileURLToPath(new URL("./lib/plainOpenTelemetry.ts", import.meta.url))],
    throughline: ["--import", "@throughline/node/register"],
  };
  const script = fileURLToPath(new URL("./lib/nodeService.ts", import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", ...imports[kind], script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: sinkUrl,
      OTEL_SERVICE_NAME: kind,
    },
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, port: Number(line.toString()) };
}

async function measure(path: string) {
  const micros: Record<Kind, number[]> = { nothing: [], plain: [], throughline: [] };
  const cpuMicros: Record<Kind, number> = { nothing: 0, plain: 0, throughline: 0 };
  // Code gets hot first.
  for (const kind of KINDS) for (let i = 0; i < WARM_UP_CALLS; i++) await ask(kind, path);
  const before = {} as Record<Kind, Usage>;
  for (const kind of KINDS) before[kind] = await usageOf(kind);
  for (let call = 0; call < BLOCKS * CALLS_PER_BLOCK; call++) {
    // Each is first, second and last as often as the others: what follows a call meets warmer caches.
    for (let turn = 0; turn < KINDS.length; turn++) {
      const kind = KINDS[(call + turn) % KINDS.length]!;
      const startMs = performance.now();
      await ask(kind, path);
      micros[kind].push((performance.now() - startMs) * 1000);
    }
  }
  for (const kind of KINDS) {
    const used = (await usageOf(kind)).cpuMicros - before[kind].cpuMicros;
    cpuMicros[kind] = used / (BLOCKS * CALLS_PER_BLOCK);
  }
  return { micros, cpuMicros };
}

/** What each adds to nothing at this quantile, in µs a part: the median of the differences by block. */
function addedAt(
  micros: Record<Kind, readonly number[]>,
  share: number,
  parts = 1,
): { ours: number; theirs: number } {
  const differences = (kind: Kind): number[] =>
    Array.from({ length: BLOCKS }, (_, block) => {
      const of = (each: Kind): number =>
        quantile(micros[each].slice(block * CALLS_PER_BLOCK, (block + 1) * CALLS_PER_BLOCK), share);
      return (of(kind) - of("nothing")) / parts;
    });
  return { ours: median(differences("throughline")), theirs: median(differences("plain")) };
}

async function usageOf(kind: Kind): Promise<Usage> {
  return JSON.parse(await ask(kind, "/usage")) as Usage;
}

async function ask(kind: Kind, path: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port: services[kind].port, path, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    });
    outgoing.on("error", reject).end();
  });
}
