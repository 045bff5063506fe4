import assert from "node:assert/strict";
import { test } from "node:test";
import { createQueryStatistics } from "./queryStatistics.ts";

test("quantiles are within a bucket of the exact ones", () => {
  const statistics = createQueryStatistics();
  for (let i = 1; i <= 1000; i++) statistics.record("q", i, i % 100 === 0);
  const [q] = statistics.list();
  assert.ok(q !== undefined);
  assert.equal(q.count, 1000);
  assert.equal(q.errors, 10);
  assert.equal(q.maxMs, 1000);
  assert.ok(Math.abs(q.p50Ms / 500 - 1) < 0.1, String(q.p50Ms));
  assert.ok(Math.abs(q.p95Ms / 950 - 1) < 0.1, String(q.p95Ms));
});

test("the number of names is bounded; what is too much is counted together", () => {
  const statistics = createQueryStatistics();
  for (let i = 0; i < 2000; i++) statistics.record(`name ${i}`, 1, false);
  const list = statistics.list();
  assert.ok(list.length <= 501);
  assert.equal(list.find(({ name }) => name === "other")?.count, 1500);
});
