import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceCall } from "@throughline/contract";
import { layoutOf } from "./mapLayout.ts";

const call = (caller: string, callee: string): ServiceCall => ({
  caller,
  callee,
  kind: "service",
  calls: 1,
  callsPerSecond: 1,
  p95Ms: 1,
  errorRatio: 0,
});

test("callers stand left of whom they call, nobody on top of another one", () => {
  const { nodes, width, height } = layoutOf([call("web", "api"), call("api", "db"), call("web", "db")]);
  const xOf = (name: string) => nodes.find((node) => node.name === name)?.x ?? NaN;
  assert.ok(xOf("web") < xOf("api") && xOf("api") < xOf("db"));
  assert.equal(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size, 3);
  assert.ok(nodes.every(({ x, y }) => x >= 0 && y >= 0 && x < width && y < height));
});

test("circles end", () => {
  const { nodes } = layoutOf([call("a", "b"), call("b", "c"), call("c", "a"), call("d", "d")]);
  assert.deepEqual(nodes.map(({ name }) => name).toSorted(), ["a", "b", "c", "d"]);
  assert.deepEqual(layoutOf([]).nodes, []);
});
