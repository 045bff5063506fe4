/**
 * Bytes on disk after the first 30 days of 1 000 requests a minute: a stretch of that load with all rollups, merged, bytes per
 * row of each table, and the rows that are kept of 30 days. With one trace in ten and every failed one, as the load's own
 * sampling says (their weights kept), and with everything. A day of load; quick: six hours.
 */
import { openTelemetryStore, type TelemetryStore } from "../apps/server/src/engines/telemetry/index.ts";
import { CELLS } from "../apps/server/src/insight/rollups.ts";
import { progress, report, type Figure } from "./lib/figures.ts";
import { fillMetrics } from "./lib/fillMetrics.ts";
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
/** `PERFORMANCE_SAMPLING_RATE=0.1` */
const KEEP_ONE_IN = 10;
const METRICS_EVERY_SECONDS = 10;
const RAW = ["spans", "logs", "exceptions", "metric_points"];
const OF_LOGS = ["logs", "log_rollups"];
const OF_METRICS = ["metric_points", "metrics_1m", "metrics_1h", "metric_series"];
const hours = benchOptions().isQuick ? 6 : 24;

interface Stored {
  readonly table: string;
  readonly bytesPerRow: number;
  readonly rowCount: number;
  /** Kept of 30 days. */
  readonly monthRows: number;
  /** Kept once the retention is full. */
  readonly fullRows: number;
}

const sampled = await fillAndMeasure(KEEP_ONE_IN);
const whole = await fillAndMeasure(1);
const others = [...OF_LOGS, ...OF_METRICS];
const shareKept = rowsOf(sampled, "spans") / rowsOf(whole, "spans");
const growth = bytes(sampled, (table) => !OF_LOGS.includes(table));
const figures: Figure[] = [
  {
    title: "On disk after 30 days at 1 000 requests/min, traces 1 in 10 and every failed one",
    ...gigabytes(growth),
    better: "lower",
    floor: 1,
    note: `the seed's load and sampling, which has no logs: spans and errors ${gb(bytes(sampled, (table) => ["spans", "exceptions"].includes(table)))} (${(shareKept * 100).toFixed(1)} % of 43.2 M requests × ${SPANS_PER_REQUEST} spans × ${perRow(sampled, "spans")} B), aggregates ${gb(bytes(sampled, (table) => !RAW.includes(table) && !others.includes(table)))}, metrics of ${SERVICES} processes each ${METRICS_EVERY_SECONDS} s ${gb(bytes(sampled, (table) => OF_METRICS.includes(table)))}`,
  },
  {
    title: "The same, every trace kept (the SDK's default)",
    ...gigabytes(bytes(whole, (table) => !OF_LOGS.includes(table))),
    note: `spans and errors ${gb(bytes(whole, (table) => ["spans", "exceptions"].includes(table)))} (spans of ${perRow(whole, "spans")} B), aggregates ${gb(bytes(whole, (table) => !RAW.includes(table) && !others.includes(table)))}`,
  },
  {
    title: "Logs beside it, one record to five spans",
    ...gigabytes(bytes(whole, (table) => OF_LOGS.includes(table))),
    note: `none of the seed's; ${perRow(whole, "logs")} B a record`,
  },
  {
    title: "Aggregates on disk when their year is full, sampled",
    ...gigabytes(bytes(sampled, (table) => !RAW.includes(table) && !OF_LOGS.includes(table), "fullRows")),
    note: `cells of ${CELLS.map(({ stepSeconds, retentionDays }) => `${stepSeconds} s for ${retentionDays} days`).join(", ")}`,
  },
];
for (const { title, value, unit, note } of figures)
  progress(`${title}: ${value.toFixed(2)} ${unit}${note === undefined ? "" : `, ${note}`}`);
