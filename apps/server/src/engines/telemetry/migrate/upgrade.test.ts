/**
 * A store that was filled before migrations 6 and 7: what it holds counts as before, and what waits in its journal too; its
 * metrics are there by the hour, and its cells of old minutes go.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openChdb } from "../chdb/chdb.ts";
import { writeSampleRows } from "../contract/sampleRows.ts";
import { COLUMNS } from "../columns.ts";
import type { EngineDriver } from "../driver.ts";
import { openTelemetryStore, type TelemetryStore } from "../index.ts";
import { loadSettings } from "../loadStatement.ts";
import { quoteString } from "../sql/sqlText.ts";
import { parseStatement } from "../sql/statement.ts";
import { migrate } from "./migrate.ts";
import { readMigrations } from "./migrations.ts";

const ROWS = 300;
const TABLES = ["spans", "exceptions"] as const;
type LoadedBefore = (typeof TABLES)[number] | "metric_points";
const QUERY = { name: "test", maxExecutionMs: 60_000 };

let folder: string;
const pathOf = (table: string): string => join(folder, `${table}.native`);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughline-upgrade-"));
  const driver = await openChdb({ folder: join(folder, "telemetry") });
  const migrations = await readMigrations();
  const target = {
    command: (sql: string) => driver.command(sql),
    rows: <Row>(sql: string) => select<Row>(driver, sql),
  };
  await migrate(target, migrations.slice(0, 5), null);
  for (const table of [...TABLES, "metric_points"] as const) await writeAndLoadOldFile(driver, table);
  await driver.close();
});

after(async () => {
  await rm(folder, { recursive: true, force: true });
});

const select = <Row>(driver: EngineDriver, sql: string): Promise<Row[]> =>
  driver.select<Row>({
    statement: parseStatement(sql),
    params: {},
    settings: { max_threads: 1 },
    maxExecutionMs: QUERY.maxExecutionMs,
  });

/** A journal file as it was before there were weights, loaded under the token `old`. */
async function writeAndLoadOldFile(driver: EngineDriver, table: LoadedBefore): Promise<void> {
  const columns = COLUMNS[table].filter(([name]) => name !== "weight");
  const names = columns.map(([name]) => name).join(", ");
  const structure = quoteString(columns.map((column) => column.join(" ")).join(", "));
  const whole = quoteString(join(folder, `${table}-whole.native`));
  const old = quoteString(pathOf(table));
  await driver.command(
    writeSampleRows(table, join(folder, `${table}-whole.native`), { rows: ROWS, seed: 7 }),
  );
  await driver.command(
    `INSERT INTO FUNCTION file(${old}, 'Native', ${structure}) SELECT ${names} FROM file(${whole}, 'Native')`,
  );
  const settings = Object.entries(loadSettings({ table, path: pathOf(table), dedupToken: "old" }))
    .map(([name, value]) => `${name} = ${typeof value === "number" ? value : quoteString(value)}`)
    .join(", ");
  await driver.command(
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM file(${old}, 'Native', ${structure}) SETTINGS ${settings}`,
  );
}

/** In rows, as rollups count, and as they count rows. */
async function counts(store: TelemetryStore): Promise<unknown> {
  const [row] = await store.internal.query(
    `SELECT (SELECT count() FROM spans) AS spans, (SELECT sum(weight) FROM spans) AS weight,
       (SELECT sum(count) FROM span_rollups WHERE step_seconds = 60) AS counted,
       (SELECT sum(stored) FROM span_rollups WHERE step_seconds = 60) AS stored,
       (SELECT sum(count) = sum(stored) FROM request_rollups) AS areRequestsEqual,
       (SELECT sum(count) FROM request_rollups WHERE step_seconds = 86400) AS requests,
       (SELECT sum(count) FROM query_rollups WHERE step_seconds = 3600) AS queries,
       (SELECT sum(count) FROM error_rollups WHERE step_seconds = 300) AS errors`,
    {},
    QUERY,
  );
  return row;
}

/** So many times what one file holds. */
async function expected(store: TelemetryStore, times: number): Promise<unknown> {
  const [file] = await store.internal.query<{ requests: number; queries: number }>(
    `SELECT countIf(kind = 'server') AS requests,
       countIf(db_system != '' AND kind != 'server' AND (attributes['db.query.text'] != '' OR NOT endsWith(name, 'connect'))) AS queries
     FROM file(${quoteString(pathOf("spans"))}, 'Native')`,
    {},
    QUERY,
  );
  const { requests = 0, queries = 0 } = file ?? {};
  assert.ok(requests > 0 && queries > 0);
  const rows = ROWS * times;
  return {
    spans: rows,
    weight: rows,
    counted: rows,
    stored: rows,
    areRequestsEqual: 1,
    requests: requests * times,
    queries: queries * times,
    errors: rows,
  };
}

async function load(store: TelemetryStore, dedupToken: string): Promise<void> {
  for (const table of TABLES) await store.load({ table, path: pathOf(table), dedupToken });
}

test("old rows count as 1, old files too, and a load that is repeated is dropped before and after a restart", async () => {
  const first = await openTelemetryStore({ dataDir: folder });
  assert.deepEqual(await counts(first), await expected(first, 1));
  await load(first, "old");
  assert.deepEqual(await counts(first), await expected(first, 1));
  await load(first, "new");
  assert.deepEqual(await counts(first), await expected(first, 2));
  await first.close();

  const second = await openTelemetryStore({ dataDir: folder });
  await load(second, "old");
  await load(second, "new");
  assert.deepEqual(await counts(second), await expected(second, 2));
  // What is merged is what was read.
  for (const table of [
    "spans",
    "exceptions",
    "span_rollups",
    "request_rollups",
    "query_rollups",
    "error_rollups",
  ])
    await second.internal.command(`OPTIMIZE TABLE ${table} FINAL`);
  assert.deepEqual(await counts(second), await expected(second, 2));
  await second.close();
});

test("metrics of before and after are there by the hour, as by the minute, and not twice after an upgrade cut short", async () => {
  const store = await openTelemetryStore({ dataDir: folder });
  const hoursOf = async (table: string) =>
    await store.internal.query<{ n: number }>(
      `SELECT toString(m.service) AS service, toString(m.metric) AS metric, toString(m.series_id) AS id, toString(toStartOfHour(m.time)) AS at,
         sum(m.points) AS n, min(m.value_min) AS low, max(m.value_max) AS high, argMaxMerge(m.value_last) AS last,
         argMaxMerge(m.count_last) AS c, argMaxMerge(m.sum_last) AS s
       FROM ${table} AS m GROUP BY service, metric, id, at ORDER BY ALL`,
      {},
      QUERY,
    );
  const counted = (rows: readonly { n: number }[]): number => rows.reduce((sum, { n }) => sum + n, 0);
  const before = await hoursOf("metrics_1h");
  assert.equal(counted(before), ROWS);
  assert.deepEqual(before, await hoursOf("metrics_1m"));

  await store.load({ table: "metric_points", path: pathOf("metric_points"), dedupToken: "new points" });
  assert.equal(counted(await hoursOf("metrics_1h")), 2 * ROWS);
  assert.deepEqual(await hoursOf("metrics_1h"), await hoursOf("metrics_1m"));

  // As if the process had ended just before the migration was written down.
  await store.internal.command("DELETE FROM schema_migrations WHERE version = 7");
  await store.close();
  const again = await openTelemetryStore({ dataDir: folder });
  const [row] = await again.internal.query("SELECT sum(points) AS n FROM metrics_1h", {}, QUERY);
  assert.deepEqual(row, { n: 2 * ROWS });
  await again.close();
});
