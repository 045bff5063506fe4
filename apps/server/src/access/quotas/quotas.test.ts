import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openTestControlStore, type TestControlStore } from "../../../../../test/harness/controlStore.ts";
import { bootstrap } from "../bootstrap.ts";
import { openQuotas, OWN_KEY_ID, type Quotas, readUsageDays } from "./quotas.ts";
import { UNLIMITED } from "./quotaKinds.ts";

const NOON_MS = Date.UTC(2026, 5, 10, 12);
const DAY_MS = 86_400_000;

describe("daily quotas", () => {
  let control: TestControlStore;
  let tenantId: string;
  const opened: Quotas[] = [];
  let nowMs = NOON_MS;
  before(async () => {
    control = await openTestControlStore();
    ({ tenantId } = await bootstrap(control.store));
  });
  after(async () => {
    for (const quotas of opened) await quotas.close();
    await control.dispose();
  });

  async function open(store = control.store): Promise<Quotas> {
    const quotas = await openQuotas({
      control: store,
      defaults: { ...UNLIMITED, spans: 100 },
      log: { warn() {} },
      wallClockMs: () => nowMs,
    });
    opened.push(quotas);
    return quotas;
  }
  const sender = () => ({ tenantId, projectId: "default", keyId: "key" });
  const spansOf = (quotas: Quotas) => quotas.meters(tenantId).find(({ kind }) => kind === "spans");
  const stored = async () =>
    (await readUsageDays(control.store, tenantId, nowMs - 40 * DAY_MS)).map(({ dayMs, counts }) => [
      dayMs,
      counts.spans,
    ]);

  test("warns from 80 %, refuses from 100 %, and every instance and the next start know the sum", async () => {
    const first = await open();
    const second = await open();
    assert.equal(spansOf(first)?.state, "ok");
    first.count(sender(), "spans", 50, nowMs);
    second.count(sender(), "spans", 30, nowMs);
    await first.flush();
    await second.flush();
    await first.flush();
    for (const quotas of [first, second])
      assert.deepEqual(spansOf(quotas), {
        kind: "spans",
        used: 80,
        dailyMax: 100,
        isDefault: true,
        state: "warn",
      });
    assert.equal(second.isExceeded(sender(), "spans", nowMs), false);
    second.count(sender(), "spans", 20, nowMs);
    assert.equal(second.isExceeded(sender(), "spans", nowMs), true, "at once where it was taken");
    assert.equal(second.isExceeded(sender(), "logs", nowMs), false, "others have no quota");
    await second.close();
    const third = await open();
    assert.equal(third.isExceeded(sender(), "spans", nowMs), true, "after a restart");
    assert.equal(spansOf(third)?.state, "exceeded");
  });

  test("the product's own telemetry uses up nobody's quota, and is never refused for it", async () => {
    const quotas = await open();
    const own = { ...sender(), projectId: "throughline", keyId: OWN_KEY_ID };
    assert.equal(quotas.isExceeded(sender(), "spans", nowMs), true);
    assert.equal(quotas.isExceeded(own, "spans", nowMs), false);
    const before = spansOf(quotas)?.used;
    quotas.count(own, "spans", 1000, nowMs);
    assert.equal(spansOf(quotas)?.used, before);
  });

  test("a day starts at 00:00 UTC; what was taken before it stays its day's", async () => {
    const quotas = await open();
    quotas.count(sender(), "spans", 5, NOON_MS + DAY_MS / 2 - 1);
    nowMs = NOON_MS + DAY_MS / 2;
    assert.equal(quotas.isExceeded(sender(), "spans", nowMs), false);
    quotas.count(sender(), "spans", 7, nowMs);
    await quotas.flush();
    assert.equal(spansOf(quotas)?.used, 7);
    assert.equal(quotas.resetsAtMs(), NOON_MS + DAY_MS * 1.5);
    assert.deepEqual(await stored(), [
      [NOON_MS - DAY_MS / 2, 105],
      [NOON_MS + DAY_MS / 2, 7],
    ]);
  });

  test("while the control store is away counting goes on, and nothing is counted twice", async () => {
    let isAway = false;
    const flaky: typeof control.store = {
      ...control.store,
      query: async (sql, params) => {
        if (isAway) throw new Error("away");
        return await control.store.query(sql, params);
      },
    };
    const quotas = await open(flaky);
    isAway = true;
    quotas.count(sender(), "spans", 40, nowMs);
    await assert.rejects(quotas.flush(), /away/);
    quotas.count(sender(), "spans", 60, nowMs);
    assert.equal(quotas.isExceeded(sender(), "spans", nowMs), true);
    isAway = false;
    await Promise.all([quotas.flush(), quotas.flush()]);
    assert.equal(spansOf(quotas)?.used, 107);
    assert.deepEqual((await stored()).at(-1), [NOON_MS + DAY_MS / 2, 107]);
  });

  test("a tenant that was deleted is left out, and stops nobody else's counts", async () => {
    const quotas = await open();
    const gone = { ...sender(), tenantId: "018f0000-0000-7000-8000-000000000000" };
    quotas.count(gone, "spans", 1, nowMs);
    quotas.count(sender(), "spans", 1, nowMs);
    await quotas.flush();
    assert.equal(spansOf(quotas)?.used, 108);
    assert.equal(quotas.meters(gone.tenantId)[0]?.used, 0);
  });

  test("a quota of its own is the tenant's to read and not to change", async () => {
    await control.store.query(
      "insert into quotas (tenant_id, kind, daily_max) values ($1, 'spans', 500), ($1, 'logs', null)",
      [tenantId],
    );
    const quotas = await open();
    const [spans, logs] = quotas.meters(tenantId);
    assert.deepEqual([spans?.dailyMax, spans?.isDefault, spans?.state], [500, false, "ok"]);
    assert.deepEqual([logs?.dailyMax, logs?.isDefault], [null, false]);
    for (const statement of [
      "update quotas set daily_max = null",
      "delete from quotas",
      "insert into quotas (tenant_id, kind) values (current_tenant_id(), 'events')",
      "update usage_days set spans = 0",
      "delete from usage_days",
    ])
      await assert.rejects(
        control.store.asTenant(tenantId, (tx) => tx.query(statement)),
        /permission denied/,
        statement,
      );
  });
});