report({
  name: "storage",
  figures,
  details: [
    `${hours} h of ${REQUESTS_PER_MINUTE} requests a minute, ${SERVICES} services of 40 routes, ${SPANS_PER_REQUEST} spans a request, an error to 200 requests; every table merged to one part a partition. Browsers are not in it. Attributes are made up and repeat: real ones took about 20 B a span instead of 5 (docs/decisions/0004).`,
    ...table(`Traces 1 in ${KEEP_ONE_IN} and every failed one`, sampled),
    ...table("Everything", whole),
  ],
});

async function fillAndMeasure(keepOneIn: number): Promise<Stored[]> {
  let tables: Stored[] = [];
  await withScratch(async (dataDir) => {
    const store = await openTelemetryStore({ dataDir });
    try {
      // From a midnight on, so that there is one cell of a day.
      const fromMs = Math.floor(Date.now() / DAY_MS - 2) * DAY_MS;
      const spans = REQUESTS_PER_MINUTE * 60 * hours * SPANS_PER_REQUEST;
      const what = {
        fromMs,
        toMs: fromMs + hours * HOUR_MS,
        tenantId: "tenant",
        projectId: "shop",
        services: SERVICES,
      };
      await fillStore(store, { ...what, spans, keepOneIn });
      await fillMetrics(store, { ...what, everySeconds: METRICS_EVERY_SECONDS });
      progress(`${hours} h are in, traces 1 in ${keepOneIn}`);
      tables = await readTables(store);
    } finally {
      await store.close();
    }
  });
  return tables;
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
    // A table of one load is left alone unless it is told that its part is to be written again.
    await store.internal.command(`OPTIMIZE TABLE ${name} FINAL SETTINGS optimize_skip_merged_partitions = 0`);
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
    const keptDays = (step: number): number =>
      CELLS.find(({ stepSeconds }) => stepSeconds === step)?.retentionDays ?? (RAW.includes(name) ? 30 : 365);
    tables.push({
      table: name,
      bytesPerRow: size.bytes / size.n,
      rowCount: size.n,
      monthRows: sum(dayRows.map(({ step, n }) => n * Math.min(MONTH_DAYS, keptDays(step)))),
      fullRows: sum(dayRows.map(({ step, n }) => n * keptDays(step))),
    });
  }
  return tables;
}

async function ask<Row>(store: TelemetryStore, sql: string): Promise<Row[]> {
  return await store.internal.query<Row>(sql, {}, { name: "bench", maxExecutionMs: 120_000 });
}

function table(title: string, tables: readonly Stored[]): string[] {
  return [
    "",
    `${title}:`,
    "",
    "| table | B/row | rows of the stretch | rows after 30 days | MB after 30 days | MB at full retention |",
    "|---|---|---|---|---|---|",
    ...tables
      .toSorted((a, b) => b.bytesPerRow * b.monthRows - a.bytesPerRow * a.monthRows)
      .map(
        ({ table: name, bytesPerRow, rowCount, monthRows, fullRows }) =>
          `| ${name} | ${bytesPerRow.toFixed(1)} | ${rowCount} | ${Math.round(monthRows)} | ${((bytesPerRow * monthRows) / 1e6).toFixed(1)} | ${((bytesPerRow * fullRows) / 1e6).toFixed(1)} |`,
      ),
  ];
}

function bytes(
  tables: readonly Stored[],
  isIn: (table: string) => boolean,
  rows: "monthRows" | "fullRows" = "monthRows",
): number {
  return sum(tables.filter((each) => isIn(each.table)).map((each) => each.bytesPerRow * each[rows]));
}

function find(tables: readonly Stored[], name: string): Stored | undefined {
  return tables.find((each) => each.table === name);
}

function rowsOf(tables: readonly Stored[], name: string): number {
  return find(tables, name)?.rowCount ?? 0;
}

function perRow(tables: readonly Stored[], name: string): string {
  return (find(tables, name)?.bytesPerRow ?? 0).toFixed(1);
}

function gb(size: number): string {
  return `${(size / 1e9).toFixed(2)} GB`;
}

function gigabytes(size: number) {
  return { value: size / 1e9, unit: "GB" };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
