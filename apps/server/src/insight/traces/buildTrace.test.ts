import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildTrace, type StoredSpan } from "./buildTrace.ts";

const ROOT = "0".repeat(16);
const id = (number: number): string => number.toString(16).padStart(16, "0");

/** Milliseconds from `start` to `end`; `parent` 0 is a root. */
function span(
  number: number,
  parent: number,
  start: number,
  end: number,
  more: Partial<StoredSpan> = {},
): StoredSpan {
  return {
    spanId: id(number),
    parentSpanId: parent === 0 ? ROOT : id(parent),
    service: "api",
    name: `s${number}`,
    kind: "internal",
    status: "unset",
    statusMessage: "",
    startUs: 1_000_000 + start * 1000,
    durationUs: (end - start) * 1000,
    scope: "",
    attributes: {},
    resource: {},
    events: [],
    links: [],
    ...more,
  };
}

const shape = (stored: readonly StoredSpan[], spansMax = 5000) =>
  buildTrace(stored, spansMax).spans.map(({ name, depth }) => `${">".repeat(depth)}${name}`);
const critical = (stored: readonly StoredSpan[]) =>
  buildTrace(stored, 5000)
    .spans.filter(({ isCritical }) => isCritical)
    .map(({ name }) => name);

describe("a trace", () => {
  test("is a tree, depth first, siblings by their start, whatever order the spans are stored in", () => {
    const spans = [span(4, 2, 12, 20), span(3, 1, 50, 90), span(1, 0, 0, 100), span(2, 1, 10, 40)];
    assert.deepEqual(shape(spans), ["s1", ">s2", ">>s4", ">s3"]);
  });

  test("starts with its first span, even when a clock is behind, and ends with its last", () => {
    const built = buildTrace([span(1, 0, 0, 100), span(2, 1, -5, 10), span(3, 1, 90, 130)], 5000);
    assert.equal(built.startMs, 995);
    assert.equal(built.durationMs, 135);
    assert.deepEqual(
      built.spans.map(({ name, startOffsetMs }) => [name, startOffsetMs]),
      [
        ["s1", 5],
        ["s2", 0],
        ["s3", 95],
      ],
    );
  });

  test("knows the time of each span that no child covers, overlaps counted once", () => {
    const built = buildTrace(
      [
        span(1, 0, 0, 100, { service: "web" }),
        span(2, 1, 10, 50),
        span(3, 1, 30, 60),
        span(4, 1, 90, 150, { service: "late" }),
      ],
      5000,
    );
    assert.deepEqual(
      built.spans.map(({ name, selfMs }) => [name, selfMs]),
      [
        ["s1", 40],
        ["s2", 40],
        ["s3", 30],
        ["s4", 60],
      ],
    );
    assert.deepEqual(built.services, [
      { service: "api", spans: 2, selfMs: 70 },
      { service: "late", spans: 1, selfMs: 60 },
      { service: "web", spans: 1, selfMs: 40 },
    ]);
  });

  test("without its root hangs on the earliest orphan and says so", () => {
    const built = buildTrace([span(2, 1, 10, 40), span(3, 2, 20, 30), span(4, 9, 25, 60)], 5000);
    assert.equal(built.isRootMissing, true);
    assert.equal(built.rootName, "s2");
    assert.deepEqual(
      built.spans.map(({ name, isOrphan, depth }) => [name, isOrphan, depth]),
      [
        ["s2", true, 0],
        ["s3", false, 1],
        ["s4", true, 0],
      ],
    );
  });

  test("survives spans that are their own ancestors and spans stored twice", () => {
    assert.deepEqual(shape([span(1, 2, 0, 10), span(2, 3, 1, 9), span(3, 1, 2, 8)]), ["s1", ">s3", ">>s2"]);
    assert.deepEqual(shape([span(1, 1, 0, 10)]), ["s1"]);
    assert.deepEqual(shape([span(1, 0, 0, 10), span(5, 6, 1, 9), span(6, 5, 2, 8), span(7, 6, 3, 4)]), [
      "s1",
      "s5",
      ">s6",
      ">>s7",
    ]);
    assert.equal(shape([span(1, 0, 0, 10), span(2, 1, 1, 2), span(2, 1, 1, 2)]).length, 3);
  });

  test("of 100 000 spans in one chain, or below one span, shows what it may and counts the rest", () => {
    const chain = Array.from({ length: 100_000 }, (_, index) =>
      span(index + 1, index, index, 200_000 - index),
    );
    const built = buildTrace(chain, 5000);
    assert.equal(built.spans.length, 5000);
    assert.equal(built.hiddenSpans, 95_000);
    assert.equal(built.spans.at(-1)?.depth, 4999);
    const flat = Array.from({ length: 100_000 }, (_, index) =>
      span(index + 1, index === 0 ? 0 : 1, index, index + 1),
    );
    assert.equal(buildTrace(flat, 5000).hiddenSpans, 95_000);
    const orphans = Array.from({ length: 100_000 }, (_, index) => span(index + 1, 999_999, index, index + 1));
    assert.equal(buildTrace(orphans, 5000).isRootMissing, true);
  });

  test("that is too large keeps failed spans and the critical path, each with its ancestors", () => {
    const spans = [
      span(1, 0, 0, 1000),
      ...Array.from({ length: 50 }, (_, index) => span(100 + index, 1, 0, 1)),
      span(2, 1, 500, 1000),
      span(3, 100, 0.2, 0.4, { status: "error" }),
    ];
    assert.deepEqual(shape(spans, 4), ["s1", ">s100", ">>s3", ">s2"]);
    const built = buildTrace(spans, 4);
    assert.equal(built.hiddenSpans, 49);
    assert.equal(built.errorCount, 1);
  });

  test("of nothing is empty", () => {
    const built = buildTrace([], 5000);
    assert.deepEqual(built.spans, []);
    assert.equal(built.durationMs, 0);
    assert.equal(built.startMs, 0);
  });
});

describe("the critical path", () => {
  test("follows what was waited for, from the end backwards", () => {
    // s2 and s3 run at once; the slower one decided. s4 came before both.
    assert.deepEqual(
      critical([
        span(1, 0, 0, 100),
        span(4, 1, 0, 20),
        span(2, 1, 25, 60),
        span(3, 1, 25, 95),
        span(5, 3, 30, 90),
      ]),
      ["s1", "s4", "s3", "s5"],
    );
  });

  test("leaves out what went on after its parent: nobody waited for it", () => {
    assert.deepEqual(critical([span(1, 0, 0, 100), span(2, 1, 50, 300), span(3, 1, 10, 40)]), ["s1", "s3"]);
  });
});
