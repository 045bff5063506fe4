import assert from "node:assert/strict";
import { test } from "node:test";
import { kpiChange, kpiQuantity } from "./kpiText.ts";

test("key numbers take a readable unit, unknown ones a dash", () => {
  assert.deepEqual(kpiQuantity({ value: 268.4, unit: "ms" }), { value: "268", unit: "ms" });
  assert.deepEqual(kpiQuantity({ value: 1840, unit: "ms" }), { value: "1.84", unit: "s" });
  assert.deepEqual(kpiQuantity({ value: 0.21, unit: "%" }), { value: "0.21", unit: "%" });
  assert.deepEqual(kpiQuantity({ value: 214e6, unit: "B" }), { value: "214", unit: "MB" });
  assert.deepEqual(kpiQuantity({ value: null, unit: "/s" }), { value: "–", unit: "" });
});

test("changes have an arrow, a size and a judgement only where one direction is better", () => {
  assert.deepEqual(kpiChange({ changeRatio: 0.21, better: "lower" }), { text: "▲ 21 %", tone: "bad" });
  assert.deepEqual(kpiChange({ changeRatio: -0.32, better: "lower" }), { text: "▼ 32 %", tone: "good" });
  assert.deepEqual(kpiChange({ changeRatio: 0.5, better: "neither" }), { text: "▲ 50 %", tone: "muted" });
  assert.deepEqual(kpiChange({ changeRatio: 0.02, better: "lower" }), { text: "▲ 2 %", tone: "muted" });
  assert.deepEqual(kpiChange({ changeRatio: 0.001, better: "lower" }), { text: "± 0 %", tone: "muted" });
  assert.deepEqual(kpiChange({ changeRatio: 11, better: "lower" }), { text: "▲ 12×", tone: "bad" });
  assert.equal(kpiChange({ changeRatio: null, better: "lower" }), null);
});
