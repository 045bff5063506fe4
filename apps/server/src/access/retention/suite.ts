/** What holds of retention on both telemetry backends. */
import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openTestControlStore, type TestControlStore } from "../../../../../test/harness/controlStore.ts";
import type { TelemetryStore } from "../../engines/telemetry/index.ts";
import { RETENTION_TABLES, type RetentionClass } from "../../engines/telemetry/retentionTables.ts";
import { readStoredTables } from "../erase/storedTables.ts";
import { bootstrap } from "../bootstrap.ts";
import { startRetentionEnforcer } from "./enforcer.ts";
import { changeRetention, readRetention } from "./retention.ts";

const DAY_SECONDS = 86_400;
const QUERY = { name: "test", maxExecutionMs: 60_000 };
const SILENT = { info() {}, warn() {} };
/** Kept as it is while the test runs, also over midnight. */
const NOW_MS = Date.now();
const TODAY_SECONDS = Math.floor(NOW_MS / 1000 / DAY_SECONDS) * DAY_SECONDS;
const LIMITS = { rawDays: 7, aggregateDays: 20 };
/** Before the start of today, in seconds: the last second that is too old and the first that is not, and others. */
const AGES = [2, 7, 7 + 1 / DAY_SECONDS, 20, 20 + 1 / DAY_SECONDS, 25].map((days) =>
  Math.round(days * DAY_SECONDS),
);

export interface RetentionBackend {
  open(): Promise<TelemetryStore>;
  close(): Promise<void>;
}

