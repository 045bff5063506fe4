import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Span } from "@throughline/contract";
import { countDescendants, minimapBars, placeOf, spanMatcher, visibleRows } from "./tree.ts";

function span(name: string, depth: number, more: Partial<Span> = {}): Span {
  return {
    spanId: name,
    parentSpanId: null,
    isOrphan: false,
    service: "api",
    name,
    kind: "internal",
    status: "unset",
    statusMessage: "",
    startOffsetMs: 0,
    durationMs: 10,
    selfMs: 10,
    depth,
    isCritical: false,
    attributes: {},
    resource: {},
    scope: "",
    events: [],
    links: [],
    ...more,
  };
}

const spans = [
  span("root", 0),
  span("a", 1),
  span("a1", 2, { status: "error" }),
  span("b", 1, { attributes: { "db.query.text": "SELECT Carts" } }),
  span("second root", 0),
];
const below = countDescendants(spans);
const names = (rows: ReturnType<typeof visibleRows>) => rows.map((row) => row.span.name);

describe("rows", () => {
  test("know how many spans are below them", () => {
    assert.deepEqual(below, [3, 1, 0, 0, 0]);
    assert.deepEqual(countDescendants([]), []);
  });

  test("fold away with what is below them", () => {
    assert.deepEqual(names(visibleRows(spans, below, new Set(["a"]))), ["root", "a", "b", "second root"]);
    assert.deepEqual(names(visibleRows(spans, below, new Set(["root"]))), ["root", "second root"]);
    assert.equal(visibleRows(spans, below, new Set(["a1"]))[2]?.isCollapsed, false, "nothing to fold");
  });

  test("that are looked for keep their ancestors", () => {
    const find = (text: string, isErrorsOnly = false) =>
      names(visibleRows(spans, below, new Set(), spanMatcher(text, isErrorsOnly)));
    assert.deepEqual(find("A1"), ["root", "a", "a1"]);
    assert.deepEqual(find("select carts"), ["root", "b"]);
    assert.deepEqual(find("", true), ["root", "a", "a1"]);
    assert.deepEqual(find("b", true), []);
    assert.equal(find("").length, spans.length);
  });
});

describe("bars", () => {
  test("lie in the window, cut at its ends, and not at all outside", () => {
    const at = (startOffsetMs: number, durationMs: number) =>
      placeOf({ startOffsetMs, durationMs }, { fromMs: 100, toMs: 200 });
    assert.deepEqual(at(125, 50), { left: 25, width: 50 });
    assert.deepEqual(at(50, 100), { left: 0, width: 50 });
    assert.deepEqual(at(150, 500), { left: 50, width: 50 });
    assert.deepEqual(at(150, 0), { left: 50, width: 0 });
    assert.equal(at(0, 99), null);
    assert.equal(at(201, 5), null);
    assert.equal(placeOf({ startOffsetMs: 0, durationMs: 0 }, { fromMs: 0, toMs: 0 }), null);
  });

  test("of the small picture join neighbours when there are many, and keep errors in sight", () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      span(`s${index}`, 1, { startOffsetMs: index, durationMs: 1, status: index === 17 ? "error" : "unset" }),
    );
    const bars = minimapBars(many, 1000, 100);
    assert.equal(bars.length, 100);
    assert.deepEqual({ ...bars[1], span: bars[1]?.span.name }, { left: 1, width: 1, top: 1, span: "s17" });
  });
});
