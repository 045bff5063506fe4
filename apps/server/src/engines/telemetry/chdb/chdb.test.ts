import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { COLUMNS, openTelemetryStore } from "../index.ts";
import { quoteString } from "../sql/sqlText.ts";
import { MEMORY_LIMIT_BYTES_MIN } from "./engineConfig.ts";

const INDEX = new URL("../index.ts", import.meta.url).href;
const QUERY = { name: "test", maxExecutionMs: 60_000 };
/** As DEFAULT_LIMITS of ingest closes a segment. */
const SEGMENT_ROWS = 100_000;

const folders: string[] = [];
// At the very end: hooks of a test run in the order of their registration, and an open store still merges.
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-chdb-"));
  folders.push(folder);
  return folder;
}

test("a second opener is refused in one sentence, and the folder is free again after kill -9", async (t) => {
  const dataDir = await newFolder();
  const program = `
    const { openTelemetryStore } = await import(${JSON.stringify(INDEX)});
    await openTelemetryStore({ dataDir: ${JSON.stringify(dataDir)} });
    process.stdout.write("open");
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  await assert.rejects(openTelemetryStore({ dataDir }), {
    name: "DirectoryInUseError",
    message: new RegExp(
      `^The telemetry store in .* is in use by another process \\(pid ${holder.pid}\\): stop it first`,
    ),
  });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const store = await openTelemetryStore({ dataDir });
  assert.equal((await store.health()).ok, true);
  await store.close();
});

test("one process holds one embedded store; a closed one makes room", async () => {
  const first = await openTelemetryStore({ dataDir: await newFolder() });
  const other = await newFolder();
  await assert.rejects(openTelemetryStore({ dataDir: other }), {
    name: "TelemetryError",
    code: "unavailable",
  });
  await first.close();
  const second = await openTelemetryStore({ dataDir: other });
  assert.equal((await second.health()).ok, true);
  await second.close();
});

test("the engine runs within the limits it was given", async (t) => {
  const dataDir = await newFolder();
  const store = await openTelemetryStore({ dataDir, memoryLimitBytes: 600_000_000 });
  t.after(() => store.close());
  assert.equal((await store.health()).memoryLimitBytes, 600_000_000);
  const settings = await store.internal.query<{ name: string; value: string }>(
    `SELECT name, value FROM system.server_settings WHERE name IN
       ('mark_cache_size', 'uncompressed_cache_size', 'background_pool_size', 'primary_index_cache_size')
     UNION ALL SELECT name, value FROM system.settings WHERE name IN ('async_insert', 'max_memory_usage', 'readonly')`,
    {},
    QUERY,
  );
  const value = Object.fromEntries(settings.map((row) => [row.name, Number(row.value)]));
  assert.ok(value["mark_cache_size"]! <= 128 * 1024 * 1024);
  assert.ok(value["primary_index_cache_size"]! <= 64 * 1024 * 1024);
  assert.equal(value["uncompressed_cache_size"], 0);
  assert.ok(value["background_pool_size"]! <= 8);
  assert.equal(value["async_insert"], 0);
  assert.equal(value["max_memory_usage"], 360_000_000);
  assert.equal(value["readonly"], 2);
  await assert.rejects(
    store.internal.query(
      "SELECT length(groupArray(toString(number))) AS n FROM numbers(30000000)",
      {},
      QUERY,
    ),
    { code: "memory" },
  );
  assert.equal((await store.health()).ok, true);
});

test("a limit too small to work with is refused", async () => {
  await assert.rejects(
    openTelemetryStore({ dataDir: await newFolder(), memoryLimitBytes: 1000 }),
    RangeError,
  );
});

test("more queries than sessions wait their turn; those that wait too long are told so", async (t) => {
  const dataDir = await newFolder();
  const store = await openTelemetryStore({ dataDir });
  t.after(() => store.close());
  const quick = await Promise.all(
    Array.from({ length: 60 }, (_, i) => store.internal.query<{ i: number }>(`SELECT ${i} AS i`, {}, QUERY)),
  );
  assert.deepEqual(
    quick.map(([row]) => row?.i),
    Array.from({ length: 60 }, (_, i) => i),
  );
  const slow = Array.from({ length: 14 }, () =>
    store.internal.query(
      "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
      {},
      { name: "slow", maxExecutionMs: 1000 },
    ),
  );
  const results = Promise.allSettled(slow);
  await assert.rejects(store.internal.query("SELECT 1", {}, { name: "late", maxExecutionMs: 50 }), {
    code: "timeout",
    message: /waited too long|took too long/,
  });
  for (const result of await results)
    assert.equal(result.status === "rejected" && result.reason.code, "timeout");
  assert.deepEqual(await store.internal.query("SELECT 1 AS one", {}, QUERY), [{ one: 1 }]);
});

test("a full segment whose rows all lie in cells of their own loads with the least memory", async (t) => {
  const dataDir = await newFolder();
  const store = await openTelemetryStore({ dataDir, memoryLimitBytes: MEMORY_LIMIT_BYTES_MIN });
  t.after(() => store.close());
  const path = join(dataDir, "spans.native");
  const values: Readonly<Record<string, string>> = {
    tenant_id: "'acme'",
    project_id: "'shop'",
    service: "concat('service-', toString(number % 12))",
    // Days late, as from a sender that was offline; not older than cells of a minute are kept.
    time: "now64(9) - toIntervalSecond(number * 5)",
    trace_id: "reinterpretAsFixedString(sipHash128(number))",
    span_id: "reinterpretAsFixedString(cityHash64(number))",
    duration_ns: "1000000 + number",
    kind: "'server'",
    route: "concat('/', toString(number % 480))",
    received_at: "now()",
    weight: "1",
  };
  const structure = COLUMNS.spans.map(([name, type]) => `${name} ${type}`).join(", ");
  const columns = COLUMNS.spans.map(([name, type]) =>
    name in values
      ? `CAST(${values[name]} AS ${type}) AS ${name}`
      : `defaultValueOfTypeName(${quoteString(type)}) AS ${name}`,
  );
  await store.internal.command(
    `INSERT INTO FUNCTION file(${quoteString(path)}, 'Native', ${quoteString(structure)})
     SELECT ${columns.join(", ")} FROM numbers(${SEGMENT_ROWS})`,
  );
  await store.load({ table: "spans", path, dedupToken: "full" });
  const [sums] = await store.internal.query<{ minutes: number; days: number }>(
    `SELECT sumIf(count, step_seconds = 60) AS minutes, sumIf(count, step_seconds = 86400) AS days FROM request_rollups`,
    {},
    QUERY,
  );
  assert.deepEqual(sums, { minutes: SEGMENT_ROWS, days: SEGMENT_ROWS });
});