export function retentionSuite(
  name: string,
  makeBackend: (folder: string) => Promise<RetentionBackend>,
): void {
  describe(`how long telemetry is kept on ${name}`, () => {
    let backend: RetentionBackend;
    let control: TestControlStore;
    let telemetry: TelemetryStore;
    let dataDir: string;
    let tenantId: string;
    const otherTenantId = randomUUIDv7();
    before(async () => {
      control = await openTestControlStore();
      dataDir = await mkdtemp(join(tmpdir(), "throughline-retention-"));
      backend = await makeBackend(dataDir);
      telemetry = await backend.open();
      ({ tenantId } = await bootstrap(control.store));
      await control.store.query("insert into tenants (id, name) values ($1, 'Other')", [otherTenantId]);
      for (const id of [tenantId, otherTenantId]) await fill(id);
    });
    after(async () => {
      await telemetry.close();
      await backend.close();
      await control.dispose();
      await rm(dataDir, { recursive: true, force: true });
    });

    const timeOf = (table: RetentionClass): string => (table.kind === "exempt" ? "time" : table.time);

    /** Rows of all ages in every table. Those of raw tables make some in the rollups too, of the same days. */
    async function fill(id: string, ages: readonly number[] = AGES): Promise<void> {
      for (const [name, table] of Object.entries(RETENTION_TABLES)) {
        // Where the key has no time, rows of different ages are different things.
        const key = { business_orders: "order_key", metric_series: "series_id" }[name];
        const rows = ages.map((age, n) => {
          const values = [`'${id}'`, "'default'", `toDateTime(${TODAY_SECONDS - age}, 'UTC')`];
          return `(${[...values, ...(key === undefined ? [] : [n + 1])].join(", ")})`;
        });
        const columns = ["tenant_id", "project_id", timeOf(table), ...(key === undefined ? [] : [key])];
        await telemetry.internal.command(
          `insert into throughline.${name} (${columns.join(", ")}) values ${rows.join(", ")}`,
        );
      }
    }

    /** The oldest row's age in seconds before today, by table. */
    async function oldest(id: string): Promise<Record<string, number>> {
      const found: Record<string, number> = {};
      for (const [name, table] of Object.entries(RETENTION_TABLES)) {
        const [row] = await telemetry.internal.query<{ age: number }>(
          `select ${TODAY_SECONDS} - toUnixTimestamp(toDateTime(min(${timeOf(table)}), 'UTC')) as age
         from throughline.${name} where tenant_id = '${id}'`,
          {},
          QUERY,
        );
        found[name] = Number(row?.age);
      }
      return found;
    }

    const change = (limits: typeof LIMITS) =>
      changeRetention({ control: control.store, tenantId, actor: { kind: "system", id: null } }, limits);
    const start = (of: Pick<TelemetryStore, "internal"> = telemetry) =>
      startRetentionEnforcer({
        control: control.store,
        telemetry: of,
        log: SILENT,
        wallClockMs: () => NOW_MS,
      });

    async function enforceOnce(of?: Pick<TelemetryStore, "internal">): Promise<void> {
      const enforcer = start(of);
      await enforcer.run();
      await enforcer.close();
    }

    test("every table that stores rows is raw, an aggregate, or exempt with a reason", async () => {
      const { stored } = await readStoredTables(telemetry);
      assert.deepEqual(
        stored.map(({ name }) => name).toSorted(),
        Object.keys(RETENTION_TABLES).toSorted(),
        "class a new table in engines/telemetry/retentionTables.ts",
      );
      for (const { name, engine_full } of stored) {
        const table = RETENTION_TABLES[name];
        assert.ok(table !== undefined);
        if (table.kind === "exempt") {
          assert.ok(table.why.length > 20, name);
          continue;
        }
        const [, ttl = ""] = /\bTTL (.*?)(?: SETTINGS|$)/.exec(engine_full) ?? [];
        assert.match(ttl, new RegExp(`^(toDateTime\\(${table.time}\\)|${table.time}) \\+`), name);
        // The upper bounds that the contract names: RAW_DAYS_MAX and AGGREGATE_DAYS_MAX.
        if (table.kind === "raw") assert.match(ttl, /toIntervalDay\(30\)$/, name);
        else
          assert.match(
            ttl,
            name === "business_sessions" ? /toIntervalDay\(90\)$/ : /toIntervalYear\(1\)$/,
            name,
          );
      }
    });

    test("nothing is deleted of who set nothing", async () => {
      await enforceOnce();
      for (const id of [tenantId, otherTenantId])
        for (const [name, age] of Object.entries(await oldest(id))) assert.equal(age, 25 * DAY_SECONDS, name);
    });

    test("raw rows and aggregates go by their own limits, to the second; another tenant's stay", async () => {
      const before = await oldest(otherTenantId);
      await change(LIMITS);
      await enforceOnce();
      const kept = await oldest(tenantId);
      for (const [name, { kind }] of Object.entries(RETENTION_TABLES)) {
        const days = { raw: 7, aggregate: 20, exempt: 25 }[kind];
        assert.equal(kept[name], days * DAY_SECONDS, name);
      }
      assert.deepEqual(await oldest(otherTenantId), before);
      const { rawDays, aggregateDays, isDefault, checkedAtMs } = await readRetention(
        control.store,
        tenantId,
        NOW_MS,
      );
      assert.deepEqual([rawDays, aggregateDays, isDefault], [7, 20, false]);
      assert.ok(checkedAtMs !== null);
      assert.equal((await readRetention(control.store, otherTenantId, NOW_MS)).isDefault, true);
    });

    test("once an hour over all instances, and what came late goes then", async () => {
      await fill(tenantId, [10 * DAY_SECONDS + 5]);
      const [first, second] = [start(), start()];
      await Promise.all([first.run(), second.run()]);
      assert.equal((await oldest(tenantId))["logs"], 10 * DAY_SECONDS + 5);
      await control.store.query("update retention set checked_at = now() - interval '61 minutes'");
      await Promise.all([first.run(), second.run()]);
      await Promise.all([first.close(), second.close()]);
      assert.equal((await oldest(tenantId))["logs"], 7 * DAY_SECONDS);
    });

    test("a table without anything too old is not touched", async () => {
      const commands: string[] = [];
      const watched: Pick<TelemetryStore, "internal"> = {
        internal: {
          query: (...question) => telemetry.internal.query(...question),
          command: async (sql) => {
            commands.push(sql);
            await telemetry.internal.command(sql);
          },
        },
      };
      await change(LIMITS);
      await enforceOnce(watched);
      assert.deepEqual(commands, []);
    });

    test("a store that can't delete now is said where people look, and tried again", async () => {
      await fill(tenantId, [11 * DAY_SECONDS]);
      await change(LIMITS);
      const broken: Pick<TelemetryStore, "internal"> = {
        internal: {
          query: (...question) => telemetry.internal.query(...question),
          command: async () => {
            throw new Error("no space left");
          },
        },
      };
      await enforceOnce(broken);
      assert.equal((await readRetention(control.store, tenantId, NOW_MS)).lastError, "no space left");
      await control.store.query("update retention set checked_at = now() - interval '61 minutes'");
      await enforceOnce();
      assert.equal((await readRetention(control.store, tenantId, NOW_MS)).lastError, null);
      assert.equal((await oldest(tenantId))["logs"], 7 * DAY_SECONDS);
    });

    test("kept longer again nothing comes back", async () => {
      await change({ rawDays: 30, aggregateDays: 365 });
      await enforceOnce();
      assert.equal((await oldest(tenantId))["logs"], 7 * DAY_SECONDS);
    });
  });
}
