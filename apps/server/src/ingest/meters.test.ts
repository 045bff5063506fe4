import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencyMeter, RateMeter } from "./meters.ts";

test("a rate is the mean of the last ten whole seconds and fades to zero", () => {
  const meter = new RateMeter();
  for (let second = 100; second < 120; second += 1) meter.add(50, second * 1000);
  assert.equal(meter.perSecond(120_000), 50);
  assert.equal(meter.perSecond(125_999), 25);
  assert.equal(meter.perSecond(131_000), 0);
});

test("latency quantiles are within one bucket and forget after two minutes", () => {
  const meter = new LatencyMeter();
  for (let step = 1; step <= 1000; step += 1) meter.record(step / 10, 200_000);
  const p50Ms = meter.quantileMs(0.5, 200_000);
  const p99Ms = meter.quantileMs(0.99, 200_000);
  assert.ok(p50Ms >= 50 && p50Ms <= 55, `p50 ${p50Ms}`);
  assert.ok(p99Ms >= 99 && p99Ms <= 108.1, `p99 ${p99Ms}`);
  assert.ok(meter.quantileMs(0.5, 270_000) > 0, "the window before the current one still counts");
  assert.equal(meter.quantileMs(0.5, 500_000), 0);
});
