/** Metrics as they come from SDKs: gauges, counters that restart, histograms; against what was sent. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { resolveRange, resourcePage } from "@throughline/contract";
import { readBottlenecks } from "../bottlenecks/index.ts";
import { readOverview } from "../overview/readOverview.ts";
import { openInsightRig, type InsightRig } from "../testRig.ts";
import { readResources } from "./index.ts";

const SCOPE = { tenantId: "00000000-0000-7000-8000-000000000001", projectId: "shop" };
const MINUTE_MS = 60_000;
const MINUTES = 30;
const project = { id: "shop", name: "shop", hasData: true, lastSeenMs: null };

type Attributes = Readonly<Record<string, string>>;
const attributesOf = (values: Attributes) =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** A point a minute, in the middle of it. */
function points(endMs: number, attributes: Attributes, value: (minute: number) => object) {
  return Array.from({ length: MINUTES }, (_, minute) => ({
    timeUnixNano: `${endMs - (MINUTES - minute) * MINUTE_MS + 30_000}000000`,
    startTimeUnixNano: `${endMs - 3_600_000}000000`,
    attributes: attributesOf(attributes),
    ...value(minute),
  }));
}

/** Rises by 600 a minute; the process is started anew in minute 20, where the counter has 300 already. */
const counter = (minute: number): number =>
  minute < 20 ? 1_000_000 + minute * 600 : 300 + (minute - 20) * 600;

function metricsOf(endMs: number) {
  const gauge = (name: string, attributes: Attributes, value: (minute: number) => number) => ({
    name,
    gauge: { dataPoints: points(endMs, attributes, (minute) => ({ asDouble: value(minute) })) },
  });
  return [
    gauge("process.cpu.utilization", { "cpu.mode": "user" }, () => 0.7),
    gauge("process.cpu.utilization", { "cpu.mode": "system" }, () => 0.2),
    gauge("v8js.memory.heap.used", { "v8js.heap.space.name": "old_space" }, (minute) => 40e6 + minute),
    {
      name: "system.network.io",
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: points(endMs, { "network.io.direction": "receive" }, (minute) => ({
          asInt: String(counter(minute)),
        })),
      },
    },
    {
      name: "v8js.gc.duration",
      histogram: {
        aggregationTemporality: 2,
        dataPoints: points(endMs, { "v8js.gc.type": "major" }, (minute) => ({
          count: String(minute + 1),
          sum: minute * 0.6,
          explicitBounds: [],
          bucketCounts: [String(minute + 1)],
        })),
      },
    },
  ];
}

describe("resources", { timeout: 240_000 }, () => {
  let rig: InsightRig;
  const nowMs = Date.now();
  const endMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const range = resolveRange({ range: "1h" }, nowMs);
  const reader = (projectId = SCOPE.projectId) => rig.store.scoped({ ...SCOPE, projectId });
  const read = async (filter: { service?: string; instance?: string } = {}, of = range) => {
    const page = resourcePage.parse({
      project,
      markers: [],
      ...(await readResources(reader(), of, filter, nowMs)),
    });
    const lines = (id: string) => page.charts.find((chart) => chart.id === id)?.lines ?? [];
    const known = (id: string, line = 0) => (lines(id)[line]?.values ?? []).filter((value) => value !== null);
    return { page, lines, known };
  };

  before(async () => {
    rig = await openInsightRig();
    for (const [service, instance] of [
      ["api", "api-1"],
      ["api", "api-2"],
      ["web", "web-1"],
    ] as const) {
      const resource = {
        attributes: attributesOf({ "service.name": service, "service.instance.id": instance }),
      };
      const body = { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: metricsOf(endMs) }] }] };
      await rig.ingest.accept({
        sender: { ...SCOPE, keyId: "key" },
        signal: "metrics",
        encoding: "json",
        compression: "identity",
        body: Buffer.from(JSON.stringify(body)),
        receivedAtMs: nowMs,
      });
    }
    await rig.stored();
  });
  after(() => rig.close());

  test("gauges are added up over modes, a line an instance", async () => {
    const { lines, known, page } = await read();
    assert.deepEqual(
      lines("cpu")
        .map(({ label }) => label)
        .toSorted(),
      ["api api-1", "api api-2", "web web-1"],
    );
    assert.equal(known("cpu").length, MINUTES);
    assert.ok(known("cpu").every((value) => Math.abs(value - 0.9) < 1e-9));
    assert.equal(page.instances.length, 3);
    assert.ok(Math.abs((page.instances[0]?.cpuRatio ?? 0) - 0.9) < 1e-9);
  });

  test("a counter is its rise a second, and one that fell counts from zero", async () => {
    const rates = (await read()).known("network");
    // Of one of the three processes: they are on one machine. The first minute has nothing before it.
    assert.equal(rates.length, MINUTES - 1);
    assert.deepEqual(
      rates.map((rate) => Math.round(rate * 60)),
      rates.map((_, index) => (index + 1 === 20 ? 300 : 600)),
    );
  });

  test("a restart within a point of the chart loses nothing", async () => {
    const wide = resolveRange({ from: String(nowMs - 6 * 86_400_000), to: String(nowMs) }, nowMs);
    const { known, page } = await read({}, wide);
    const stepSeconds = page.range.stepSeconds;
    assert.ok(stepSeconds >= 1800);
    const risen = (MINUTES - 2) * 600 + 300;
    const mean = risen / ((MINUTES - 1) * 60);
    const rates = known("network");
    assert.ok(rates.length >= 1 && rates.length <= 2);
    if (rates.length === 1) assert.ok(Math.abs((rates[0] ?? 0) - mean) < 1e-9, `${rates[0]} ${mean}`);
    else assert.ok(rates.every((rate) => rate > 0 && rate <= 10 + 1e-9));
  });

  test("a histogram is what was recorded a second", async () => {
    const gc = (await read({ instance: "api-1" })).known("gc");
    assert.equal(gc.length, MINUTES - 1);
    assert.ok(
      gc.every((share) => Math.abs(share - 0.01) < 1e-9),
      gc.join(),
    );
  });

  test("one service and one instance are chosen, others stay in the list", async () => {
    const { lines, page } = await read({ service: "api" });
    assert.equal(lines("cpu").length, 2);
    assert.equal(page.instances.length, 3);
    assert.equal((await read({ service: "api", instance: "api-2" })).lines("cpu").length, 1);
  });

  test("what nobody sends is told with what to do", async () => {
    const { page } = await read();
    const pool = page.charts.find(({ id }) => id === "pool");
    assert.match(pool?.missing ?? "", /No db\.client\.connection\.count is sent: import @throughline\/node/);
    const nothing = await readResources(reader("none"), range, {}, nowMs);
    assert.ok(nothing.charts.every(({ missing, lines }) => missing !== null && lines.length === 0));
    assert.deepEqual(nothing.instances, []);
  });

  test("a busy processor is a bottleneck and takes from the headroom", async () => {
    const { bottlenecks } = await readBottlenecks(reader(), range, nowMs);
    assert.deepEqual(bottlenecks.map(({ type, evidence }) => [type, evidence.instance]).toSorted(), [
      ["HIGH_CPU", "api-1"],
      ["HIGH_CPU", "api-2"],
      ["HIGH_CPU", "web-1"],
    ]);
    const { health } = await readOverview(reader(), range, nowMs);
    assert.equal(health.score, null, "without requests there is no score");
    const headroom = health.parts.find(({ id }) => id === "headroom");
    // Two instances of a service are not added up: 90 % is 90 %.
    assert.match(headroom?.text ?? "", /at 90 % over 15 minutes/);
  });
});
