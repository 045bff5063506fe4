/** Breaches and recoveries: each told once, with what was seen, and none by luck. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { randomUUIDv7 } from "node:crypto";
import type { BudgetEvent, VitalName } from "@throughline/contract";
import type { StoredNotice } from "../ingest/index.ts";
import { evaluateProject } from "./evaluateProject.ts";
import { startBudgetEvaluator } from "./evaluator.ts";
import { readBudgetEvents } from "./readBudgets.ts";
import { openBudgetRig, type BudgetRig } from "./testRig.ts";

const HOUR_MS = 3_600_000;
/** A whole hour, so that no test depends on when it runs. */
const T0 = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 48 * HOUR_MS;

describe("budgets are evaluated", () => {
  let rig: BudgetRig;
  before(async () => {
    rig = await openBudgetRig();
  });
  after(() => rig.close());

  let pageNumber = 0;
  let page = "";
  beforeEach(async () => {
    pageNumber += 1;
    page = `/page-${pageNumber}`;
    for (const table of ["budget_states", "budget_events", "budgets", "budget_evaluations"])
      await rig.control.query(`delete from ${table}`);
    await rig.telemetry.internal.command("TRUNCATE TABLE web_vitals");
    await rig.telemetry.internal.command("TRUNCATE TABLE vital_rollups");
  });

  const evaluate = async (nowMs: number, everyMs = 0): Promise<number | null> =>
    await evaluateProject({
      scope: rig.scope,
      control: rig.control,
      reader: rig.telemetry.scoped(rig.scope),
      nowMs,
      everyMs,
    });

  async function events(of: string = page): Promise<BudgetEvent[]> {
    const { tenantId, projectId } = rig.scope;
    const read = await readBudgetEvents(rig.control, tenantId, projectId, { page: of, limit: 100 });
    return read.events.toReversed();
  }
  const kinds = async (): Promise<string[]> => (await events()).map(({ kind }) => kind);

  async function addBudget(budget: { page: string; device?: string; metric?: VitalName; target: number }) {
    const id = randomUUIDv7();
    await rig.control.query(
      `insert into budgets (id, tenant_id, project_id, page, device, metric, target) values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        id,
        rig.scope.tenantId,
        rig.scope.projectId,
        budget.page,
        budget.device ?? "",
        budget.metric ?? "LCP",
        budget.target,
      ],
    );
    return id;
  }

  test("nothing is said of fewer than 200 page views, however slow", async () => {
    await rig.insert({ page, count: 199, value: 60_000, atMs: T0 });
    assert.equal(await evaluate(T0 + HOUR_MS), 0);
    await rig.insert({ page, count: 1, value: 60_000, atMs: T0 });
    // The page and the site.
    assert.equal(await evaluate(T0 + HOUR_MS), 2);
  });

  test("a breach, then a recovery, each once and with what was seen", async () => {
    await rig.insert({ page, count: 400, value: 1000, atMs: T0 });
    assert.equal(await evaluate(T0 + HOUR_MS), 0, "a page that begins within its budget is no news");
    await rig.insert({ page, count: 300, value: "4100 + number", atMs: T0 + HOUR_MS });
    assert.equal(await evaluate(T0 + 2 * HOUR_MS), 2);
    assert.equal(await evaluate(T0 + 2 * HOUR_MS), 0, "nothing happened since");
    const [breach, ...others] = await events();
    assert.ok(breach !== undefined && others.length === 0);
    const { kind, metric, target, budgetId, n, overCount, device, low, high, p75 } = breach;
    assert.deepEqual(
      { kind, metric, target, budgetId, n, overCount, device },
      { kind: "breach", metric: "LCP", target: 2500, budgetId: null, n: 700, overCount: 300, device: null },
    );
    // The 525th of 700 is the 125th of those from 4100 on: 4224, within a bucket's width.
    assert.ok(Math.abs(p75 - 4224) < 4224 * 0.05, String(p75));
    assert.ok(low > target && low < p75 && p75 < high);
    assert.equal(breach.windowToMs - breach.windowFromMs, 24 * HOUR_MS);
    assert.deepEqual(
      (await events("")).map(({ kind, n }) => [kind, n]),
      [["breach", 700]],
      "the whole site",
    );
    // A day later the slow ones have left the window.
    await rig.insert({ page, count: 500, value: 900, atMs: T0 + 26 * HOUR_MS });
    assert.equal(await evaluate(T0 + 27 * HOUR_MS), 2);
    assert.deepEqual(await kinds(), ["breach", "recovery"]);
    assert.equal((await events())[1]?.n, 500);
  });

  test("a page at its target does not flap", async () => {
    // Over: 40 % above. Then between 20 % and 30 % above, where the interval of 400 views straddles the target.
    await rig.insert({ page, count: 240, value: 1000, atMs: T0 });
    await rig.insert({ page, count: 160, value: 3000, atMs: T0 });
    await evaluate(T0 + HOUR_MS);
    assert.deepEqual(await kinds(), ["breach"]);
    for (let hour = 1; hour <= 20; hour++) {
      const slow = hour % 2 === 0 ? 23 : 27;
      await rig.insert({ page, count: slow * 4, value: 3000, atMs: T0 + (24 + hour) * HOUR_MS });
      await rig.insert({ page, count: (100 - slow) * 4, value: 1000, atMs: T0 + (24 + hour) * HOUR_MS });
      // Only this hour is in the window, and none of the first day.
      await evaluate(T0 + (24 + hour + 0.5) * HOUR_MS);
    }
    assert.deepEqual(await kinds(), ["breach"]);
  });

  test("of several instances that see the same transition one writes it", async () => {
    await rig.insert({ page, count: 500, value: 9000, atMs: T0 });
    const written = await Promise.all(Array.from({ length: 5 }, async () => await evaluate(T0 + HOUR_MS)));
    assert.equal(
      written.reduce<number>((sum, count) => sum + (count ?? 0), 0),
      2,
    );
    assert.deepEqual(await kinds(), ["breach"]);
  });

  test("a project is evaluated by one instance at a time, and not more often than asked", async () => {
    await rig.insert({ page, count: 500, value: 9000, atMs: T0 });
    const turns = await Promise.all(
      Array.from({ length: 4 }, async () => await evaluate(T0 + HOUR_MS, HOUR_MS)),
    );
    assert.equal(turns.filter((written) => written !== null).length, 1);
    assert.equal(await evaluate(T0 + HOUR_MS, HOUR_MS), null);
  });

  test("a budget of one's own holds for its pages and its device, the most specific first", async () => {
    await addBudget({ page: "/page-*", target: 6000 });
    const own = await addBudget({ page, device: "mobile", target: 1500 });
    await rig.insert({ page, device: "mobile", count: 300, value: 3000, atMs: T0 });
    await rig.insert({ page, device: "desktop", count: 300, value: 3000, atMs: T0 });
    // The page on phones, and the whole site by the published threshold; the page itself is within 6000.
    assert.equal(await evaluate(T0 + HOUR_MS), 2);
    const [breach] = await events();
    assert.deepEqual(
      [breach?.device, breach?.target, breach?.budgetId, breach?.n, breach?.overCount],
      ["mobile", 1500, own, 300, 300],
    );
    // Without the budget its device is judged no more.
    await rig.control.query("delete from budgets where id = $1", [own]);
    await evaluate(T0 + HOUR_MS);
    const left = await rig.control.query("select from budget_states where device = 'mobile'");
    assert.equal(left.length, 0);
  });

  test("a looser target is a recovery, told against the new target", async () => {
    const id = await addBudget({ page, target: 2000 });
    await rig.insert({ page, count: 400, value: 3000, atMs: T0 });
    await evaluate(T0 + HOUR_MS);
    await rig.control.query("update budgets set target = 5000 where id = $1", [id]);
    await evaluate(T0 + HOUR_MS);
    assert.deepEqual(
      (await events()).map(({ kind, target }) => [kind, target]),
      [
        ["breach", 2000],
        ["recovery", 5000],
      ],
    );
  });

  test("TTFB of soft navigations, always 0, makes no page fast", async () => {
    await rig.insert({ page, metric: "TTFB", count: 250, value: 5000, atMs: T0 });
    await rig.telemetry.internal.command(
      `INSERT INTO web_vitals SELECT * REPLACE ('soft-navigation' AS navigation_type, 0. AS value, toString(generateUUIDv4()) AS id)
       FROM web_vitals AS v ARRAY JOIN range(20) AS again`,
    );
    await evaluate(T0 + HOUR_MS);
    assert.deepEqual(
      (await events()).map(({ metric, n }) => [metric, n]),
      [["TTFB", 250]],
    );
  });

  test("rows that became readable make it due; whoever listens hears of it", async () => {
    let stored: ((notice: StoredNotice) => void) | undefined;
    const evaluator = startBudgetEvaluator({
      ...rig,
      ingest: {
        onStored: (listener) => {
          stored = listener;
          return () => undefined;
        },
      },
      log: { warn: (details) => assert.fail(JSON.stringify(details)) },
      everyMs: 0,
      tickMs: 1_000_000,
    });
    const heard: string[] = [];
    evaluator.onEvents(({ projectId }) => heard.push(projectId));
    const nowMs = Date.now();
    await rig.insert({ page, count: 400, value: 8000, atMs: nowMs - HOUR_MS });
    await evaluator.run();
    assert.deepEqual(heard, [], "no project is known yet");
    stored?.({
      ...rig.scope,
      rowsByTable: { web_vitals: 400 },
      services: [],
      newestTimeMs: nowMs,
      oldestReceivedAtMs: nowMs,
    });
    await evaluator.run();
    await evaluator.run();
    assert.deepEqual(heard, ["default"]);
    assert.deepEqual(await kinds(), ["breach"]);
    await evaluator.close();
  });
});
