import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import { ledgerRow, type LedgerRow } from "@throughline/contract";
import { until } from "../../../../../test/harness/until.ts";
import type { UnscopedReader } from "../../engines/telemetry/index.ts";
import { openInsightRig, type InsightRig } from "../testRig.ts";
import { startLedgerAudit } from "./ledgerAudit.ts";
import { ledgerWindow } from "./index.ts";
import { auditLedger, readLedger, type LedgerWindow } from "./ledger.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Yesterday, at a full minute: long settled, and far from expiring. */
const BASE_MS = Math.floor((Date.now() - DAY_MS) / MINUTE_MS) * MINUTE_MS;

interface Line {
  readonly minute?: number;
  readonly project?: string;
  readonly key?: string;
  readonly signal?: string;
  readonly accepted?: number;
  readonly stored?: number;
  /** Single items that were refused, and requests that were refused whole. */
  readonly refused?: Readonly<Record<string, { items?: number; requests?: number }>>;
}

describe("the ingest ledger", () => {
  let rig: InsightRig;
  let lastTenant = 0;
  before(async () => {
    rig = await openInsightRig();
  });
  after(() => rig.close());

  const newTenant = (): string => `tenant-${++lastTenant}`;

  /** Writes both sides of the ledger past ingest, so that they can disagree. */
  async function write(tenantId: string, lines: readonly Line[]): Promise<void> {
    for (const line of lines) {
      const { minute = 0, project = "shop", key = "key", signal = "traces", accepted = 0, stored = 0 } = line;
      const time = `toDateTime(${BASE_MS / 1000 + minute * 60}, 'UTC')`;
      const who = `'${tenantId}', '${project}', '${key}', '${signal}'`;
      const receipts = [
        `(${who}, '', ${time}, ${accepted}, 1, 0)`,
        ...Object.entries(line.refused ?? {}).map(
          ([reason, { items = 0, requests = 0 }]) =>
            `(${who}, '${reason}', ${time}, ${items}, ${requests}, 0)`,
        ),
      ];
      await rig.store.internal.command(
        `INSERT INTO ingest_receipts (tenant_id, project_id, ingest_key, signal, reason, time, items, requests, wire_bytes)
         VALUES ${receipts.join(", ")}`,
      );
      if (stored > 0)
        await rig.store.internal.command(
          `INSERT INTO ingest_stored (tenant_id, project_id, ingest_key, signal, time, items)
           VALUES (${who}, ${time}, ${stored})`,
        );
    }
  }

  function windowOf(tenantId: string, minutes: number, settledMinutes = minutes): LedgerWindow {
    return {
      tenantId,
      fromMs: BASE_MS,
      toMs: BASE_MS + minutes * MINUTE_MS,
      settledBeforeMs: BASE_MS + settledMinutes * MINUTE_MS,
    };
  }

  async function read(window: LedgerWindow): Promise<LedgerRow[]> {
    const rows = await readLedger(rig.store.internal, window);
    for (const row of rows) {
      ledgerRow.parse(row);
      assert.equal(
        row.received,
        row.stored + row.waiting + row.refused + row.difference,
        JSON.stringify(row),
      );
    }
    return rows;
  }

  const figures = ({ received, stored, refused, waiting, difference }: LedgerRow) => ({
    received,
    stored,
    refused,
    waiting,
    difference,
  });

  test("of what was really sent balances, by key, signal and reason", async () => {
    const tenantId = newTenant();
    const scope = { tenantId, projectId: "shop" };
    const startedMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    await rig.send(scope, { spans: [{ name: "a" }, { name: "b" }, { name: "c" }] }, "key-1");
    await rig.send(scope, { logs: [{ text: "one" }, { text: "two" }], gauges: ["m"] }, "key-1");
    await rig.send(scope, { spans: [{ name: "d" }] }, "key-2");
    await rig.send({ tenantId, projectId: "blog" }, { logs: [{ text: "elsewhere" }] }, "key-1");
    const [mixed] = await rig.send(
      scope,
      { logs: [{ text: "taken" }, { text: "too old", agoMs: 31 * DAY_MS }] },
      "key-2",
    );
    assert.equal(mixed?.refusedCount, 1);
    rig.ingest.countRefusal({ ...scope, keyId: "key-2" }, "traces", "overloaded", 99);
    const window = {
      tenantId,
      fromMs: startedMs,
      toMs: startedMs + DAY_MS,
      settledBeforeMs: startedMs + DAY_MS,
    };
    const rows = await until("the refused request is in the ledger too", async () => {
      await rig.stored();
      const found = await read(window);
      return found.some(({ refusedByReason }) => "overloaded" in refusedByReason) && found;
    });
    // A minute may have ended in between: what counts is the sum.
    const sums = new Map<string, number[]>();
    for (const row of rows) {
      assert.equal(row.difference, 0);
      assert.equal(row.waiting, 0);
      assert.equal(row.keyName, row.keyId);
      const key = `${row.projectId} ${row.keyId} ${row.signal} ${Object.keys(row.refusedByReason).join()}`;
      const [received = 0, stored = 0, refused = 0] = sums.get(key) ?? [];
      sums.set(key, [received + row.received, stored + row.stored, refused + row.refused]);
    }
    const all = [...sums.values()].reduce((sum, each) => sum.map((n, i) => n + (each[i] ?? 0)), [0, 0, 0]);
    assert.deepEqual(all, [11, 9, 2]);
    assert.deepEqual(sums.get("shop key-1 traces "), [3, 3, 0]);
    assert.deepEqual(sums.get("shop key-1 metrics "), [1, 1, 0]);
    assert.deepEqual(sums.get("blog key-1 logs "), [1, 1, 0]);
    const reasons = rows.flatMap(({ refusedByReason }) => Object.entries(refusedByReason)).toSorted();
    assert.deepEqual(reasons, [
      ["expired_time", 1],
      ["overloaded", 1],
    ]);
    assert.deepEqual(await auditLedger(rig.store.internal, window), []);
  });

  test("shows rows that were acknowledged and are not stored as a difference", async () => {
    const tenantId = newTenant();
    await write(tenantId, [
      { accepted: 10, stored: 7 },
      { signal: "logs", accepted: 5 },
      { signal: "metrics", accepted: 5, stored: 5 },
    ]);
    const rows = await read(windowOf(tenantId, 1));
    assert.deepEqual(
      rows.map((row) => [row.signal, figures(row)]),
      [
        ["logs", { received: 5, stored: 0, refused: 0, waiting: 0, difference: 5 }],
        ["metrics", { received: 5, stored: 5, refused: 0, waiting: 0, difference: 0 }],
        ["traces", { received: 10, stored: 7, refused: 0, waiting: 0, difference: 3 }],
      ],
    );
    const audited = await auditLedger(rig.store.internal, windowOf(tenantId, 1));
    assert.deepEqual(
      audited.map(({ signal, difference }) => [signal, difference]),
      [
        ["logs", 5],
        ["traces", 3],
      ],
    );
  });

  test("notices rows that really vanished from the store's count", async () => {
    const tenantId = newTenant();
    const scope = { tenantId, projectId: "shop" };
    const fromMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    await rig.send(scope, { spans: [{ name: "a" }, { name: "b" }] });
    await rig.stored();
    const window = { tenantId, fromMs, toMs: fromMs + DAY_MS, settledBeforeMs: fromMs + DAY_MS };
    assert.deepEqual(await auditLedger(rig.store.internal, window), []);
    await rig.store.internal.command(
      `ALTER TABLE ingest_stored DELETE WHERE tenant_id = '${tenantId}' SETTINGS mutations_sync = 2`,
    );
    const [line] = await auditLedger(rig.store.internal, window);
    assert.deepEqual(line && figures(line), {
      received: 2,
      stored: 0,
      refused: 0,
      waiting: 0,
      difference: 2,
    });
  });

  test("shows rows stored twice, or stored without a receipt, as a negative difference", async () => {
    const tenantId = newTenant();
    await write(tenantId, [{ accepted: 4, stored: 8 }]);
    await rig.store.internal.command(
      `INSERT INTO ingest_stored (tenant_id, project_id, ingest_key, signal, time, items)
       VALUES ('${tenantId}', 'shop', 'nobody', 'logs', toDateTime(${BASE_MS / 1000}, 'UTC'), 3)`,
    );
    const rows = await auditLedger(rig.store.internal, windowOf(tenantId, 1));
    assert.deepEqual(
      rows.map(({ keyId, difference }) => [keyId, difference]),
      [
        ["key", -4],
        ["nobody", -3],
      ],
    );
  });

  test("calls what is missing in minutes that still move waiting", async () => {
    const tenantId = newTenant();
    await write(tenantId, [
      { minute: 0, accepted: 10, stored: 4, refused: { invalid: { items: 2 } } },
      { minute: 1, accepted: 10, stored: 4, refused: { invalid: { items: 2 } } },
    ]);
    const oneSettled = await read(windowOf(tenantId, 2, 1));
    assert.deepEqual(oneSettled.map(figures), [
      { received: 12, stored: 4, refused: 2, waiting: 6, difference: 0 },
      { received: 12, stored: 4, refused: 2, waiting: 0, difference: 6 },
    ]);
    const almost = { ...windowOf(tenantId, 2), settledBeforeMs: BASE_MS + MINUTE_MS - 1 };
    assert.deepEqual(
      (await read(almost)).map(({ waiting }) => waiting),
      [6, 6],
    );
    assert.deepEqual(await auditLedger(rig.store.internal, almost), []);
  });

  test("takes rows that were counted before their receipts as received", async () => {
    const tenantId = newTenant();
    await write(tenantId, [{ accepted: 3, stored: 8, refused: { invalid: { items: 1 } } }]);
    const [row] = await read(windowOf(tenantId, 1, 0));
    assert.deepEqual(row && figures(row), { received: 9, stored: 8, refused: 1, waiting: 0, difference: 0 });
  });

  test("adds up refused items and whole requests, also of the same reason", async () => {
    const tenantId = newTenant();
    await write(tenantId, [
      {
        accepted: 5,
        stored: 5,
        refused: { too_large: { items: 3, requests: 2 }, malformed: { requests: 4 }, invalid: { items: 7 } },
      },
    ]);
    const [row] = await read(windowOf(tenantId, 1));
    assert.deepEqual(row?.refusedByReason, { too_large: 5, malformed: 4, invalid: 7 });
    assert.deepEqual(row && figures(row), {
      received: 21,
      stored: 5,
      refused: 16,
      waiting: 0,
      difference: 0,
    });
  });

  test("adds up what was written at different times", async () => {
    const tenantId = newTenant();
    // Different each: the engine takes an equal insert for a repetition.
    await write(tenantId, [
      { accepted: 2, stored: 2, refused: { invalid: { items: 1 } } },
      { accepted: 3, stored: 3, refused: { invalid: { items: 4 } } },
      { accepted: 4, stored: 1 },
    ]);
    const rows = await read(windowOf(tenantId, 1));
    assert.deepEqual(rows.map(figures), [{ received: 14, stored: 6, refused: 5, waiting: 0, difference: 3 }]);
  });

  test("shows the minutes of its window only, newest first, and no other tenant's", async () => {
    const tenantId = newTenant();
    const stranger = newTenant();
    await write(
      tenantId,
      [-1, 0, 1, 2].map((minute) => ({ minute, accepted: 1, stored: 1 })),
    );
    await write(stranger, [{ accepted: 99 }]);
    const rows = await read(windowOf(tenantId, 2));
    assert.deepEqual(
      rows.map(({ minuteMs }) => (minuteMs - BASE_MS) / MINUTE_MS),
      [1, 0],
    );
    assert.deepEqual(await auditLedger(rig.store.internal, windowOf(tenantId, 2)), []);
  });

  test("covers the last hour, settled up to the oldest row that waits", () => {
    const nowMs = BASE_MS + 12_345;
    const status = rig.ingest.status();
    const windowAt = (oldestUnstoredAgeMs: number | null) =>
      ledgerWindow(
        { tenantId: "acme", ingest: { status: () => ({ ...status, oldestUnstoredAgeMs }) } },
        nowMs,
      );
    assert.deepEqual(windowAt(null), {
      tenantId: "acme",
      fromMs: BASE_MS - 60 * MINUTE_MS,
      toMs: nowMs,
      settledBeforeMs: nowMs,
    });
    assert.equal(windowAt(90_000).settledBeforeMs, nowMs - 90_000);
  });

  describe("is audited every minute", () => {
    interface Said {
      readonly level: string;
      readonly message: string;
      readonly details: object;
    }

    interface Audit {
      readonly said: Said[];
      answered(): number;
      stop(): void;
    }

    function audit(t: TestContext, window: () => LedgerWindow): Audit {
      t.mock.timers.enable({ apis: ["setInterval"] });
      const said: Said[] = [];
      const { internal } = rig.store;
      let answered = 0;
      const reader: UnscopedReader = {
        command: (sql) => internal.command(sql),
        query: (sql, params, options) =>
          internal.query<never>(sql, params, options).finally(() => {
            answered += 1;
          }),
      };
      const write = (level: string) => (details: object, message: string) => {
        said.push({ level, message, details });
      };
      const log = { error: write("error"), warn: write("warn") };
      const stop = startLedgerAudit({ reader, window, log });
      t.after(stop);
      return { said, stop, answered: () => answered };
    }

    test("and says which lines do not add up", async (t) => {
      const tenantId = newTenant();
      await write(tenantId, [
        { accepted: 3, stored: 1 },
        { signal: "logs", accepted: 1, stored: 1 },
      ]);
      const { said } = audit(t, () => windowOf(tenantId, 1));
      t.mock.timers.tick(MINUTE_MS - 1);
      assert.equal(said.length, 0);
      t.mock.timers.tick(1);
      await until("the audit has spoken", async () => said.length > 0);
      const [first] = said;
      assert.ok(first !== undefined);
      const { level, message, details } = first;
      assert.deepEqual([level, message], ["error", "The ingest ledger does not add up."]);
      assert.ok("lines" in details && Array.isArray(details.lines));
      assert.deepEqual(
        details.lines.map((line) => ledgerRow.parse(line).difference),
        [2],
      );
    });

    test("and is silent while all is well, and after it was stopped", async (t) => {
      const right = newTenant();
      const wrong = newTenant();
      await write(right, [{ accepted: 3, stored: 3 }]);
      await write(wrong, [{ accepted: 3, stored: 1 }]);
      let tenantId = right;
      let rounds = 0;
      const { said, stop, answered } = audit(t, () => {
        rounds += 1;
        return windowOf(tenantId, 1);
      });
      t.mock.timers.tick(MINUTE_MS);
      await until("the first round has its answer", async () => answered() === 1);
      tenantId = wrong;
      t.mock.timers.tick(MINUTE_MS);
      await until("the second round has spoken", async () => said.length > 0);
      assert.equal(said.length, 1);
      assert.equal(answered(), 2);
      stop();
      t.mock.timers.tick(10 * MINUTE_MS);
      assert.equal(rounds, 2);
    });

    test("and goes on after a round that failed", async (t) => {
      const tenantId = newTenant();
      await write(tenantId, [{ accepted: 3, stored: 1 }]);
      const { said } = audit(t, () =>
        said.length === 0 ? { ...windowOf(tenantId, 1), toMs: -2000 } : windowOf(tenantId, 1),
      );
      t.mock.timers.tick(MINUTE_MS);
      await until("the failure was told", async () => said.length === 1);
      t.mock.timers.tick(MINUTE_MS);
      await until("the next round has spoken", async () => said.length === 2);
      assert.deepEqual(
        said.map(({ level, message }) => [level, message]),
        [
          ["warn", "The ingest ledger could not be checked."],
          ["error", "The ingest ledger does not add up."],
        ],
      );
    });
  });
});
