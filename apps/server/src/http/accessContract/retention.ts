/** Who may set how long telemetry is kept, what is refused, and what is deleted for it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { auditPage, madeTenant, problem, retention } from "@throughline/contract";
import { until } from "../../../../../test/harness/until.ts";
import { addPerson, cookieOf, fromElsewhere, markSetUp, type TestPerson } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";

const DAY_MS = 86_400_000;

export function retentionSuite(backend: AccessBackend): void {
  describe(`how long telemetry is kept on ${backend.name}`, () => {
    let rig: Rig;
    let owner: TestPerson;
    let otherTenantId: string;
    before(async () => {
      rig = await openRig(backend);
      await markSetUp(rig.control);
      owner = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      const made = await ask(owner, "POST", "/api/tenants", { name: "Shop" });
      ({ tenantId: otherTenantId } = madeTenant.parse(made.json()));
    });
    after(() => rig.close());

    async function ask(
      person: TestPerson,
      method: "GET" | "PUT" | "POST",
      url: string,
      payload?: object,
      tenantId = rig.tenantId,
    ) {
      return await fromElsewhere(rig.app, {
        method,
        url,
        headers: { cookie: await cookieOf(rig.access, person.userId), "x-throughline-tenant": tenantId },
        ...(payload === undefined ? {} : { payload }),
      });
    }
    const read = async (tenantId = rig.tenantId) =>
      retention.parse((await ask(owner, "GET", "/api/retention", undefined, tenantId)).json());

    const addLog = (tenantId: string, ageDays: number) =>
      rig.engines.telemetry.internal.command(
        `insert into throughline.logs (tenant_id, project_id, time)
         values ('${tenantId}', 'default', toDateTime(${Math.floor(Date.now() / 1000) - ageDays * 86_400}, 'UTC'))`,
      );
    const logsOf = async (tenantId: string): Promise<number> => {
      const [row] = await rig.engines.telemetry.internal.query<{ n: number }>(
        `select count() as n from throughline.logs where tenant_id = '${tenantId}'`,
        {},
        { name: "test", maxExecutionMs: 60_000 },
      );
      return Number(row?.n);
    };

    test("without a word about it everything is kept as long as the tables keep it", async () => {
      const { todayMs, ...kept } = await read();
      assert.equal(todayMs % DAY_MS, 0);
      assert.deepEqual(kept, {
        rawDays: 30,
        aggregateDays: 365,
        rawDaysMax: 30,
        aggregateDaysMax: 365,
        isDefault: true,
        checkedAtMs: null,
        lastError: null,
      });
    });

    test("what can't be is refused with the reason, and changes nothing", async () => {
      const refused: readonly (readonly [object, RegExp])[] = [
        [{ rawDays: 0, aggregateDays: 365 }, /rawDays: at least 1 day/],
        [{ rawDays: 31, aggregateDays: 365 }, /rawDays: at most 30 days: this installation keeps raw rows/],
        [{ rawDays: 1.5, aggregateDays: 365 }, /rawDays: whole days/],
        [{ rawDays: "7", aggregateDays: 365 }, /rawDays/],
        [{ rawDays: 7, aggregateDays: 366 }, /aggregateDays: at most 365 days/],
        [{ rawDays: 7, aggregateDays: 6 }, /aggregateDays: not fewer than rawDays/],
        [{ rawDays: 7 }, /aggregateDays/],
      ];
      for (const [body, expected] of refused) {
        const answer = await ask(owner, "PUT", "/api/retention", body);
        assert.equal(answer.statusCode, 400, JSON.stringify(body));
        assert.match(problem.parse(answer.json()).detail ?? "", expected);
      }
      assert.equal((await read()).isDefault, true);
    });

    test("everybody sees it; only super administrators change it", async () => {
      for (const role of ["VIEWER", "ADMIN"] as const) {
        const person = await addPerson(rig.control, rig.tenantId, role);
        assert.equal((await ask(person, "GET", "/api/retention")).statusCode, 200);
        const change = { rawDays: 7, aggregateDays: 100 };
        assert.equal((await ask(person, "PUT", "/api/retention", change)).statusCode, 403);
      }
      assert.equal((await read()).isDefault, true);
    });

    test("shortened: older rows go, newer ones and another organisation's stay, and the log says who", async () => {
      for (const tenantId of [rig.tenantId, otherTenantId])
        for (const ageDays of [0, 3, 12, 20]) await addLog(tenantId, ageDays);
      const change = { rawDays: 7, aggregateDays: 100, why: "less is enough" };
      assert.equal((await ask(owner, "PUT", "/api/retention", change)).statusCode, 200);
      await until("old log records are gone", async () => (await logsOf(rig.tenantId)) === 2);
      assert.equal(await logsOf(otherTenantId), 4);
      assert.deepEqual([(await read()).rawDays, (await read()).aggregateDays], [7, 100]);
      assert.equal((await read(otherTenantId)).isDefault, true);
      const audit = auditPage.parse(
        (await ask(owner, "GET", "/api/audit?action=retention.change&result=done")).json(),
      );
      assert.deepEqual(
        audit.entries.map(({ why, detail }) => [why, detail]),
        [["less is enough", { rawDays: 7, aggregateDays: 100, rawDaysBefore: 30, aggregateDaysBefore: 365 }]],
      );
    });

    test("kept longer again nothing comes back", async () => {
      const change = { rawDays: 30, aggregateDays: 365 };
      assert.equal((await ask(owner, "PUT", "/api/retention", change)).statusCode, 200);
      await rig.access.retention.run();
      assert.equal(await logsOf(rig.tenantId), 2);
      const kept = await read();
      assert.deepEqual([kept.rawDays, kept.isDefault, kept.checkedAtMs], [30, false, null]);
    });
  });
}
