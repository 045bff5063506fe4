import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Span } from "@throughline/contract";
import { compareTraces } from "./match.ts";

let id = 0;
const span = (depth: number, name: string, durationMs: number, more: Partial<Span> = {}): Span => ({
  spanId: `s${++id}`,
  parentSpanId: null,
  isOrphan: false,
  service: "shop",
  name,
  kind: "internal",
  status: "unset",
  statusMessage: "",
  startOffsetMs: 0,
  durationMs,
  selfMs: durationMs / 2,
  depth,
  isCritical: false,
  attributes: {},
  resource: {},
  scope: "",
  events: [],
  links: [],
  ...more,
});

const told = (a: readonly Span[], b: readonly Span[]) =>
  compareTraces(a, b).map(({ depth, name, verdict, deltaMs }) => [depth, name, verdict, deltaMs]);

describe("two traces compared", () => {
  test("match by the path of names, and say what came, went and took longer", () => {
    const a = [span(0, "GET /", 100), span(1, "load", 40), span(2, "select", 30), span(1, "render", 20)];
    const b = [span(0, "GET /", 180), span(1, "load", 41), span(2, "select", 30.5), span(1, "send", 60)];
    assert.deepEqual(told(a, b), [
      [0, "GET /", "slower", 80],
      [1, "load", "same", 1],
      [2, "select", "same", 0.5],
      [1, "render", "removed", null],
      [1, "send", "added", null],
    ]);
  });

  test("the same work done more often is one row with both counts", () => {
    const a = [span(0, "GET /", 10), span(1, "select", 2)];
    const many = [2, 9, 3].map((ms) => span(1, "select", ms));
    const [, select] = compareTraces(a, [span(0, "GET /", 20), ...many]);
    assert.equal(select?.a?.count, 1);
    assert.equal(select?.b?.count, 3);
    assert.equal(select?.deltaMs, 12);
    assert.equal(select?.b?.spanId, many[1]?.spanId, "the longest one");
  });

  test("the same name below another parent or of another service is other work", () => {
    const a = [span(0, "GET /", 10), span(1, "x", 5), span(2, "get", 3)];
    const b = [span(0, "GET /", 10), span(1, "get", 3), span(1, "x", 5, { service: "other" })];
    assert.deepEqual(
      compareTraces(a, b)
        .filter(({ verdict }) => verdict !== "same")
        .map(({ name, service, verdict }) => `${service} ${name} ${verdict}`),
      ["shop x removed", "shop get removed", "shop get added", "other x added"],
    );
  });

  test("a trace and itself differ in nothing; nothing and a trace in everything", () => {
    const a = [span(0, "GET /", 10), span(1, "x", 5)];
    assert.ok(compareTraces(a, a).every(({ verdict }) => verdict === "same"));
    assert.ok(compareTraces([], a).every(({ verdict }) => verdict === "added"));
    assert.deepEqual(compareTraces([], []), []);
    assert.equal(compareTraces(a, [span(3, "lone", 1)]).length, 3, "a depth without its parents");
  });
});
