/** Searching traces, and how long they took: against a recount of the raw rows. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { monitoringFilter, resolveRange } from "@throughline/contract";
import { openInsightRig, type InsightRig } from "../testRig.ts";
import { entryConditions } from "../entrySpans.ts";
import { readDurations } from "./readDurations.ts";
import { readTraces } from "./readTraces.ts";

const SCOPE = { tenantId: "00000000-0000-7000-8000-000000000001", projectId: "shop" };
const HOUR_MS = 3_600_000;
const NOW = Date.now();
const HOURS = 6;
const PER_HOUR = 20;

let rig: InsightRig;
before(async () => {
  rig = await openInsightRig();
  for (let hour = 0; hour < HOURS; hour++)
    await rig.send(SCOPE, {
      service: "shop-api",
      version: "1.0",
      nowMs: NOW,
      spans: Array.from({ length: PER_HOUR }, (_, index) => ({
        name: index % 2 === 0 ? "GET /orders" : "SELECT",
        kind: index % 2 === 0 ? 2 : 3,
        parentSpanId: index % 2 === 0 ? undefined : "ab".repeat(8),
        agoMs: hour * HOUR_MS + index * 100,
        durationMs: 2 ** (index % 10),
        isError: index === 0,
        attributes: { "customer.id": `c${index}`, odd: "a=b=c", "http.request.method": "GET" },
      })).map(({ parentSpanId, ...span }) => (parentSpanId === undefined ? span : { ...span, parentSpanId })),
    });
  await rig.send(
    { ...SCOPE, projectId: "elsewhere" },
    { spans: [{ name: "SELECT", durationMs: 3 }], nowMs: NOW },
  );
  await rig.stored();
});
after(() => rig.close());

const reader = () => rig.store.scoped(SCOPE);
const range = resolveRange({ range: "24h" }, NOW);
const filterOf = (wanted: object = {}) => monitoringFilter.parse({ limit: 500, ...wanted });
const found = async (wanted: object) => await readTraces(reader(), range, filterOf(wanted));

describe("searching traces", () => {
  test("by a span's name and by attribute finds every span that matches, others only what enters", async () => {
    assert.equal((await found({})).traces.length, (HOURS * PER_HOUR) / 2);
    assert.equal((await found({ name: "SELECT" })).traces.length, (HOURS * PER_HOUR) / 2);
    assert.equal((await found({ attribute: "customer.id=c3" })).traces.length, HOURS);
    assert.equal((await found({ attribute: "customer.id=c3", name: "GET /orders" })).traces.length, 0);
    assert.equal((await found({ attribute: "odd=a=b=c" })).traces.length, HOURS * PER_HOUR);
    assert.equal(
      (await found({ attribute: "http.request.method=GET" })).traces.length,
      HOURS * PER_HOUR,
      "a column",
    );
    assert.equal((await found({ attribute: "service.version=1.0" })).traces.length, HOURS * PER_HOUR);
    assert.equal((await found({ attribute: "service.version=1" })).traces.length, 0);
    assert.equal((await found({ attribute: "x') OR 1=1 --=1" })).traces.length, 0);
    assert.equal((await found({ attribute: "__proto__=1" })).traces.length, 0);
    for (const attribute of ["novalue", "=x", "x=", ""])
      assert.equal(monitoringFilter.safeParse({ attribute }).success, false, attribute);
  });

  test("goes on where it stopped looking, and finds each once", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    let limited = 0;
    for (let pages = 0; pages < 50; pages++) {
      const answer = await readTraces(
        reader(),
        range,
        filterOf({ attribute: "customer.id=c3", limit: 2, cursor }),
        PER_HOUR,
      );
      seen.push(...answer.traces.map(({ spanId }) => spanId));
      if (answer.searchedFromMs !== null) limited += 1;
      cursor = answer.nextCursor ?? undefined;
      if (cursor === undefined) break;
    }
    assert.equal(cursor, undefined, "it ends");
    assert.equal(new Set(seen).size, HOURS);
    assert.equal(seen.length, HOURS);
    assert.ok(limited > 0, "it was limited on the way");
  });
});

describe("durations", () => {
  const inAll = async (wanted: object, spansMax?: number) =>
    await readDurations(reader(), range, filterOf(wanted), spansMax);

  test("are counted as the raw rows are", async () => {
    const { buckets, count, countedFromMs } = await inAll({});
    assert.equal(count, (HOURS * PER_HOUR) / 2);
    assert.equal(countedFromMs, null);
    assert.equal(
      buckets.reduce((sum, { errors }) => sum + errors, 0),
      HOURS,
    );
    for (const { fromMs, toMs, count: n } of buckets) {
      const [raw] = await reader().query<{ n: number }>(
        `SELECT count() AS n FROM spans WHERE tenant_id = {tenant:String} AND project_id = {project:String}
           AND kind = 'server' AND duration_ns >= {low:Float64} AND duration_ns < {high:Float64}`,
        { low: fromMs * 1e6, high: toMs * 1e6 },
        { name: "test.recount" },
      );
      assert.equal(raw?.n, n, `${fromMs}`);
    }
  });

  test("follow the filter, and say from when on they are counted", async () => {
    assert.equal((await inAll({ status: "error" })).count, HOURS);
    assert.equal((await inAll({ name: "SELECT" })).count, (HOURS * PER_HOUR) / 2);
    assert.equal((await inAll({ service: "nobody" })).count, 0);
    const limited = await inAll({}, PER_HOUR);
    assert.ok(limited.countedFromMs !== null && limited.countedFromMs > range.fromMs);
    assert.ok(limited.count < (HOURS * PER_HOUR) / 2 && limited.count > 0);
  });

  test("are a part of the list's answer where they are asked for", async () => {
    assert.equal((await found({})).histogram, null);
    const { histogram, traces } = await found({ histogram: "true", minDurationMs: 16 });
    assert.equal(histogram?.count, (HOURS * PER_HOUR) / 2, "of all durations");
    assert.ok(traces.length < (histogram?.count ?? 0));
  });

  test("rare ones are looked for by the longest of each granule, and all of them are found", async () => {
    const searches = [
      [{ status: "error" }, "failed_entry_ns"],
      [{ status: "error", minDurationMs: 1 }, "failed_entry_ns"],
      [{ minDurationMs: 100 }, "entry_ns"],
    ] as const;
    for (const [wanted, index] of searches) {
      const { where, params } = entryConditions({ limit: 1, ...wanted });
      const plan = await reader().query<{ explain: string }>(
        `EXPLAIN indexes = 1 SELECT count() FROM spans
         WHERE tenant_id = {tenant:String} AND project_id = {project:String} ${where}`,
        params,
        { name: "test" },
      );
      const used = plan.map(({ explain }) => /Name: (\w+)/.exec(explain)?.[1]).filter(Boolean);
      assert.ok(
        used.includes(index),
        `${JSON.stringify(wanted)}: ${plan.map(({ explain }) => explain).join("\n")}`,
      );
    }
    const all = (await found({})).traces;
    const slow = all.filter(({ durationMs }) => durationMs >= 100);
    const failed = all.filter(({ status }) => status === "error");
    assert.ok(slow.length > 0 && failed.length === HOURS);
    assert.deepEqual((await found({ minDurationMs: 100 })).traces, slow);
    assert.deepEqual((await found({ status: "error" })).traces, failed);
    assert.deepEqual((await found({ status: "error", minDurationMs: 1 })).traces, failed);
    assert.deepEqual((await found({ status: "error", minDurationMs: 1.01 })).traces, []);
  });
});
