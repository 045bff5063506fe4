/**
 * Web vitals: beacons a second that one process takes durably, and what `GET /api/web-vitals` and its neighbours ask of a
 * full store, without any cache in between. 50 million readings; quick: 200 000.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RANGE_KEYS, resolveRange, type VitalsFilter } from "../packages/contract/src/index.ts";
import { openTelemetryStore, type ScopedReader } from "../apps/server/src/engines/telemetry/index.ts";
import {
  budgetWindow,
  readBudgetCounts,
  readVitalBreakdown,
  readVitalPages,
  readVitals,
} from "../apps/server/src/insight/index.ts";
import type { BeaconResult, BeaconSettings } from "./lib/beaconMain.ts";
import { progress, quantile, report, type Figure } from "./lib/figures.ts";
import { fillVitals } from "./lib/fillVitals.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";
import { startServer, untilStored } from "./lib/server.ts";

const DAY_MS = 86_400_000;
const WARM_UP = 2;
const BEACON_MAIN = fileURLToPath(new URL("./lib/beaconMain.ts", import.meta.url));
const { isQuick } = benchOptions();
const rounds = isQuick ? 10 : 40;
const vitals = isQuick ? 2e5 : 50e6;

await withScratch(async (dataDir) => {
  const figures = [
    ...(await beaconFigures(join(dataDir, "beacons"))),
    ...(await readFigures(join(dataDir, "reads"))),
  ];
  report({ name: "vitals", figures, details: [`${vitals} readings over 29 days.`] });
  for (const { title, value, unit, note } of figures)
    progress(`${title}: ${value.toFixed(1)} ${unit}${note === undefined ? "" : `, ${note}`}`);
});

async function beaconFigures(dataDir: string): Promise<Figure[]> {
  const server = await startServer({ dataDir });
  const settings: BeaconSettings = {
    port: server.port,
    durationMs: isQuick ? 10_000 : 60_000,
    connections: 64,
  };
  const child = fork(BEACON_MAIN, [JSON.stringify(settings)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [result] = (await once(child, "message")) as [BeaconResult];
  await untilStored(server);
  await server.stop();
  const { requests, elapsedMs, latenciesMs } = result;
  progress(`${requests} beacons taken in ${Math.round(elapsedMs)} ms`);
  return [
    {
      title: "Beacons taken durably (five vitals each)",
      value: requests / (elapsedMs / 1000),
      unit: "requests/s",
      better: "higher",
      floor: 5000,
      note: `sender on the same machine, ${settings.connections} connections, p95 ${quantile(latenciesMs, 0.95).toFixed(1)} ms`,
    },
  ];
}

async function readFigures(dataDir: string): Promise<Figure[]> {
  const store = await openTelemetryStore({ dataDir });
  try {
    const nowMs = Date.now();
    const scope = { tenantId: "tenant", projectId: "shop" };
    const tookMs = await fillVitals(store, { ...scope, vitals, fromMs: nowMs - 29 * DAY_MS, toMs: nowMs });
    progress(`${vitals} readings inserted with their rollups at ${Math.round(vitals / (tookMs / 1000))}/s`);
    return await asked(store.scoped(scope), nowMs);
  } finally {
    await store.close();
  }
}

async function asked(reader: ScopedReader, nowMs: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const range of RANGE_KEYS.filter((key) => key !== "custom")) {
    const resolved = resolveRange({ range }, nowMs);
    const read = async (title: string, filter: VitalsFilter): Promise<void> => {
      figures.push(
        await timed(`GET /api/web-vitals, ${range}, ${title}, p95`, { floor: 100 }, () =>
          readVitals(reader, resolved, filter, nowMs),
        ),
      );
    };
    await read("all pages", {});
    await read("one page", { page: "/page-0" });
  }
  const day = resolveRange({ range: "24h" }, nowMs);
  figures.push(
    await timed("GET /api/web-vitals, 24h, one country, p95", {}, () =>
      readVitals(reader, day, { country: "DE" }, nowMs),
    ),
    await timed("Worst pages, 24h, p95", {}, () => readVitalPages(reader, day, {}, nowMs)),
    await timed("Breakdown, 24h, p95", {}, () => readVitalBreakdown(reader, day, {}, nowMs)),
    await timed("Evaluating all budgets, the counts, p95", {}, () =>
      readBudgetCounts(reader, budgetWindow(nowMs, DAY_MS)),
    ),
  );
  return figures;
}

async function timed(
  title: string,
  limits: Pick<Figure, "floor" | "aim">,
  ask: () => Promise<unknown>,
): Promise<Figure> {
  const samples: number[] = [];
  for (let round = 0; round < WARM_UP + rounds; round++) {
    const startedMs = performance.now();
    await ask();
    if (round >= WARM_UP) samples.push(performance.now() - startedMs);
  }
  return {
    title,
    value: quantile(samples, 0.95),
    unit: "ms",
    better: "lower",
    ...limits,
    note: `p50 ${quantile(samples, 0.5).toFixed(1)} ms`,
  };
}
