import assert from "node:assert/strict";
import { test } from "node:test";
import { timeAxis } from "./timeAxis.ts";

const moment = (ms: number) => ({ fromMs: ms, toMs: ms });

test("without a silence the axis is even and begins at the page view's start", () => {
  const axis = timeAxis([{ fromMs: 0, toMs: 500 }, moment(1000)]);
  assert.equal(axis.place(0), 0);
  assert.ok(Math.abs(axis.place(500) - axis.place(1000) / 2) < 1e-9);
  assert.deepEqual(axis.gaps, []);
});

test("a silence is folded, and its length is said", () => {
  const axis = timeAxis([
    { fromMs: 0, toMs: 1000 },
    { fromMs: 61_000, toMs: 62_000 },
  ]);
  assert.equal(axis.gaps.length, 1);
  assert.ok(Math.abs((axis.gaps[0]?.durationMs ?? 0) - 59_950) < 1);
  const [before, after] = [axis.place(1000), axis.place(61_000)];
  assert.ok(after - before < 10, `${before} to ${after}`);
  // Both seconds have about the same room.
  assert.ok(before > 40 && axis.place(62_000) - after > 35);
});

test("later is never further left, whatever happened when", () => {
  const axis = timeAxis([
    moment(0),
    moment(10),
    { fromMs: 9000, toMs: 9500 },
    moment(400_000),
    moment(400_010),
  ]);
  let last = -1;
  for (let ms = 0; ms <= 401_000; ms += 37) {
    const place = axis.place(ms);
    assert.ok(place >= last && place <= 100, `${ms}: ${place} after ${last}`);
    last = place;
  }
  for (const { at } of [...axis.ticks, ...axis.gaps]) assert.ok(at >= 0 && at <= 100);
});

test("a page view in which nothing happened has an axis, too", () => {
  assert.equal(timeAxis([]).place(0), 0);
  assert.equal(timeAxis([moment(0)]).place(1000), 100);
});
