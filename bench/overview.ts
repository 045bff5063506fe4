/**
 * The pages' questions on a full store, without any cache in between: the overview for each range asked by ten viewers at
 * once, one service, the newest traces, a trace by its id warm and cold. 50 million spans; quick: 2 million.
 */
import { writeFile } from "node:fs/promises";
import { RANGE_KEYS, resolveRange, type RangeKey } from "../packages/contract/src/index.ts";
import {
  openTelemetryStore,
  type ScopedReader,
  type TelemetryStore,
} from "../apps/server/src/engines/telemetry/index.ts";
import {
  readBeneath,
  readErrors,
  readOverview,
  readService,
  readTraces,
} from "../apps/server/src/insight/index.ts";
import { createSingleFlight } from "../apps/server/src/http/singleFlight.ts";
import { readTrace } from "../apps/server/src/insight/traces/index.ts";
import { progress, quantile, report, type Figure } from "./lib/figures.ts";
import { fillStore, type Fill } from "./lib/fillStore.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";

const DAY_MS = 86_400_000;
const VIEWERS = 10;
const share = createSingleFlight();
/** Of all viewers together. */
const ROUNDS = 40;
const WARM_UP = 3;
const COLD_TRACES = 40;
const RELATIVE_RANGES = RANGE_KEYS.filter((key) => key !== "custom");
const spans = benchOptions().isQuick ? 2e6 : 50e6;

await withScratch(measure);

async function measure(dataDir: string): Promise<void> {
  const store = await openTelemetryStore({ dataDir });
  try {
    const details = await fill(store);
    const reader = store.scoped({ tenantId: "tenant", projectId: "shop" });
    const nowMs = await newestMs(store);
    const figures = [
      ...(await overviewFigures(reader, nowMs)),
      ...(await otherFigures(reader, nowMs)),
      await coldTraces(store, reader, nowMs),
    ];
    const statements = store
      .queryStatistics()
      .map(
        ({ name, count, p50Ms, p95Ms }) =>
          `| ${name} | ${count} | ${p50Ms.toFixed(1)} | ${p95Ms.toFixed(1)} |`,
      );
    report({
      name: "overview",
      figures,
      details: [
        ...details,
        "",
        "| statement | times | p50 ms | p95 ms |",
        "|---|---|---|---|",
        ...statements,
      ],
    });
    for (const { title, value, unit, note } of figures)
      progress(`${title}: ${value.toFixed(1)} ${unit}${note === undefined ? "" : `, ${note}`}`);
    for (const line of statements) progress(line);
  } finally {
    await store.close();
  }
}

async function fill(store: TelemetryStore): Promise<string[]> {
  const toMs = Date.now();
  const what: Fill = { spans, fromMs: toMs - 29 * DAY_MS, toMs, tenantId: "tenant", projectId: "shop" };
  const { spansMs } = await fillStore(store, what);
  const text = `${spans} spans over 29 days, inserted with all rollups at ${Math.round(spans / (spansMs / 1000))} spans/s.`;
  progress(text);
  return [text];
}

async function newestMs(store: TelemetryStore): Promise<number> {
  const [row] = await store.internal.query<{ ms: number }>(
    "SELECT toUnixTimestamp64Milli(max(time)) AS ms FROM spans",
    {},
    { name: "bench" },
  );
  return row?.ms ?? Date.now();
}

async function overviewFigures(reader: ScopedReader, nowMs: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const range of RELATIVE_RANGES) {
    figures.push(
      await timed(
        `Overview, ${range}, ${VIEWERS} viewers, p95`,
        { floor: 100, aim: 30 },
        // As the API does: answers are shared while they are under way, and never kept.
        () => share([range], () => readOverview(reader, resolved(range, nowMs), nowMs)),
        VIEWERS,
      ),
      await timed(`Overview, ${range}, one viewer, p95`, {}, () =>
        readOverview(reader, resolved(range, nowMs), nowMs),
      ),
      // Kept for seconds by the product, so it is waited for by the first viewer only.
      await timed(`Beneath the overview, ${range}, one viewer, p95`, {}, () =>
        readBeneath(reader, resolved(range, nowMs), nowMs),
      ),
    );
  }
  return figures;
}

