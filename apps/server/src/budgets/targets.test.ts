import assert from "node:assert/strict";
import { test } from "node:test";
import { pageMatches, VITAL_THRESHOLDS, vitalName } from "@throughline/contract";
import fc from "fast-check";
import { targetFor, type TargetBudget } from "./targets.ts";

let ids = 0;
const budget = (page: string, target: number, device = ""): TargetBudget => ({
  id: `b${++ids}`,
  page,
  device,
  metric: "LCP",
  target,
});
const targetOf = (budgets: readonly TargetBudget[], page: string, device = ""): number =>
  targetFor(budgets, { page, device, metric: "LCP" }).target;

test("without a budget the published thresholds hold", () => {
  for (const metric of vitalName.options)
    assert.deepEqual(targetFor([], { page: "/", device: "", metric }), {
      target: VITAL_THRESHOLDS[metric].good,
      budgetId: null,
    });
});

test("the most specific one holds: device, then the page itself, then the longest pattern", () => {
  const budgets = [
    budget("*", 1),
    budget("/products/*", 2),
    budget("/products/new*", 3),
    budget("/products/new", 4),
    budget("*", 5, "mobile"),
  ];
  for (const order of [budgets, budgets.toReversed()]) {
    assert.equal(targetOf(order, "/about"), 1);
    assert.equal(targetOf(order, "/products/:id"), 2);
    assert.equal(targetOf(order, "/products/newest"), 3);
    assert.equal(targetOf(order, "/products/new"), 4);
    assert.equal(targetOf(order, "/products/new", "mobile"), 5);
    assert.equal(targetOf(order, "/products/new", "desktop"), 4);
    assert.equal(targetOf(order, "/products/*"), 2, "a pattern that is asked for as it is");
    assert.equal(targetOf(order, ""), 1, "the whole site is judged by * only");
  }
});

test("a pattern holds for what its regular expression does", () => {
  const text = fc.string({ unit: fc.constantFrom("/", "a", "b", "*", ".", "\\"), maxLength: 12 });
  fc.assert(
    fc.property(text, text, (pattern, page) => {
      const expression = pattern.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&").replaceAll("\\*", ".*");
      assert.equal(pageMatches(pattern, page), new RegExp(`^${expression}$`, "s").test(page));
    }),
    { numRuns: 3000 },
  );
});

test("a hostile pattern takes no time", { timeout: 5000 }, () => {
  assert.equal(pageMatches("*a".repeat(250), "a".repeat(1000)), true);
  assert.equal(pageMatches(`${"*a".repeat(200)}b`, "a".repeat(1000)), false);
});
