import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Span } from "@throughline/contract";
import { flameOf } from "./flame.ts";

let id = 0;
const span = (depth: number, name: string, durationMs: number, selfMs: number): Span => ({
  spanId: `s${++id}`,
  parentSpanId: null,
  isOrphan: false,
  service: "shop",
  name,
  kind: "internal",
  status: name === "bad" ? "error" : "unset",
  statusMessage: "",
  startOffsetMs: 0,
  durationMs,
  selfMs,
  depth,
  isCritical: false,
  attributes: {},
  resource: {},
  scope: "",
  events: [],
  links: [],
});

describe("the flame view", () => {
  test("puts the same work together, widest first, with widths that add up", () => {
    const spans = [
      span(0, "GET /", 100, 20),
      span(1, "render", 10, 10),
      span(1, "select", 30, 30),
      span(1, "select", 40, 40),
      span(2, "bad", 0, 0),
    ];
    const boxes = flameOf(spans);
    assert.deepEqual(
      boxes.map(({ name, depth, count, durationMs, errors }) => [name, depth, count, durationMs, errors]),
      [
        ["GET /", 0, 1, 100, 0],
        ["select", 1, 2, 70, 0],
        ["bad", 2, 1, 0, 1],
        ["render", 1, 1, 10, 0],
      ],
    );
    assert.deepEqual(
      boxes.map(({ left, width }) => [left, width]),
      [
        [0, 1],
        [0, 0.7],
        [0, 0],
        [0.7, 0.1],
      ],
    );
    assert.equal(boxes[1]?.spanId, spans[3]?.spanId, "the longest one");
  });

  test("of nothing, and of spans that took no time, has no width that is no number", () => {
    assert.deepEqual(flameOf([]), []);
    assert.deepEqual(
      flameOf([span(0, "a", 0, 0), span(4, "b", 0, 0)]).map(({ width }) => width),
      [0, 0],
    );
  });
});
