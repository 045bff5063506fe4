import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { openTelemetryStore, type TelemetryStore } from "../index.ts";
import { migrate, type MigrationTarget } from "./migrate.ts";
import { toMigration } from "./migrations.ts";

const QUERY = { name: "test", maxExecutionMs: 60_000 };
const ONE = toMigration(
  1,
  "first",
  "CREATE TABLE IF NOT EXISTS {{table pets}} (a Int8) ENGINE = {{engine MergeTree}} ORDER BY a;",
);
const TWO = toMigration(
  2,
  "second",
  "-- two statements; one of them quotes a ';'\nALTER TABLE pets ADD COLUMN IF NOT EXISTS b String DEFAULT ';';\nALTER TABLE pets ADD COLUMN IF NOT EXISTS c Int8;",
);

let folder: string;
let store: TelemetryStore;
let target: MigrationTarget;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughline-migrate-"));
  store = await openTelemetryStore({ dataDir: folder });
  target = {
    command: (sql) => store.internal.command(sql),
    rows: (sql) => store.internal.query(sql, {}, QUERY),
  };
});

beforeEach(async () => {
  await target.command("DROP TABLE IF EXISTS pets");
  await target.command("TRUNCATE TABLE schema_migrations");
});

after(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function columns(): Promise<string[]> {
  const rows = await target.rows<{ name: string }>(
    "SELECT name FROM system.columns WHERE database = 'throughline' AND table = 'pets' ORDER BY position",
  );
  return rows.map(({ name }) => name);
}

test("migrations are applied in order, recorded, and not applied again", async () => {
  assert.deepEqual(await migrate(target, [ONE], null), [1]);
  assert.deepEqual(await columns(), ["a"]);
  assert.deepEqual(await migrate(target, [ONE, TWO], null), [2]);
  assert.deepEqual(await columns(), ["a", "b", "c"]);
  assert.deepEqual(await migrate(target, [ONE, TWO], null), []);
  const rows = await target.rows("SELECT version, name, checksum FROM schema_migrations ORDER BY version");
  assert.deepEqual(rows, [
    { version: 1, name: "first", checksum: ONE.checksum },
    { version: 2, name: "second", checksum: TWO.checksum },
  ]);
});

test("a migration cut short is completed by the next start", async () => {
  const broken: MigrationTarget = {
    ...target,
    command: async (sql) => {
      if (sql.includes("COLUMN IF NOT EXISTS c")) throw new Error("killed");
      await target.command(sql);
    },
  };
  await assert.rejects(
    migrate(broken, [ONE, TWO], null),
    /Migration 2 second of the telemetry store failed: killed/,
  );
  assert.deepEqual(await columns(), ["a", "b"]);
  assert.deepEqual(await migrate(target, [ONE, TWO], null), [2]);
  assert.deepEqual(await columns(), ["a", "b", "c"]);
});

test("two instances that start at once both succeed", async () => {
  await Promise.all([migrate(target, [ONE, TWO], null), migrate(target, [ONE, TWO], null)]);
  assert.deepEqual(await columns(), ["a", "b", "c"]);
  assert.deepEqual(await migrate(target, [ONE, TWO], null), []);
});

test("an edited migration is refused in one sentence", async () => {
  await migrate(target, [ONE], null);
  const edited = toMigration(1, "first", `${ONE.text}\n-- edited`);
  await assert.rejects(migrate(target, [edited], null), {
    name: "TelemetryError",
    message:
      "Migration 1 first of the telemetry store was edited after it had been applied: " +
      "undo the edit and put the change into a new migration.",
  });
});

test("a store of a newer version is refused in one sentence", async () => {
  await migrate(target, [ONE, TWO], null);
  await assert.rejects(migrate(target, [ONE], null), {
    name: "TelemetryError",
    message:
      "The telemetry store was used by a newer version of Throughline (migration 2 second): " +
      "start that version, or restore a backup made before the upgrade.",
  });
});

test("line ends of a checkout do not count as an edit", () => {
  assert.equal(
    toMigration(1, "x", "SELECT 1;\r\nSELECT 2").checksum,
    toMigration(1, "x", "SELECT 1;\nSELECT 2").checksum,
  );
});
