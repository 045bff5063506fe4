import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { COLUMNS } from "../columns.ts";
import { openTelemetryStore, type TelemetryStore } from "../index.ts";
import { quoteString } from "../sql/sqlText.ts";
import { createDatabaseStatement, migrationsTableStatement } from "./migrate.ts";
import { readMigrations } from "./migrations.ts";
import { renderMigration, TELEMETRY_DATABASE } from "./template.ts";

const SNAPSHOT = new URL("../schema.snapshot.sql", import.meta.url);
const QUERY = { name: "test", maxExecutionMs: 60_000 };
const CLUSTER = { cluster: "main" };

let folder: string;
let store: TelemetryStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughline-schema-"));
  store = await openTelemetryStore({ dataDir: folder });
});

after(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test("the migrations leave the schema that is checked in", async () => {
  const rows = await store.internal.query<{ sql: string }>(
    `SELECT create_table_query AS sql FROM system.tables WHERE database = '${TELEMETRY_DATABASE}' ORDER BY name`,
    {},
    QUERY,
  );
  const formatted = await Promise.all(rows.map(({ sql }) => formatStatement(sql)));
  const schema = `-- What the migrations leave behind on one server. Written by UPDATE_SNAPSHOTS=1 and the test beside them.\n\n${formatted.join(";\n\n")};\n`;
  if (process.env["UPDATE_SNAPSHOTS"] === "1") await writeFile(SNAPSHOT, schema);
  assert.equal(
    schema,
    await readFile(SNAPSHOT, "utf8"),
    "run the test with UPDATE_SNAPSHOTS=1 and review the diff",
  );
});

async function formatStatement(sql: string): Promise<string> {
  const [row] = await store.internal.query<{ text: string }>(
    `SELECT formatQuery(${quoteString(sql)}) AS text`,
    {},
    QUERY,
  );
  return row?.text ?? "";
}

test("loadable tables have exactly the columns that journal files carry", async () => {
  for (const [table, columns] of Object.entries(COLUMNS)) {
    const rows = await store.internal.query<{ name: string; type: string }>(
      `SELECT name, type FROM system.columns
       WHERE database = '${TELEMETRY_DATABASE}' AND table = {table:String} ORDER BY position`,
      { table },
      QUERY,
    );
    assert.deepEqual(
      // Files carry the plain type; the engine wraps a value by itself.
      rows.map(({ name, type }) => [name, type.replace(/^SimpleAggregateFunction\(sum, (\w+)\)$/, "$1")]),
      columns,
      table,
    );
  }
});

test("every table that stores rows can drop a load it has seen", async () => {
  const rows = await store.internal.query<{ name: string; engine_full: string }>(
    `SELECT name, engine_full FROM system.tables WHERE database = '${TELEMETRY_DATABASE}' AND engine LIKE '%MergeTree'`,
    {},
    QUERY,
  );
  const without = rows.filter(
    ({ name, engine_full }) =>
      name !== "schema_migrations" && !/non_replicated_deduplication_window = [1-9]\d{2,}/.test(engine_full),
  );
  assert.deepEqual(without, []);
  assert.ok(rows.length >= 11);
});

test("every statement of the cluster rendering is understood by the engine", async () => {
  const migrations = await readMigrations();
  const statements = [
    createDatabaseStatement(CLUSTER),
    migrationsTableStatement(CLUSTER),
    ...migrations.flatMap(({ text }) => renderMigration(text, CLUSTER)),
  ];
  assert.ok(statements.length > 30);
  for (const statement of statements) {
    assert.doesNotMatch(statement, /\{\{|\}\}/);
    const rowsInto = /^INSERT INTO (\w+)\n/.exec(statement)?.[1];
    if (rowsInto === undefined) {
      assert.match(statement, /ON CLUSTER main/);
      // Each can run twice.
      assert.match(statement, /IF (NOT )?EXISTS|MODIFY (QUERY|TTL)/);
      assert.match(await formatStatement(statement), /^(CREATE|ALTER|DETACH|ATTACH|TRUNCATE) /);
    } else {
      // Through the Distributed tables, once for the cluster, and into an empty one.
      const before = statements[statements.indexOf(statement) - 1] ?? "";
      assert.equal(before, `TRUNCATE TABLE IF EXISTS ${rowsInto}_local ON CLUSTER main`);
      assert.match(statement, new RegExp(`^FROM (?!\\w+_local)`, "m"));
    }
    const ast = await store.internal.query<{ explain: string }>(`EXPLAIN AST ${statement}`, {}, QUERY);
    assert.match(ast[0]?.explain ?? "", /^(Create|Alter|Attach|Detach|Drop|Truncate|Insert)/);
  }
});

test("on a cluster rows lie in replicated local tables, rollups read and write those, and names are distributed", async () => {
  const statements = (await readMigrations()).flatMap(({ text }) => renderMigration(text, CLUSTER));
  const tables = statements.filter((sql) => sql.includes("MergeTree"));
  const views = statements.filter((sql) => sql.startsWith("CREATE MATERIALIZED VIEW"));
  const distributed = statements.filter((sql) => sql.includes("ENGINE = Distributed("));
  const paths = new Set<string>();
  for (const sql of tables) {
    const name = /CREATE TABLE IF NOT EXISTS (\w+)_local ON CLUSTER main/.exec(sql)?.[1];
    const path = /ENGINE = Replicated(?:\w*)MergeTree\('([^']+)', '\{replica\}'\)/.exec(sql)?.[1];
    assert.equal(path, `/clickhouse/tables/{shard}/throughline/${name}`);
    paths.add(path);
    assert.match(sql, /SETTINGS[\s\S]*replicated_deduplication_window = \d+/);
    assert.ok(
      distributed.some((other) => other.includes(` ${name} ON CLUSTER main AS ${name}_local `)),
      `${name} has no Distributed table`,
    );
  }
  assert.equal(paths.size, tables.length);
  assert.equal(distributed.length, tables.length);
  for (const sql of views) {
    assert.match(sql, /^CREATE MATERIALIZED VIEW IF NOT EXISTS \w+_local ON CLUSTER main TO \w+_local AS/);
    assert.match(sql, /FROM \w+_local\b/);
  }
  for (const sql of distributed) assert.match(sql, /Distributed\(main, throughline, \w+_local, cityHash64\(/);
  for (const sql of statements.filter((each) => each.includes("MODIFY QUERY"))) {
    assert.match(sql, /^ALTER TABLE \w+_local ON CLUSTER main MODIFY QUERY/);
    assert.match(sql, /FROM \w+_local\b/);
  }
  const added = statements.flatMap((sql) => {
    const [, table, column] =
      /^ALTER TABLE (\w+) ON CLUSTER main ADD COLUMN IF NOT EXISTS (\w+)/.exec(sql) ?? [];
    return table === undefined ? [] : [`${table}.${column}`];
  });
  const local = added.filter((each) => each.includes("_local."));
  assert.ok(local.length > 0);
  assert.deepEqual(
    added.filter((each) => !each.includes("_local.")).toSorted(),
    local.map((each) => each.replace("_local.", ".")).toSorted(),
    "a Distributed table shows what its local tables have",
  );
});

test("a cluster name that is no plain name is refused", () => {
  assert.throws(() => renderMigration("SELECT 1", { cluster: "a; DROP" }), /may hold letters/);
});

test("an unknown template call is refused", () => {
  assert.throws(
    () => renderMigration("CREATE TABLE {{tabel x}} (a Int8)", null),
    /\{\{tabel x\}\} is not part/,
  );
});
