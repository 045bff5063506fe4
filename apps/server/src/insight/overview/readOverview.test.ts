/** The first screen's numbers against the same numbers counted one by one. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { overview as overviewShape, resolveRange, type Overview, type RangeKey } from "@throughline/contract";
import { openInsightRig, type InsightRig, type SentSpan } from "../testRig.ts";
import { readBeneath } from "./readBeneath.ts";
import { readOverview } from "./readOverview.ts";

const SHOP = { tenantId: "acme", projectId: "shop" };
const HOUR_MS = 3_600_000;
/** The width of a bucket of durations (see buckets.ts). */
const SKETCH_ERROR = 0.095;

interface Request extends SentSpan {
  readonly agoMs: number;
  readonly durationMs: number;
  readonly service: string;
}

/** The same requests on every run: three routes, durations over three decades, one in twelve fails. */
function requests(): Request[] {
  return Array.from({ length: 600 }, (_, index) => {
    const route = index % 3;
    return {
      service: route === 2 ? "search" : "api",
      name: ["GET /carts", "POST /orders", "GET /search"][route] ?? "",
      // Two hours back, evenly.
      agoMs: Math.round(((index * 2 * HOUR_MS) / 600 + 90_000) * 1000) / 1000,
      durationMs: Math.round(5 * 10 ** (((index * 7919) % 600) / 200)),
      isError: index % 12 === 0,
    };
  });
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

function isNear(actual: number | null | undefined, expected: number, what: string): void {
  assert.ok(
    actual != null && Math.abs(actual / expected - 1) <= SKETCH_ERROR,
    `${what}: ${actual} instead of ${expected}`,
  );
}

describe("the overview", { timeout: 120_000 }, () => {
  let rig: InsightRig;
  const sent = requests();
  const nowMs = Date.now();
  const read = async (range: RangeKey, scope = SHOP): Promise<Overview> => {
    const answer = await readOverview(rig.store.scoped(scope), resolveRange({ range }, nowMs), nowMs);
    const beneath = await readBeneath(rig.store.scoped(scope), resolveRange({ range }, nowMs), nowMs);
    const project = { id: scope.projectId, name: scope.projectId, hasData: true, lastSeenMs: null };
    return overviewShape.parse({
      ...answer,
      ...beneath,
      project,
      bottlenecks: [],
      markers: [],
      fetchedAtMs: nowMs,
    });
  };

  before(async () => {
    rig = await openInsightRig();
    for (const service of ["api", "search"]) {
      const spans = sent.filter((request) => request.service === service);
      await rig.send(SHOP, {
        service,
        spans,
        nowMs,
        logs: [{ text: "hello" }, { text: "no", severityNumber: 17 }],
      });
    }
    // Work inside of services is no request.
    await rig.send(SHOP, { service: "api", spans: [{ name: "SELECT", kind: 3, agoMs: 60_000 }], nowMs });
    await rig.stored();
  });
  after(() => rig.close());

  for (const range of ["1h", "6h", "24h", "7d", "30d"] as const) {
    test(`of ${range} counts what was sent`, async () => {
      const overview = await read(range);
      const { fromMs, toMs, stepSeconds } = overview.range;
      const inside = sent.filter(({ agoMs }) => nowMs - agoMs >= fromMs && nowMs - agoMs < toMs);
      const failed = inside.filter(({ isError }) => isError);
      const durations = inside.map(({ durationMs }) => durationMs);

      const kpi = (id: string) => overview.kpis.find((each) => each.id === id);
      assert.equal(kpi("requests")?.sampleCount, inside.length);
      isNear(kpi("p50")?.value, percentile(durations, 0.5), "p50");
      isNear(kpi("p95")?.value, percentile(durations, 0.95), "p95");
      isNear(kpi("errors")?.value, (failed.length / inside.length) * 100, "failed");
      assert.equal(kpi("logErrors")?.value, 2);

      const total = (rates: readonly number[]): number =>
        overview.series.timesMs.reduce((sum, timeMs, index) => {
          const seconds = Math.min(stepSeconds, (nowMs - timeMs) / 1000);
          return sum + (rates[index] ?? 0) * Math.max(0.001, seconds);
        }, 0);
      assert.equal(Math.round(total(overview.series.requestsPerSecond)), inside.length);
      assert.equal(Math.round(total(overview.series.errorsPerSecond)), failed.length);

      for (const row of overview.routes) {
        const own = inside.filter(({ name }) => name === row.route);
        assert.equal(row.requests, own.length, row.route);
        assert.equal(row.errors, own.filter(({ isError }) => isError).length, row.route);
        assert.equal(Math.round(row.maxMs), Math.max(...own.map(({ durationMs }) => durationMs)));
        isNear(
          row.p95Ms,
          percentile(
            own.map(({ durationMs }) => durationMs),
            0.95,
          ),
          `p95 of ${row.route}`,
        );
        for (const value of [row.p50Ms, row.p95Ms, row.p99Ms])
          assert.ok(value !== null && value <= row.maxMs, `${row.route}: ${value} above ${row.maxMs}`);
        assert.ok(row.slowestTraceId !== null);
      }
      assert.deepEqual(overview.routes.map(({ route }) => route).toSorted(), [
        "GET /carts",
        "GET /search",
        "POST /orders",
      ]);
      const shares = overview.routes.reduce((sum, { timeShare }) => sum + timeShare, 0);
      assert.ok(Math.abs(shares - 1) < 1e-6, `shares add up to ${shares}`);

      for (const row of overview.services) {
        const own = inside.filter(({ service }) => service === row.service);
        assert.equal(row.requests, own.length, row.service);
        assert.equal(row.logs, 2);
      }
      assert.ok(overview.errors.length > 0, "failing routes are listed");
    });
  }

  test("compares with the window before only when data was there all along", async () => {
    const hour = await read("1h");
    const ofHour = hour.kpis.find(({ id }) => id === "requests");
    assert.ok(ofHour?.previous != null && ofHour.changeRatio !== null);
    const month = await read("30d");
    const ofMonth = month.kpis.find(({ id }) => id === "requests");
    assert.equal(ofMonth?.previous, null);
    assert.equal(ofMonth?.changeRatio, null);
  });

  test("of a project without requests says so instead of 0 ms", async () => {
    const nothing = await read("1h", { tenantId: "acme", projectId: "empty" });
    const p95 = nothing.kpis.find(({ id }) => id === "p95");
    assert.equal(p95?.value, null);
    assert.match(p95?.reason ?? "", /No requests/);
    assert.deepEqual([nothing.routes, nothing.services, nothing.errors], [[], [], []]);
    assert.ok(nothing.series.p95Ms.every((value) => value === null));
  });

  test("knows the releases and the last second of a service that takes no requests", async () => {
    const scope = { tenantId: "acme", projectId: "jobs" };
    for (const [version, agoMs] of [
      ["1.4.0", 2 * HOUR_MS],
      ["1.5.0", 90_000],
    ] as const)
      await rig.send(scope, { service: "worker", version, spans: [{ name: "job", kind: 1, agoMs }], nowMs });
    await rig.stored();
    const [worker] = (await read("24h", scope)).services;
    assert.deepEqual(worker?.releases, ["1.4.0", "1.5.0"]);
    assert.equal(worker.lastSeenMs, Math.floor((nowMs - 90_000) / 1000) * 1000);
    assert.equal(worker.errorRatio, null);
  });

  test("is empty for another tenant with the same project", async () => {
    const other = await read("24h", { tenantId: "globex", projectId: "shop" });
    assert.deepEqual(other.services, []);
    assert.equal(other.newestDataMs, null);
  });
});
