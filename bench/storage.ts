/**
 * Bytes on disk of 1 000 requests a minute: a stretch of that load with all rollups, merged, bytes per row of each table,
 * and what they make a month. A day of load; quick: six hours.
 */
import { openTelemetryStore, type TelemetryStore } from "../apps/server/src/engines/telemetry/index.ts";
import { progress, report, type Figure } from "./lib/figures.ts";
import { fillStore } from "./lib/fillStore.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTH_DAYS = 30;
const REQUESTS_PER_MINUTE = 1000;
/** Of fillStore: a server span, a query, and two of calls out, rendering and the like. */
const SPANS_PER_REQUEST = 4;
const SERVICES = 2;
/** Sampling keeps what was slow or failed, and one in ten of the rest. An assumption, as generated durations say nothing. */
const SLOW_SHARE = 0.05;
const KEPT_SHARE = SLOW_SHARE + (1 - SLOW_SHARE) / 10;
const RAW = ["spans", "logs", "exceptions"];
/** Default retention by step of a rollup, in days. */
const KEPT_DAYS: Readonly<Record<number, number>> = { 60: 30, 300: 60, 3600: 365, 86_400: 365 };
const hours = benchOptions().isQuick ? 6 : 24;
const requestsPerMonth = REQUESTS_PER_MINUTE * 60 * 24 * MONTH_DAYS;

interface Stored {
  readonly table: string;
  readonly bytesPerRow: number;
  readonly rowCount: number;
  /** New rows of 30 days, by arithmetic from those of the stretch. */
  readonly monthRows: number;
  /** Rows there are once the retention is full. */
  readonly fullRows: number;
}

await withScratch(async (dataDir) => {
  const store = await openTelemetryStore({ dataDir });
  try {
    report(await measure(store));
  } finally {
    await store.close();
  }
});

async function measure(store: TelemetryStore) {
  // From a midnight on, so that there is one cell of a day.
  const fromMs = Math.floor(Date.now() / DAY_MS - 2) * DAY_MS;
  const toMs = fromMs + hours * HOUR_MS;
  const spans = REQUESTS_PER_MINUTE * 60 * hours * SPANS_PER_REQUEST;
  await fillStore(store, { spans, fromMs, toMs, tenantId: "tenant", projectId: "shop", services: SERVICES });
  progress(`${spans} spans of ${hours} h are in`);
  const tables = await readTables(store);
  const queryShare = await shareOfQueries(store);
  const bytesOf = (table: string): number => {
    const found = tables.find((each) => each.table === table);
    return found === undefined ? 0 : found.bytesPerRow * found.monthRows;
  };
  const spanBytes = bytesOf("spans");
  const otherRaw = bytesOf("logs") + bytesOf("exceptions");
  const aggregates = tables.filter(({ table }) => !RAW.includes(table));
  const newAggregates = sum(aggregates.map(({ bytesPerRow, monthRows }) => bytesPerRow * monthRows));
  const fullAggregates = sum(aggregates.map(({ bytesPerRow, fullRows }) => bytesPerRow * fullRows));
  const sampledQueries = spanBytes * (1 - queryShare * (1 - KEPT_SHARE)) + otherRaw;
  const sampledTraces = spanBytes * KEPT_SHARE + otherRaw;
  const largest = tables.toSorted((a, b) => b.bytesPerRow * b.monthRows - a.bytesPerRow * a.monthRows)[0]
    ?.table;
  const spansText = `${(requestsPerMonth / 1e6).toFixed(1)} M requests × ${SPANS_PER_REQUEST} spans × ${perRow(tables, "spans")} B`;
  const figures: Figure[] = [
    {
      title: "New a month at 1 000 requests/min, fast queries 1 in 10, raw + aggregates",
      ...gigabytes(sampledQueries + newAggregates),
      better: "lower",
      floor: 1,
      note: `the seed's sampling; raw ${gb(sampledQueries)} (${spansText}, less ${(1 - KEPT_SHARE).toFixed(3)} of the queries, ${queryShare.toFixed(2)} of the spans; logs ${gb(bytesOf("logs"))}) + aggregates ${gb(newAggregates)}; most of it is ${largest}`,
    },
    {
      title: "The same, everything kept (the SDK's default)",
      ...gigabytes(spanBytes + otherRaw + newAggregates),
      note: `raw ${gb(spanBytes + otherRaw)} + aggregates ${gb(newAggregates)}`,
    },
    {
      title: "The same, fast traces 1 in 10 (THROUGHLINE_FAST_TRACE_RATIO=0.1)",
      ...gigabytes(sampledTraces + newAggregates),
      note: `spans × ${KEPT_SHARE.toFixed(3)} = ${gb(spanBytes * KEPT_SHARE)}, logs and errors ${gb(otherRaw)}, aggregates ${gb(newAggregates)}; ${SLOW_SHARE * 100} % are taken to be slow or failed`,
    },
    { title: "Raw on disk when 30 days are full, everything kept", ...gigabytes(spanBytes + otherRaw) },
    {
      title: "Aggregates on disk when their year is full",
      ...gigabytes(fullAggregates),
      note: "cells of 1 min for 30 days, 5 min for 60 days, hours and days for a year",
    },
  ];
  for (const { title, value, unit, note } of figures)
    progress(`${title}: ${value.toFixed(2)} ${unit}${note === undefined ? "" : `, ${note}`}`);
  return { name: "storage", figures, details: details(tables) };
}

