import assert from "node:assert/strict";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TelemetryStore } from "../store.ts";
import {
  loadSamples,
  newBackend,
  newStore,
  QUERY,
  rowsOf,
  sampleFile,
  TABLES,
  type OpenBackend,
} from "./backend.ts";
import { ROLLUPS } from "./rollups.ts";

const SEED = 4711;
const ROWS = 1500;

/** Every rollup and the size of every raw table. */
async function everything(store: TelemetryStore): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const { name, rolled } of ROLLUPS) all[name] = await rowsOf(store, rolled);
  for (const table of TABLES)
    all[`rows of ${table}`] = await rowsOf(store, `SELECT count() AS n FROM ${table}`);
  all["receipts"] = await rowsOf(store, "SELECT sum(items) AS n, sum(requests) AS r FROM ingest_receipts");
  return all;
}

export function loadContract(openBackend: OpenBackend): void {
  test("a load fills its table and every rollup equals a recount of the raw rows", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    await loadSamples(store, folder, { rows: ROWS, seed: SEED });
    for (const table of TABLES.filter((name) => name !== "ingest_receipts")) {
      const [count] = await rowsOf<{ n: number }>(store, `SELECT count() AS n FROM ${table}`);
      assert.equal(count?.n, ROWS, table);
    }
    for (const { name, rolled, recounted } of ROLLUPS) {
      const expected = await rowsOf(store, recounted);
      assert.ok(expected.length > 1, `${name}: nothing to recount`);
      assert.deepEqual(await rowsOf(store, rolled), expected, name);
    }
  });

  test("a load with a token seen before changes nothing, also after the store was reopened", async (t) => {
    const { backend, folder } = await newBackend(t, openBackend);
    const first = await backend.open();
    await loadSamples(first, folder, { rows: ROWS, seed: SEED });
    const before = await everything(first);
    await loadSamples(first, folder, { rows: ROWS, seed: SEED });
    assert.deepEqual(await everything(first), before);
    await first.close();

    const second = await backend.open();
    assert.deepEqual(await everything(second), before);
    await loadSamples(second, folder, { rows: ROWS, seed: SEED });
    assert.deepEqual(await everything(second), before);
  });

  test("equal rows under another token are counted again, in the table and in every rollup", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    const path = await sampleFile(store, folder, "spans", { rows: 200, seed: SEED });
    await store.load({ table: "spans", path, dedupToken: "one" });
    await store.load({ table: "spans", path, dedupToken: "two" });
    const [sums] = await rowsOf(
      store,
      `SELECT (SELECT count() FROM spans) AS spans, (SELECT sum(stored) FROM span_rollups WHERE step_seconds = 60) AS minutes,
        (SELECT sum(items) FROM ingest_stored) AS stored,
        (SELECT sum(count) FROM request_rollups WHERE step_seconds = 86400) = (SELECT sumIf(weight, kind = 'server') FROM spans) AS are_requests_equal`,
    );
    assert.deepEqual(sums, { spans: 400, minutes: 400, stored: 400, are_requests_equal: 1 });
  });

  test("the same rows cut into other blocks are still one load", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    const path = await sampleFile(store, folder, "logs", { rows: 900, seed: SEED });
    const twice = join(folder, "twice.native");
    const bytes = await readFile(path);
    await writeFile(twice, Buffer.concat([bytes, bytes]));
    await store.load({ table: "logs", path: twice, dedupToken: "twice" });
    const [parts] = await rowsOf(
      store,
      `SELECT uniqExact(toDate(time)) AS days, count() AS n,
        (SELECT count() FROM system.parts WHERE database = 'throughline' AND table = 'logs' AND level = 0) AS parts FROM logs`,
    );
    assert.deepEqual(parts, { days: 3, n: 1800, parts: 3 }, "one part per day, so one block per load");
  });

  test("a file that is cut short, empty or not there is refused and leaves nothing behind", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    const path = await sampleFile(store, folder, "spans", { rows: 300, seed: SEED });
    const bytes = await readFile(path);
    const torn = join(folder, "torn.native");
    await writeFile(torn, bytes.subarray(0, Math.floor(bytes.length * 0.9)));
    await assert.rejects(store.load({ table: "spans", path: torn, dedupToken: "torn" }), {
      name: "TelemetryError",
      code: "statement",
    });
    await assert.rejects(store.load({ table: "spans", path: join(folder, "none"), dedupToken: "none" }), {
      name: "TelemetryError",
      code: "statement",
    });
    const [count] = await rowsOf(
      store,
      "SELECT (SELECT count() FROM spans) AS spans, (SELECT count() FROM span_rollups) AS minutes",
    );
    assert.deepEqual(count, { spans: 0, minutes: 0 });
    // The token of the failed try is free.
    await store.load({ table: "spans", path, dedupToken: "torn" });
    const [after] = await rowsOf(store, "SELECT count() AS n FROM spans");
    assert.deepEqual(after, { n: 300 });
  });

  test("a load goes through while queries hold every session of theirs", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    const path = await sampleFile(store, folder, "logs", { rows: 50, seed: SEED });
    // They outlast the load by far, on a busy machine too.
    const slow = Array.from({ length: 8 }, () =>
      store.internal.query(
        "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
        {},
        { name: "slow", maxExecutionMs: 8000 },
      ),
    );
    const results = Promise.allSettled(slow);
    const settled = results.then(() => "queries");
    const loaded = store.load({ table: "logs", path, dedupToken: "beside" }).then(() => "load");
    assert.equal(await Promise.race([settled, loaded]), "load");
    await loaded;
    assert.ok((await results).every(({ status }) => status === "rejected"));
  });

  test("bytes of a sender stay data, whatever they contain", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    const hostile = "x\n\nDROP TABLE logs; '); -- \\";
    const path = await sampleFile(store, folder, "logs", { rows: 100, seed: SEED, tenantId: hostile });
    await store.load({ table: "logs", path, dedupToken: `it's ${hostile}` });
    const reader = store.scoped({ tenantId: hostile, projectId: "shop" });
    assert.deepEqual(await reader.query("SELECT count() AS n, any(tenant_id) AS t FROM logs", {}, QUERY), [
      { n: 100, t: hostile },
    ]);
  });

  test("a path that the engine would expand is refused", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    const path = await sampleFile(store, folder, "logs", { rows: 10, seed: SEED });
    const odd = join(folder, "lo{gs,x}.native");
    await writeFile(odd, await readFile(path));
    const load = store.load({ table: "logs", path: odd, dedupToken: "odd" });
    if (store.backend === "clickhouse") await load;
    else await assert.rejects(load, { code: "statement" });
    await (await open(odd)).close();
  });
}
