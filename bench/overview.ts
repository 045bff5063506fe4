/**
 * The pages' questions on a full store, without any cache in between: the overview for each range, one service, the
 * newest traces, a trace by its id. `--spans 50e6` for the size that the aims are about; `--store folder` keeps the
 * store there and uses it again.
 */
import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { RANGE_KEYS, resolveRange, type RangeKey } from "../packages/contract/src/index.ts";
import {
  openTelemetryStore,
  type ScopedReader,
  type TelemetryStore,
} from "../apps/server/src/engines/telemetry/index.ts";
import { readErrors, readOverview, readService, readTraces } from "../apps/server/src/insight/index.ts";
import { readTrace } from "../apps/server/src/insight/traces/index.ts";
import { progress, quantile, report, type Figure } from "./lib/figures.ts";
import { fillStore, type Fill } from "./lib/fillStore.ts";
import { withScratch } from "./lib/scratch.ts";

const DAY_MS = 86_400_000;
const AIM_MS = 30;
const ROUNDS = 40;
const WARM_UP = 5;
const RELATIVE_RANGES = RANGE_KEYS.filter((key) => key !== "custom");

const { values } = parseArgs({
  allowPositionals: true,
  options: { spans: { type: "string", default: "2e6" }, store: { type: "string" } },
});
const spans = Number(values.spans);
if (!(spans >= 1000)) throw new Error("--spans takes a number of at least 1000, for example 50e6.");
if (values.store === undefined) await withScratch(measure);
else {
  await mkdir(values.store, { recursive: true });
  await measure(values.store);
}

async function measure(dataDir: string): Promise<void> {
  const store = await openTelemetryStore({ dataDir });
  try {
    const details = await fillIfEmpty(store);
    const reader = store.scoped({ tenantId: "tenant", projectId: "shop" });
    const nowMs = await newestMs(store);
    const figures = [...(await overviewFigures(reader, nowMs)), ...(await otherFigures(reader, nowMs))];
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

async function fillIfEmpty(store: TelemetryStore): Promise<string[]> {
  const [stored] = await store.internal.query<{ n: number }>(
    "SELECT count() AS n FROM spans",
    {},
    { name: "bench" },
  );
  if ((stored?.n ?? 0) > 0) return [`${stored?.n} spans were there already.`];
  const toMs = Date.now();
  const fill: Fill = { spans, fromMs: toMs - 29 * DAY_MS, toMs, tenantId: "tenant", projectId: "shop" };
  const { spansMs } = await fillStore(store, fill);
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
      await timed(`Overview, ${range}, p95`, AIM_MS, () =>
        readOverview(reader, resolved(range, nowMs), nowMs),
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
    await timed("One service, 24h, p95", undefined, () => readService(reader, "service-03", day, nowMs)),
    await timed("One service, 30d, p95", undefined, () => readService(reader, "service-03", month, nowMs)),
    await timed("Newest 50 traces of 30d, p95", undefined, () => readTraces(reader, month, { limit: 50 })),
    await timed("Newest 50 failed traces over 1 s of 30d, p95", undefined, () =>
      readTraces(reader, month, { limit: 50, status: "error", minDurationMs: 1000 }),
    ),
    await timed("Errors of 30d, p95", undefined, () => readErrors(reader, month, { limit: 50 })),
    await timed("Trace by id, p95", undefined, () => readTrace(reader, traceId)),
  ];
}

function resolved(range: RangeKey, nowMs: number) {
  return resolveRange({ range }, nowMs);
}

async function timed(title: string, aim: number | undefined, ask: () => Promise<unknown>): Promise<Figure> {
  const samples: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const startedMs = performance.now();
    await ask();
    if (round >= WARM_UP) samples.push(performance.now() - startedMs);
  }
  return {
    title,
    value: quantile(samples, 0.95),
    unit: "ms",
    better: "lower",
    ...(aim === undefined ? {} : { aim }),
    note: `p50 ${quantile(samples, 0.5).toFixed(1)} ms`,
  };
}
