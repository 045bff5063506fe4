/** Daily quotas and rates of senders, from the key to the ledger; who may set them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { auditPage, createdKey, madeTenant, problem, sessionState, usagePage } from "@throughline/contract";
import { until } from "../../../../../test/harness/until.ts";
import { auditLedger, readLedger } from "../../insight/system/ledger.ts";
import { addPerson, cookieOf, fromElsewhere, markSetUp, type TestPerson } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

export function usageSuite(backend: AccessBackend): void {
  describe(`quotas and rates on ${backend.name}`, () => {
    let rig: Rig;
    let operator: TestPerson;
    let tenantId: string;
    let key: string;
    before(async () => {
      rig = await openRig(backend);
      await markSetUp(rig.control);
      operator = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      const made = await ask(operator, "POST", "/api/tenants", { name: "Shop" });
      ({ tenantId } = madeTenant.parse(made.json()));
      const answer = await ask(operator, "POST", "/api/ingest-keys", NEW_KEY, tenantId);
      ({ key } = createdKey.parse(answer.json()));
    });
    after(() => rig.close());

    const NEW_KEY = { name: "k", projectId: "default", kind: "server" };

    async function ask(person: TestPerson, method: Method, url: string, payload?: object, tenant?: string) {
      return await fromElsewhere(rig.app, {
        method,
        url,
        headers: {
          cookie: await cookieOf(rig.access, person.userId),
          ...(tenant === undefined ? {} : { "x-throughline-tenant": tenant }),
        },
        ...(payload === undefined ? {} : { payload }),
      });
    }

    const sendLogs = (count: number, headers: Record<string, string> = {}, remoteAddress = "203.0.113.40") =>
      fromElsewhere(rig.app, {
        method: "POST",
        url: "/v1/logs",
        remoteAddress,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
        payload: {
          resourceLogs: [
            { scopeLogs: [{ logRecords: Array.from({ length: count }, () => ({ severityText: "x" })) }] },
          ],
        },
      });

    test("who looks after the installation sets the quota of an organisation; its own people can't", async () => {
      const local = await addPerson(rig.control, tenantId, "SUPER_ADMIN");
      const url = `/api/quotas/${tenantId}`;
      assert.equal((await ask(local, "PATCH", url, { logs: null })).statusCode, 403);
      const seen = usagePage.parse((await ask(local, "GET", "/api/usage")).json());
      assert.equal(seen.organisations, null);
      for (const wrong of [{}, { logs: 0 }, { logs: -1 }, { logs: "many" }, { why: "x" }])
        assert.equal((await ask(operator, "PATCH", url, wrong)).statusCode, 400, JSON.stringify(wrong));
      const nowhere = "/api/quotas/018f0000-0000-7000-8000-000000000000";
      assert.equal(
        problem.parse((await ask(operator, "PATCH", nowhere, { logs: 5 })).json()).code,
        "unknown_organisation",
      );
      const set = await ask(operator, "PATCH", url, { logs: 10, spans: null, why: "a trial" });
      assert.equal(set.statusCode, 200, set.body);
      const list = usagePage.parse((await ask(operator, "GET", "/api/usage")).json());
      const shop = list.organisations?.find((each) => each.tenantId === tenantId);
      assert.deepEqual(
        shop?.meters.map(({ kind, dailyMax, isDefault }) => [kind, dailyMax, isDefault]),
        [
          ["spans", null, false],
          ["logs", 10, false],
          ["points", null, true],
          ["events", null, true],
        ],
      );
      // In the log of who did it, and of whom it concerns.
      for (const tenant of [rig.tenantId, tenantId]) {
        const answer = await ask(operator, "GET", "/api/audit?action=quota.change", undefined, tenant);
        const line = auditPage.parse(answer.json()).entries.find(({ result }) => result === "done");
        assert.deepEqual([line?.target.name, line?.why, line?.detail.logs], ["Shop", "a trial", 10]);
      }
    });

    test("the meter warns at 80 %, past 100 % senders get 429 until midnight, and the ledger adds up", async () => {
      const alerts = async () =>
        sessionState
          .parse((await ask(operator, "GET", "/api/me", undefined, tenantId)).json())
          .quotaAlerts.map(({ kind, state, used }) => [kind, state, used]);
      assert.equal((await sendLogs(7)).statusCode, 200);
      assert.deepEqual(await alerts(), []);
      assert.equal((await sendLogs(1)).statusCode, 200);
      assert.deepEqual(await alerts(), [["logs", "warn", 8]]);
      // What crosses the line is taken whole: a sender could not know.
      assert.equal((await sendLogs(5)).statusCode, 200);
      const refused = await sendLogs(3);
      assert.equal(refused.statusCode, 429, refused.body);
      assert.ok(Number(refused.headers["retry-after"]) > 0);
      assert.match(refused.body, /daily quota of logs/);
      assert.deepEqual(await alerts(), [["logs", "exceeded", 13]]);
      const page = usagePage.parse((await ask(operator, "GET", "/api/usage", undefined, tenantId)).json());
      assert.equal(page.meters.find(({ kind }) => kind === "logs")?.used, 13);
      assert.equal(page.days.at(-1)?.logs, 13);
      const other = usagePage.parse((await ask(operator, "GET", "/api/usage")).json());
      assert.equal(other.meters.find(({ kind }) => kind === "logs")?.used, 0, "nobody else's");
      const reader = rig.engines.telemetry.internal;
      const window = { tenantId, fromMs: 0, toMs: Date.now() + 60_000, settledBeforeMs: Date.now() + 60_000 };
      const rows = await until("the ledger has both sides", async () => {
        const found = await readLedger(reader, window);
        const stored = found.reduce((sum, row) => sum + row.stored, 0);
        const known = found.some(({ refusedByReason }) => refusedByReason["quota_exceeded"] !== undefined);
        return stored === 13 && known ? found : null;
      });
      assert.equal(
        rows.reduce((sum, row) => sum + (row.refusedByReason["quota_exceeded"] ?? 0), 0),
        1,
        "a request refused whole counts as one",
      );
      const [received, kept, not] = rows.reduce(
        ([a, b, c], row) => [a + row.received, b + row.stored, c + row.refused],
        [0, 0, 0],
      );
      assert.equal(received, kept + not);
      assert.deepEqual(await auditLedger(reader, window), []);
    });

    test("a raised quota opens the door again", async () => {
      assert.equal((await sendLogs(1)).statusCode, 429);
      await ask(operator, "PATCH", `/api/quotas/${tenantId}`, { logs: "default" });
      assert.equal((await sendLogs(1)).statusCode, 200);
    });

    test("a browser key is limited by address, a server key is not", async () => {
      const made = await ask(
        operator,
        "POST",
        "/api/ingest-keys",
        { ...NEW_KEY, kind: "browser", allowedOrigins: ["https://shop.example"] },
        tenantId,
      );
      const browser = {
        authorization: `Bearer ${createdKey.parse(made.json()).key}`,
        origin: "https://shop.example",
      };
      // Far more than the burst of 100, however slowly this machine sends them.
      const flood = async (headers: Record<string, string>, address: string) =>
        (await Promise.all(Array.from({ length: 2000 }, () => sendLogs(0, headers, address)))).map(
          ({ statusCode, headers: answered }) => ({
            statusCode,
            retryAfter: Number(answered["retry-after"]),
          }),
        );
      const fromOne = await flood(browser, "203.0.113.50");
      const refused = fromOne.filter(({ statusCode }) => statusCode === 429);
      assert.ok(refused.length > 0, "refused past the burst");
      assert.ok(refused.every(({ retryAfter }) => retryAfter >= 1));
      assert.ok(
        fromOne.filter(({ statusCode }) => statusCode === 200).length >= 100,
        "the burst is let through",
      );
      assert.equal((await sendLogs(0, browser, "203.0.113.51")).statusCode, 200, "another address goes on");
      const server = await flood({}, "203.0.113.50");
      assert.deepEqual(new Set(server.map(({ statusCode }) => statusCode)), new Set([200]));
    });
  });
}
