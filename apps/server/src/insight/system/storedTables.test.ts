import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemPage } from "@throughline/contract";
import { openInsightRig, type InsightRig } from "../testRig.ts";
import { readStoredTables, retentionDays } from "./storedTables.ts";

const DAY_MS = 86_400_000;

describe("the tables of the System page", () => {
  let rig: InsightRig;
  before(async () => {
    rig = await openInsightRig();
  });
  after(() => rig.close());

  test("are all that the engine stores, with their retention, before there are any rows", async () => {
    const tables = await readStoredTables(rig.store.internal);
    systemPage.shape.tables.parse(tables);
    const made = await rig.store.internal.query<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'throughline' AND engine NOT IN ('View', 'MaterializedView')",
      {},
      { name: "test" },
    );
    assert.ok(made.length >= 12, `${made.length} tables`);
    assert.deepEqual(tables.map(({ table }) => table).toSorted(), made.map(({ name }) => name).toSorted());
    const days = Object.fromEntries(tables.map((row) => [row.table, row.retentionDays]));
    for (const [table, expected] of Object.entries({
      spans: 30,
      logs: 30,
      exceptions: 30,
      metric_points: 30,
      request_rollups: 365,
      span_rollups: 365,
      log_rollups: 365,
      metric_series: 365,
      ingest_receipts: 365,
      schema_migrations: 0,
    }))
      assert.equal(days[table], expected, table);
    for (const { table, rows, oldestMs } of tables.filter(({ table }) => table !== "schema_migrations"))
      assert.deepEqual([rows, oldestMs], [0, null], table);
  });

  test("tell how many rows there are, of what size, and since when, largest first", async () => {
    const scope = { tenantId: "acme", projectId: "shop" };
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    await rig.send(scope, {
      nowMs,
      logs: [
        { text: "today" },
        { text: "three days ago", agoMs: 3 * DAY_MS },
        { text: "yesterday", agoMs: DAY_MS },
      ],
      spans: Array.from({ length: 500 }, (_, index) => ({ name: `span ${index}`, agoMs: index })),
    });
    await rig.send(
      { tenantId: "globex", projectId: "blog" },
      { nowMs, logs: [{ text: "of another tenant" }] },
    );
    await rig.stored();
    const tables = await readStoredTables(rig.store.internal);
    const named = new Map(tables.map((row) => [row.table, row]));
    assert.equal(named.get("logs")?.rows, 4);
    assert.equal(named.get("logs")?.oldestMs, nowMs - 3 * DAY_MS);
    assert.equal(named.get("spans")?.rows, 500);
    assert.equal(named.get("metric_points")?.rows, 0);
    const sizes = tables.map(({ sizeBytes }) => sizeBytes);
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => b - a),
    );
    assert.ok((named.get("spans")?.sizeBytes ?? 0) > 0);
  });

  test("keep what the engine's own words say", () => {
    for (const [ttl, days] of [
      ["toDateTime(time) + toIntervalDay(30)", 30],
      ["time + toIntervalDay(60)", 60],
      ["time + toIntervalYear(1)", 365],
      ["last_seen + toIntervalYear(2)", 730],
      ["", 0],
    ] as const)
      assert.equal(retentionDays(ttl), days, ttl);
  });
});
