import assert from "node:assert/strict";
import { test } from "node:test";
import { spanWeight, WEIGHT_MAX } from "./spanWeight.ts";

/** The state lies between other bytes, as in a request. */
function weight(state: string, chance = 0): number {
  const bytes = Buffer.from(`,ot=th:fff,${state},ot=th:ffe;th:1`);
  return spanWeight(bytes, 11, Buffer.byteLength(state), chance);
}

/** Of many traces, their ids spread evenly. */
function mean(state: string): number {
  const traces = 10_000;
  let sum = 0;
  for (let i = 0; i < traces; i++) sum += weight(state, Math.round((i * 2 ** 32) / traces) | 0);
  return sum / traces;
}

test("a span stands for 2^56 / (2^56 - T)", () => {
  assert.equal(weight("ot=th:0"), 1);
  assert.equal(weight("ot=th:8"), 2);
  assert.equal(weight("ot=th:c"), 4);
  assert.equal(weight("ot=th:c0000000000000"), 4);
  assert.equal(weight("ot=th:ff"), 256);
  assert.equal(weight("ot=rv:0123456789abcd;th:e"), 8);
  assert.equal(weight("congo=ot=th:8, \tot=th:c \t,ot=th:8"), 4);
});

test("a fraction is right over many traces", () => {
  for (const [state, exact] of [
    ["ot=th:b333", 3.33331],
    ["ot=th:55555555555555", 1.5],
    ["ot=th:199a", 1.1111],
  ] as const) {
    assert.ok(Math.abs(mean(state) - exact) < 0.02, `${state}: ${mean(state)}`);
    for (let chance = 0; chance < 100; chance++)
      assert.ok([Math.floor(exact), Math.ceil(exact)].includes(weight(state, chance)));
  }
});

test("without a threshold, or with one that no sampler writes, a span is one", () => {
  for (const state of [
    "",
    "vendor=th:c",
    "ot=",
    "ot=rv:c",
    "ot=th:",
    "ot=th:C",
    "ot=th:0x4",
    "ot=th:-4",
    "ot=th:c.0",
    "ot=th:fffffffffffffff",
    "ot=th:z;th:e",
    "OT=th:c",
    " ot =th:c",
    "xot=th:c",
    "ot=xth:c",
    "ot=th:c 0",
    "\u0000ot=th:c",
    "ot=\u{1F600}",
  ])
    assert.equal(weight(state), 1, JSON.stringify(state));
});

test("nobody stands for more than ten thousand", () => {
  for (const state of ["ot=th:fffffffffffffe", "ot=th:ffffffffffffff", "ot=th:ffffff"])
    assert.equal(weight(state), WEIGHT_MAX, state);
});
