/**
 * What every page about applications asks, over 30 days, without any cache in between: one viewer, one question after the
 * other. 50 million spans with their rollups, a quarter of them statements, and process metrics by the minute; quick: 2 million.
 */
import {
  endpointsFilter,
  errorsFilter,
  monitoringFilter,
  queriesFilter,
  resolveRange,
} from "../packages/contract/src/index.ts";
import {
  openTelemetryStore,
  type ScopedReader,
  type TelemetryStore,
} from "../apps/server/src/engines/telemetry/index.ts";
import { readBottlenecks } from "../apps/server/src/insight/bottlenecks/index.ts";
import { readEndpoint, readEndpoints } from "../apps/server/src/insight/endpoints/index.ts";
import { readErrorGroup, readErrorGroups } from "../apps/server/src/insight/errorGroups/index.ts";
import {
  readBeneath,
  readErrors,
  readMetrics,
  readOverview,
  readService,
  readServices,
  readTraces,
  readWhatChanged,
  releasesIn,
} from "../apps/server/src/insight/index.ts";
import { readServiceMap } from "../apps/server/src/insight/overview/readServiceMap.ts";
import { readHealth, readPerformance } from "../apps/server/src/insight/performance/index.ts";
import { readQueries, readQuery } from "../apps/server/src/insight/queries/index.ts";
import { readReleaseDiff, readReleases } from "../apps/server/src/insight/releaseDiff/index.ts";
import { readResources } from "../apps/server/src/insight/resources/index.ts";
import { readTrace } from "../apps/server/src/insight/traces/index.ts";
import { progress, quantile, report, type Figure } from "./lib/figures.ts";
import { fillMetrics } from "./lib/fillMetrics.ts";
import { fillStore } from "./lib/fillStore.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";

const DAY_MS = 86_400_000;
const FLOOR_MS = 100;
const ROUNDS = 20;
const WARM_UP = 2;
const SERVICE = "service-03";
const APDEX_MS = 500;
const { isQuick } = benchOptions();
const spans = isQuick ? 2e6 : 50e6;
const COLUMNS = ["| read | p50 ms | p95 ms | dearest statements, ms |", "|---|---|---|---|"];

await withScratch(async (dataDir) => {
  const store = await openTelemetryStore({ dataDir });
  try {
    await measure(store);
  } finally {
    await store.close();
  }
});

async function measure(store: TelemetryStore): Promise<void> {
  const toMs = Date.now();
  const what = { fromMs: toMs - 29 * DAY_MS, toMs, tenantId: "tenant", projectId: "shop" };
  const points = await fillMetrics(store, { ...what, everySeconds: 60 });
  const { spansMs } = await fillStore(store, { ...what, spans });
  const filled = `${spans} spans and ${points} metric points of 12 services over 29 days, merged; spans went in with all rollups at ${Math.round(spans / (spansMs / 1000))}/s.`;
  progress(filled);
  // Weeks are merged long before they are asked about; what a fill leaves behind within minutes is not.
  const tables = await store.internal.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'throughline' AND engine LIKE '%MergeTree'",
    {},
    { name: "bench" },
  );
  for (const { name } of tables) await store.internal.command(`OPTIMIZE TABLE ${name} FINAL`);
  const statements = new Map<string, number>();
  const reader = timed(store.scoped({ tenantId: "tenant", projectId: "shop" }), statements);
  const figures: Figure[] = [];
  const lines: string[] = [];
  for (const [title, ask] of Object.entries(await questions(reader, toMs))) {
    const samples: number[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      if (round === WARM_UP) statements.clear();
      const startedMs = performance.now();
      await ask();
      if (round >= WARM_UP) samples.push(performance.now() - startedMs);
    }
    const [p50, p95] = [quantile(samples, 0.5), quantile(samples, 0.95)];
    figures.push({
      title: `${title}, 30 days, p95`,
      value: p95,
      unit: "ms",
      better: "lower",
      floor: FLOOR_MS,
      note: `p50 ${p50.toFixed(1)} ms, shortest ${Math.min(...samples).toFixed(1)} ms`,
    });
    const dearest = [...statements].toSorted((a, b) => b[1] - a[1]);
    const shown = dearest.slice(0, 4).map(([name, ms]) => `${name} ${(ms / ROUNDS).toFixed(0)}`);
    lines.push(`| ${title} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ${shown.join(", ")} |`);
    progress(lines.at(-1) ?? "");
  }
  const missed = figures.filter(({ value }) => value > FLOOR_MS).length;
  figures.push({
    title: "Reads over the floor",
    value: missed,
    unit: `of ${figures.length}`,
    better: "lower",
    floor: 0,
  });
  report({ name: "reads", figures, details: [filled, "", ...COLUMNS, ...lines] });
}

