/** The storage report against plain recounts, on either backend. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type StorageReport, storageReport } from "@throughline/contract";
import { loadSamples, type OpenBackend } from "../../engines/telemetry/contract/backend.ts";
import type { TelemetryStore } from "../../engines/telemetry/index.ts";
import { readStorage, STORAGE_TABLES } from "./index.ts";

const DAY_MS = 86_400_000;
const ROWS = 1200;
const TENANTS = ["acme", "globex"];
const NAMES = Object.keys(STORAGE_TABLES);

export function storageSuite(engine: string, openBackend: OpenBackend): void {
  describe(`the storage report on ${engine}`, { timeout: 240_000 }, () => {
    let store: TelemetryStore;
    let folder: string;
    let close: () => Promise<void>;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "throughline-storage-"));
      const backend = await openBackend(folder);
      store = await backend.open();
      close = () => backend.close();
    });
    after(async () => {
      await store.close();
      await close();
      await rm(folder, { recursive: true, force: true });
    });

    const ask = async <Row>(sql: string): Promise<Row[]> =>
      await store.internal.query<Row>(sql, {}, { name: "test", maxExecutionMs: 60_000 });
    const named = (report: StorageReport, name: string) => report.tables.find(({ table }) => table === name);

    test("names every table of the schema that holds an organisation's rows", async () => {
      const made = await ask<{ name: string }>(
        `SELECT DISTINCT t.name AS name FROM system.tables AS t JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
         WHERE t.database = 'throughline' AND c.name = 'tenant_id' AND t.engine NOT LIKE '%View'`,
      );
      assert.deepEqual(NAMES.toSorted(), made.map(({ name }) => name).toSorted());
    });

    test("knows nothing where nothing is stored, and says so", async () => {
      const report = storageReport.parse(await readStorage(store.internal, "acme", Date.now()));
      assert.deepEqual(
        report.tables.map(({ table, rows, sizeBytes, oldestMs, growth }) => [
          table,
          rows,
          sizeBytes,
          oldestMs,
          growth.bytesPerMonth,
        ]),
        NAMES.toSorted().map((name) => [name, 0, 0, null, null]),
      );
      assert.equal(report.total.growth.whyUnknown, "Nothing is stored yet.");
    });

    test("counts each organisation's own rows, and the shares add up to the table", async () => {
      await mkdir(join(folder, "files"), { recursive: true });
      await loadSamples(store, join(folder, "files"), { rows: ROWS, seed: 1 });
      await loadSamples(store, join(folder, "files"), { rows: 300, seed: 2, tenantId: "globex" });
      // The tables rest: a merge between two questions would change what they add up to.
      for (const name of NAMES) await store.internal.command(`OPTIMIZE TABLE ${name} FINAL`);
      for (const name of NAMES) await store.internal.command(`SYSTEM STOP MERGES ${name}`);
      const nowMs = Date.now();
      const reports = new Map<string, StorageReport>();
      for (const tenant of [...TENANTS, "initech"])
        reports.set(tenant, storageReport.parse(await readStorage(store.internal, tenant, nowMs)));
      const bytes = await ask<{ name: string; bytes: number }>(
        `SELECT table AS name, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = 'throughline' GROUP BY table`,
      );
      for (const name of NAMES) {
        const { madeAt = "time", changedAt = madeAt } = STORAGE_TABLES[name]!;
        let sizes = 0;
        for (const tenant of TENANTS) {
          const [plain] = await ask<{ n: number; oldest: number; newest: number }>(
            `SELECT count() AS n, toUnixTimestamp(min(${madeAt})) * 1000 AS oldest, toUnixTimestamp(max(${changedAt})) * 1000 AS newest
             FROM ${name} WHERE tenant_id = '${tenant}'`,
          );
          const found = named(reports.get(tenant)!, name);
          if (!/^(ingest_receipts|business_)/.test(name)) assert.ok((plain?.n ?? 0) > 0, `${name} has rows`);
          assert.equal(found?.rows, plain?.n, `${name} of ${tenant}`);
          if (found!.rows > 0)
            assert.deepEqual([found?.oldestMs, found?.newestMs], [plain?.oldest, plain?.newest], name);
          sizes += found?.sizeBytes ?? 0;
        }
        const whole = bytes.find((each) => each.name === name)?.bytes ?? 0;
        assert.ok(Math.abs(sizes - whole) < 1, `${name}: ${sizes} of ${whole} bytes`);
        assert.equal(named(reports.get("initech")!, name)?.rows, 0, `${name} of a stranger`);
      }
      const spans = TENANTS.map((tenant) => named(reports.get(tenant)!, "spans")?.rows);
      assert.notEqual(spans[0], spans[1]);
    });

    test("grows by bytes a row times the organisation's rows of the last days", async () => {
      const nowMs = Date.now();
      const report = await readStorage(store.internal, "acme", nowMs);
      const [plain] = await ask<{ n: number; first: number; bytes: number }>(
        `SELECT count() AS n, toUnixTimestamp(min(time)) * 1000 AS first,
           (SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND database = 'throughline' AND table = 'spans') AS bytes
         FROM spans WHERE tenant_id = 'acme'`,
      );
      const days = (nowMs - plain!.first) / DAY_MS;
      const found = named(report, "spans")!.growth;
      assert.ok(Math.abs((found.bytesPerMonth ?? 0) - (plain!.bytes * plain!.n * 30) / days) < 1);
      assert.equal(found.windowDays, days);
      assert.equal(
        Math.round(report.total.growth.bytesPerMonth ?? 0),
        Math.round(report.tables.reduce((sum, { growth }) => sum + (growth.bytesPerMonth ?? 0), 0)),
      );
      const early = await readStorage(store.internal, "acme", plain!.first + DAY_MS / 4);
      assert.deepEqual(
        [named(early, "spans")?.growth.bytesPerMonth, named(early, "span_rollups")?.growth.bytesPerMonth],
        [null, null],
        "cells of a day begin before the first span",
      );
      assert.deepEqual(early.total.growthWithout, []);
      assert.equal(early.total.growth.bytesPerMonth, null);
    });
  });
}
