import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { growthOf } from "./growth.ts";
import { partitionsToRead } from "./readStorage.ts";

const DAY_MS = 86_400_000;

describe("the tables of the storage report", () => {
  test("have a pace after a day, over at most seven, and say why before", () => {
    const nowMs = 100 * DAY_MS;
    const grown = (sinceMs: number | null, recentRows: number) =>
      growthOf({ bytesPerRow: 20, recentRows, sinceMs }, nowMs);
    assert.deepEqual(grown(nowMs - 2 * DAY_MS, 100), {
      bytesPerMonth: 30_000,
      windowDays: 2,
      whyUnknown: null,
    });
    assert.deepEqual(grown(nowMs - 60 * DAY_MS, 700), {
      bytesPerMonth: 60_000,
      windowDays: 7,
      whyUnknown: null,
    });
    assert.equal(grown(nowMs - 60 * DAY_MS, 0).bytesPerMonth, 0, "it stopped");
    const young = grown(nowMs - DAY_MS / 2, 100);
    assert.equal(young.bytesPerMonth, null);
    assert.match(young.whyUnknown ?? "", /12 h old/);
    assert.match(grown(null, 0).whyUnknown ?? "", /Nothing is stored/);
  });

  test("are read in the oldest partition and those of the last days only", () => {
    const fromMs = Date.UTC(2026, 10, 14, 12);
    const days = ["20261101", "20261121", "20261102", "20261114", "20261113"];
    assert.deepEqual(partitionsToRead(days, fromMs), ["20261101", "20261114", "20261121"]);
    assert.deepEqual(partitionsToRead(["202609", "202610", "202611"], fromMs), ["202609", "202611"]);
    assert.deepEqual(partitionsToRead(["20260901", "20260902"], fromMs), ["20260901", "20260902"]);
    assert.deepEqual(partitionsToRead(["all"], fromMs), ["all"]);
  });
});