/** @param ms is added up by statement */
function timed(reader: ScopedReader, ms: Map<string, number>): ScopedReader {
  return {
    scope: reader.scope,
    async query<Row>(...[sql, params, options]: Parameters<ScopedReader["query"]>): Promise<Row[]> {
      const startedMs = performance.now();
      const rows = await reader.query<Row>(sql, params, options);
      ms.set(options.name, (ms.get(options.name) ?? 0) + performance.now() - startedMs);
      return rows;
    },
  };
}

type Questions = Readonly<Record<string, () => Promise<unknown>>>;

async function questions(reader: ScopedReader, nowMs: number): Promise<Questions> {
  const range = resolveRange({ range: "30d" }, nowMs);
  const traces = (filter: object) => async () =>
    await readTraces(reader, range, monitoringFilter.parse(filter));
  const { endpoints } = await readEndpoints(
    reader,
    range,
    endpointsFilter.parse({ service: SERVICE }),
    nowMs,
  );
  const { queries } = await readQueries(reader, range, queriesFilter.parse({}), nowMs);
  const { errors } = await readErrorGroups(reader, range, errorsFilter.parse({}), {}, nowMs);
  const { traces: newest } = await readTraces(reader, range, monitoringFilter.parse({}));
  const [later, earlier] = await readReleases(reader, SERVICE);
  const [endpoint, query, error, trace] = [endpoints[0], queries[0], errors[0], newest.at(-1)];
  if (!endpoint || !query || !error || !trace || !later || !earlier)
    throw new Error("The store was not filled: a list is empty.");
  const { route } = endpoint;
  return {
    Overview: () => readOverview(reader, range, nowMs),
    "Beneath the overview": () => readBeneath(reader, range, nowMs),
    "Service map": () => readServiceMap(reader, range, nowMs),
    Services: () => readServices(reader, range, nowMs),
    "One service": () => readService(reader, SERVICE, range, nowMs),
    Endpoints: () => readEndpoints(reader, range, endpointsFilter.parse({}), nowMs),
    "One endpoint": () => readEndpoint(reader, range, { service: SERVICE, route }, APDEX_MS, nowMs),
    Queries: () => readQueries(reader, range, queriesFilter.parse({}), nowMs),
    "Queries with a text": () => readQueries(reader, range, queriesFilter.parse({ q: "resource_7" }), nowMs),
    "One query": () => readQuery(reader, range, query.hash, nowMs),
    Resources: () => readResources(reader, range, {}, nowMs),
    "Resources of one service": () => readResources(reader, range, { service: SERVICE }, nowMs),
    Bottlenecks: () => readBottlenecks(reader, range, nowMs),
    Errors: () => readErrorGroups(reader, range, errorsFilter.parse({}), {}, nowMs),
    "One error": () =>
      readErrorGroup(reader, range, error.fingerprint, async () => await Promise.resolve(null), nowMs),
    "Errors by API": () => readErrors(reader, range, { limit: 50 }, nowMs),
    Releases: () => readReleases(reader),
    "Two releases": () => readReleaseDiff(reader, SERVICE, { a: earlier.release, b: later.release }),
    "Release markers": () => releasesIn(reader, range, nowMs),
    "What changed": () =>
      readWhatChanged(
        reader,
        { range, filter: { metric: "p95" }, atMs: null, nowMs },
        { deployments: [], audit: null, markers: [] },
      ),
    Health: () => readHealth(reader, range, nowMs),
    "Metrics by API": () => readMetrics(reader, range, {}, nowMs),
    "Performance by API": () => readPerformance(reader, range, nowMs),
    "Traces, newest": traces({}),
    "Traces, with histogram": traces({ histogram: "true" }),
    "Traces of one endpoint": traces({ service: SERVICE, route }),
    "Traces, failed and over 1 s": traces({ status: "error", minDurationMs: 1000 }),
    "Traces, failed and over a minute: none": traces({ status: "error", minDurationMs: 60_000 }),
    "Traces with a span's name": traces({ name: "SELECT shop" }),
    "Traces with an attribute": traces({ attribute: "url.path=/api/v1/77" }),
    "One trace": () => readTrace(reader, trace.traceId),
  };
}
