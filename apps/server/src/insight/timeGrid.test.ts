/** Which cells answer a range, and that none of them is gone: narrow ones are kept for less time than wide ones. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { resolveRange, type TimeRange } from "@throughline/contract";
import { readEndpoint, readEndpoints } from "./endpoints/index.ts";
import { readRequests } from "./requests.ts";
import { CELLS } from "./rollups.ts";
import { openInsightRig, type InsightRig } from "./testRig.ts";
import { timeGrid } from "./timeGrid.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.now();
const SCOPE = { tenantId: "00000000-0000-7000-8000-000000000001", projectId: "shop" };
const ROUTE = "GET /orders";

const custom = (fromMs: number, toMs: number): TimeRange =>
  resolveRange({ range: "custom", from: String(Math.round(fromMs)), to: String(Math.round(toMs)) }, NOW);

test("cells are kept as long as the tables keep them", async () => {
  const schema = await readFile(new URL("../engines/telemetry/schema.snapshot.sql", import.meta.url), "utf8");
  const tables = schema.split(";\n").filter((sql) => /CREATE TABLE/.test(sql) && /`step_seconds`/.test(sql));
  assert.ok(tables.length >= 7);
  for (const sql of tables) {
    const ttl = /\nTTL (.*)/.exec(sql)?.[1] ?? "";
    const kept = [...ttl.matchAll(/toInterval(\w+)\((\d+)\)(?: WHERE step_seconds = (\d+))?/g)].map(
      ([, unit, count, step]) => [Number(step ?? 0), Number(count) * (unit === "Year" ? 365 : 1)],
    );
    const narrow = CELLS.filter(({ retentionDays }) => retentionDays < 365);
    assert.deepEqual(
      kept,
      [...narrow.map(({ stepSeconds, retentionDays }) => [stepSeconds, retentionDays]), [0, 365]],
      sql.slice(0, 80),
    );
  }
});

test("a range and the window before it lie in cells that are kept, on whole steps of at most 300 points", () => {
  const lengths = [
    10 * MINUTE_MS,
    HOUR_MS,
    5 * HOUR_MS,
    6 * HOUR_MS,
    DAY_MS,
    7 * DAY_MS,
    30 * DAY_MS,
    90 * DAY_MS,
  ];
  const ages = [0, 1, 3, 6, 6.5, 6.9, 7, 7.1, 8, 29, 30, 31, 59, 59.9, 60, 61, 200, 364, 366, 500];
  const used = new Set<number>();
  for (const lengthMs of lengths)
    for (const age of ages) {
      const asked = custom(NOW - age * DAY_MS - lengthMs, NOW - age * DAY_MS);
      const { range, cellSeconds, timesMs, previousFromMs, stepMs } = timeGrid(asked, NOW);
      const about = `${lengthMs / HOUR_MS} h, ${age} days ago: cells of ${cellSeconds} s`;
      used.add(cellSeconds);
      const { retentionDays } = CELLS.find(({ stepSeconds }) => stepSeconds === cellSeconds)!;
      assert.ok(cellSeconds === 86_400 || previousFromMs > NOW - retentionDays * DAY_MS, about);
      assert.ok(range.fromMs <= asked.fromMs && range.toMs >= asked.toMs, about);
      assert.equal(range.fromMs % stepMs, 0, about);
      assert.equal(range.fromMs - previousFromMs, range.toMs - range.fromMs, about);
      assert.equal(stepMs % (cellSeconds * 1000), 0, about);
      assert.ok(timesMs.length <= 301, about);
    }
  assert.deepEqual(used, new Set([60, 300, 3600, 86_400]));
});

test("what is within a week is still answered by the minute", () => {
  assert.equal(timeGrid(resolveRange({ range: "1h" }, NOW), NOW).cellSeconds, 60);
  assert.equal(timeGrid(custom(NOW - 6 * DAY_MS, NOW - 6 * DAY_MS + HOUR_MS), NOW).range.stepSeconds, 60);
  assert.equal(timeGrid(custom(NOW - 9 * DAY_MS, NOW - 9 * DAY_MS + HOUR_MS), NOW).range.stepSeconds, 300);
});

describe("around the age at which minutes go", () => {
  let rig: InsightRig;
  before(async () => {
    rig = await openInsightRig();
    // A request every three minutes, from eight days ago until six days ago.
    for (let hour = 0; hour < 48; hour++)
      await rig.send(SCOPE, {
        service: "shop-api",
        nowMs: NOW - 6 * DAY_MS - hour * HOUR_MS,
        spans: Array.from({ length: 20 }, (_, index) => ({
          name: ROUTE,
          route: ROUTE,
          agoMs: index * 3 * MINUTE_MS,
          durationMs: 5 + ((hour * 7 + index) % 90),
          isError: index % 6 === 0,
        })),
      });
    await rig.stored();
    // Merging takes away what is too old by the tables' rules.
    for (const table of ["request_rollups", "span_rollups"])
      await rig.store.internal.command(`OPTIMIZE TABLE ${table} FINAL`);
  });
  after(() => rig.close());

  const reader = () => rig.store.scoped(SCOPE);

  /** Of the raw spans. */
  async function recount(fromMs: number, toMs: number): Promise<{ requests: number; failed: number }> {
    const [row] = await reader().query<{ requests: number; failed: number }>(
      `SELECT count() AS requests, countIf(status = 'error') AS failed FROM spans
       WHERE time >= fromUnixTimestamp64Milli({fromMs:Int64}) AND time < fromUnixTimestamp64Milli({toMs:Int64})`,
      { fromMs, toMs },
      { name: "test" },
    );
    return row!;
  }

  test("minutes of more than a week are gone, and no wider cell is", async () => {
    const counts = await reader().query<{ step: number; n: number; oldestDays: number }>(
      `SELECT step_seconds AS step, sum(r.count) AS n, ({now:UInt32} - toUnixTimestamp(min(r.time))) / 86400 AS oldestDays
       FROM request_rollups AS r GROUP BY step ORDER BY step`,
      { now: Math.floor(NOW / 1000) },
      { name: "test" },
    );
    const [minutes, ...wider] = counts;
    assert.ok(
      minutes !== undefined && minutes.oldestDays <= 7.01 && minutes.n > 100,
      JSON.stringify(minutes),
    );
    assert.deepEqual(
      wider.map(({ n }) => n),
      [960, 960, 960],
    );
    assert.ok(minutes.n < 960);
  });

  test("charts, totals and the window before have no hole, whatever the range begins or ends with", async () => {
    const cells = new Set<number>();
    for (const lengthMs of [HOUR_MS, 3 * HOUR_MS, 20 * HOUR_MS])
      for (
        let endsMs = NOW - 6 * DAY_MS - 17 * MINUTE_MS;
        endsMs > NOW - 8 * DAY_MS;
        endsMs -= 5.3 * HOUR_MS
      ) {
        const range = custom(endsMs - lengthMs, endsMs);
        const grid = timeGrid(range, NOW);
        const { fromMs, toMs } = grid.range;
        cells.add(grid.cellSeconds);
        const wanted = await recount(fromMs, toMs);
        const before = await recount(grid.previousFromMs, fromMs);
        const about = `${lengthMs / HOUR_MS} h to ${(NOW - endsMs) / DAY_MS} days ago, by ${grid.cellSeconds} s`;

        for (const filter of [{}, { service: "shop-api", route: ROUTE }]) {
          const { current, previous, series } = await readRequests(reader(), grid, filter, NOW);
          assert.deepEqual({ requests: current.requests, failed: current.failed }, wanted, about);
          assert.deepEqual({ requests: previous.requests, failed: previous.failed }, before, about);
          const charted = series.requestsPerSecond.map((perSecond) => (perSecond * grid.stepMs) / 1000);
          assert.equal(Math.round(charted.reduce((sum, each) => sum + each, 0)), wanted.requests, about);
        }
        const list = await readEndpoints(reader(), range, { apdexMs: 500, sort: "time" }, NOW);
        assert.equal(list.totals.requests, wanted.requests, about);
        assert.equal(
          list.endpoints[0]?.previous?.requests ?? 0,
          wanted.requests === 0 ? 0 : before.requests,
          about,
        );
        const page = await readEndpoint(reader(), range, { service: "shop-api", route: ROUTE }, 500, NOW);
        assert.equal(page.endpoint.requests, wanted.requests, about);
      }
    assert.deepEqual(cells, new Set([60, 300]), "both sides of the border were asked about");
  });
});