async function readTables(store: TelemetryStore): Promise<Stored[]> {
  const names = await ask<{ name: string; steps: number }>(
    store,
    `SELECT t.name AS name, countIf(c.name = 'step_seconds') AS steps
     FROM system.tables AS t JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
     WHERE t.database = 'throughline' AND t.engine LIKE '%MergeTree' AND t.name != 'schema_migrations' GROUP BY name`,
  );
  const tables: Stored[] = [];
  for (const { name, steps } of names) {
    await store.internal.command(`OPTIMIZE TABLE ${name} FINAL`);
    const [size] = await ask<{ bytes: number; n: number }>(
      store,
      `SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS n FROM system.parts WHERE active AND database = 'throughline' AND table = '${name}'`,
    );
    if (size === undefined || size.n === 0) continue;
    const byStep =
      steps === 0
        ? [{ step: 0, n: size.n }]
        : await ask<{ step: number; n: number }>(
            store,
            `SELECT step_seconds AS step, count() AS n FROM ${name} GROUP BY step`,
          );
    // A cell of a day is one, however much of the day was filled.
    const dayRows = byStep.map(({ step, n }) => ({ step, n: step === 86_400 ? n : (n * 24) / hours }));
    const keptDays = (step: number): number => KEPT_DAYS[step] ?? (RAW.includes(name) ? 30 : 365);
    tables.push({
      table: name,
      bytesPerRow: size.bytes / size.n,
      rowCount: size.n,
      monthRows: sum(dayRows.map(({ n }) => n * MONTH_DAYS)),
      fullRows: sum(dayRows.map(({ step, n }) => n * keptDays(step))),
    });
  }
  return tables;
}

async function shareOfQueries(store: TelemetryStore): Promise<number> {
  const [row] = await ask<{ share: number }>(
    store,
    "SELECT countIf(db_system != '') / count() AS share FROM spans",
  );
  return row?.share ?? 0;
}

async function ask<Row>(store: TelemetryStore, sql: string): Promise<Row[]> {
  return await store.internal.query<Row>(sql, {}, { name: "bench", maxExecutionMs: 60_000 });
}

function details(tables: readonly Stored[]): string[] {
  return [
    `${hours} h of ${REQUESTS_PER_MINUTE} requests a minute, ${SERVICES} services of 40 routes, ${SPANS_PER_REQUEST} spans a request, a log record to five spans, an error to 200 requests; every table merged to one part a partition. Metrics and browsers are not in it, and generated spans compress better than real ones: \`ingest\` has its own bytes a span.`,
    "",
    "| table | B/row | rows of the stretch | rows a month | MB new a month | MB at full retention |",
    "|---|---|---|---|---|---|",
    ...tables
      .toSorted((a, b) => b.bytesPerRow * b.monthRows - a.bytesPerRow * a.monthRows)
      .map(
        ({ table, bytesPerRow, rowCount, monthRows, fullRows }) =>
          `| ${table} | ${bytesPerRow.toFixed(1)} | ${rowCount} | ${Math.round(monthRows)} | ${((bytesPerRow * monthRows) / 1e6).toFixed(1)} | ${((bytesPerRow * fullRows) / 1e6).toFixed(1)} |`,
      ),
  ];
}

function perRow(tables: readonly Stored[], name: string): string {
  return (tables.find(({ table }) => table === name)?.bytesPerRow ?? 0).toFixed(1);
}

function gb(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

function gigabytes(bytes: number) {
  return { value: bytes / 1e9, unit: "GB" };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