async function otherFigures(reader: ScopedReader, nowMs: number): Promise<Figure[]> {
  const day = resolved("24h", nowMs);
  const month = resolved("30d", nowMs);
  const { traces } = await readTraces(reader, month, { limit: 50 });
  const traceId = traces.at(-1)?.traceId;
  if (traceId === undefined) throw new Error("The store has no traces.");
  return [
    await timed("One service, 24h, p95", {}, () => readService(reader, "service-03", day, nowMs)),
    await timed("One service, 30d, p95", {}, () => readService(reader, "service-03", month, nowMs)),
    await timed("Newest 50 traces of 30d, p95", {}, () => readTraces(reader, month, { limit: 50 })),
    await timed("Newest 50 failed traces over 1 s of 30d, p95", {}, () =>
      readTraces(reader, month, { limit: 50, status: "error", minDurationMs: 1000 }),
    ),
    await timed("Errors of 30d, p95", {}, () => readErrors(reader, month, { limit: 50 })),
    await timed("Trace by id, warm, p95", { floor: 40, aim: 8 }, () => readTrace(reader, traceId)),
  ];
}

function resolved(range: RangeKey, nowMs: number) {
  return resolveRange({ range }, nowMs);
}

/** Each trace is asked for once, with the engine's caches and, where it is allowed, the kernel's emptied before. */
async function coldTraces(store: TelemetryStore, reader: ScopedReader, nowMs: number): Promise<Figure> {
  const { traces } = await readTraces(reader, resolved("30d", nowMs), { limit: 1 });
  const newest = traces[0];
  if (newest === undefined) throw new Error("The store has no traces.");
  const ids = await reader.query<{ traceId: string }>(
    `SELECT lower(hex(s.trace_id)) AS traceId FROM spans AS s
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND s.service = 'service-07'
     ORDER BY cityHash64(s.trace_id) LIMIT ${COLD_TRACES}`,
    {},
    { name: "bench.ids", maxExecutionMs: 120_000 },
  );
  const samples: number[] = [];
  let isKernelCold = true;
  for (const { traceId } of ids) {
    for (const cache of ["MARK CACHE", "PRIMARY INDEX CACHE", "UNCOMPRESSED CACHE", "INDEX MARK CACHE"])
      await store.internal.command(`SYSTEM DROP ${cache}`);
    isKernelCold &&= await dropKernelCache();
    const startedMs = performance.now();
    await readTrace(reader, traceId);
    samples.push(performance.now() - startedMs);
  }
  return {
    title: "Trace by id, cold, p95",
    value: quantile(samples, 0.95),
    unit: "ms",
    better: "lower",
    floor: 150,
    aim: 40,
    note: `p50 ${quantile(samples, 0.5).toFixed(1)} ms; the engine's caches emptied${isKernelCold ? ", the kernel's too" : ", not the kernel's"}`,
  };
}

/** Only root may; without it "cold" is the engine only. */
async function dropKernelCache(): Promise<boolean> {
  try {
    await writeFile("/proc/sys/vm/drop_caches", "1");
    return true;
  } catch {
    return false;
  }
}

async function timed(
  title: string,
  limits: Pick<Figure, "floor" | "aim">,
  ask: () => Promise<unknown>,
  viewers = 1,
): Promise<Figure> {
  const samples: number[] = [];
  const view = async (): Promise<void> => {
    for (let round = 0; round < WARM_UP + ROUNDS / viewers; round++) {
      const startedMs = performance.now();
      await ask();
      if (round >= WARM_UP) samples.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: viewers }, view));
  return {
    title,
    value: quantile(samples, 0.95),
    unit: "ms",
    better: "lower",
    ...limits,
    note: `p50 ${quantile(samples, 0.5).toFixed(1)} ms`,
  };
}
