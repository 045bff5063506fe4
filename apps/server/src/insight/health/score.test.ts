import assert from "node:assert/strict";
import { test } from "node:test";
import { apdexOf, healthOf, type HealthFacts, REQUESTS_MIN, statusOf, trendOf } from "./score.ts";

/** Requests of one duration. */
function facts(requests: number, failed: number, eachMs: number, busy: number | null = null): HealthFacts {
  const ns = eachMs * 1e6;
  return {
    requests,
    effective: requests,
    failed,
    durations: { buckets: requests === 0 ? {} : { [Math.floor(8 * Math.log2(ns))]: requests }, maxNs: ns },
    busiest: busy === null ? null : { ratio: busy, what: "Processor of api" },
  };
}
const NONE = facts(0, 0, 1);
const scoreOf = (of: HealthFacts) => healthOf(of, NONE).score;

test("all is well: 100, with the formula's parts", () => {
  const health = healthOf(facts(1000, 0, 20, 0.3), facts(1000, 0, 20, 0.3));
  assert.deepEqual([health.score, health.status, health.trend], [100, "HEALTHY", "STABLE"]);
  assert.deepEqual(
    health.parts.map(({ id, weight, score }) => [id, weight, score]),
    [
      ["reliability", 0.4, 100],
      ["speed", 0.4, 100],
      ["headroom", 0.2, 100],
    ],
  );
});

test("a part that is not measured does not count", () => {
  const { parts, score } = healthOf(facts(1000, 0, 20), NONE);
  assert.equal(score, 100);
  assert.deepEqual(
    parts.map(({ weight }) => weight),
    [0.5, 0.5, 0],
  );
  assert.match(parts[2]?.text ?? "", /Not measured/);
});

test("is bounded, and worse for what is worse", () => {
  const failing = [0, 0.01, 0.03, 0.05, 0.1, 0.5, 1].map(
    (share) => scoreOf(facts(10_000, share * 10_000, 20)) ?? NaN,
  );
  assert.deepEqual(
    failing,
    failing.toSorted((a, b) => b - a),
  );
  assert.ok(
    failing.every((score) => score >= 0 && score <= 100),
    failing.join(),
  );
  assert.equal(scoreOf(facts(1000, 1000, 20)), 25);
  assert.equal(scoreOf(facts(1000, 1000, 60_000, 1)), 0);
  assert.equal(scoreOf(facts(1000, 0, 20, 5)), 40, "a reading beyond 1 is 1");
});

test("half failing quickly is critical, though the mean is not", () => {
  assert.equal(healthOf(facts(1000, 500, 5), NONE).status, "CRITICAL");
});

test("stays calm under low traffic", () => {
  const few = healthOf(facts(REQUESTS_MIN - 1, 0, 20), NONE);
  assert.deepEqual([few.score, few.status, few.trend], [null, null, null]);
  assert.match(few.reason ?? "", /Not enough data: 19 of the 20/);
  assert.equal(
    healthOf(facts(REQUESTS_MIN, 1, 20), NONE).status,
    "HEALTHY",
    "one failure of twenty is no rate",
  );
  assert.equal(healthOf(facts(2000, 100, 20), NONE).status, "DEGRADED", "five percent of many is");
});

test("statuses have the bounds of their names", () => {
  assert.deepEqual([100, 80, 79.9, 60, 59.9, 40, 39.9, 0].map(statusOf), [
    "HEALTHY",
    "HEALTHY",
    "DEGRADED",
    "DEGRADED",
    "UNHEALTHY",
    "UNHEALTHY",
    "CRITICAL",
    "CRITICAL",
  ]);
});

test("trend: five points are a change, and critical stays critical until it improves", () => {
  assert.deepEqual(
    [trendOf(90, 85), trendOf(90, 85.1), trendOf(85, 90), trendOf(30, 32), trendOf(30, 90), trendOf(30, 20)],
    ["IMPROVING", "STABLE", "DEGRADING", "CRITICAL", "CRITICAL", "IMPROVING"],
  );
  assert.deepEqual([trendOf(null, 90), trendOf(90, null)], [null, null]);
});

test("apdex counts satisfied in full and tolerating half", () => {
  const at = (ms: number) => Math.floor(8 * Math.log2(ms * 1e6));
  const row = { buckets: { [at(10)]: 6, [at(1000)]: 2, [at(9000)]: 2 }, maxNs: 9000e6 };
  assert.ok(Math.abs((apdexOf(row, 500) ?? 0) - 0.7) < 1e-9);
  assert.equal(apdexOf({ buckets: {}, maxNs: 0 }, 500), null);
});

test("sampled requests are as sure as those that were seen", () => {
  const sampled = { ...facts(400, 20, 20), effective: 40 };
  const [seen, taken] = [scoreOf(sampled) ?? NaN, scoreOf(facts(400, 20, 20)) ?? NaN];
  assert.ok(seen > taken, `${seen} ${taken}: two failures of forty say less than twenty of four hundred`);
  assert.equal(scoreOf(facts(40, 2, 20)), seen);
  assert.equal(scoreOf({ ...facts(190, 0, 20), effective: REQUESTS_MIN - 1 }), null);
});
