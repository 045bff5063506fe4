import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPage, type LedgerRow } from "@throughline/contract";
import { ingestHistory } from "./ingestHistory.ts";

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 20, 12);

function row(minute: number, signal: string, received: number, refused = 0): LedgerRow {
  return {
    minuteMs: START_MS + minute * MINUTE_MS,
    projectId: "shop",
    keyId: "key",
    keyName: "key",
    signal,
    received,
    stored: received - refused,
    refused,
    refusedByReason: {},
    waiting: 0,
    difference: 0,
  };
}

describe("the history of ingest", () => {
  test("has a point a minute, also where nothing came, and one line a signal", () => {
    const rows = [row(2, "traces", 600), row(0, "traces", 120), row(0, "logs", 60), row(1, "metrics", 30)];
    const history = ingestHistory(rows, START_MS, START_MS + 3 * MINUTE_MS);
    systemPage.shape.history.parse(history);
    assert.deepEqual(history, {
      timesMs: [START_MS, START_MS + MINUTE_MS, START_MS + 2 * MINUTE_MS],
      spansPerSecond: [2, 0, 10],
      logsPerSecond: [1, 0, 0],
      pointsPerSecond: [0, 0.5, 0],
      refusedPerSecond: [0, 0, 0],
    });
  });

  test("adds up keys and projects, and tells what was refused apart from what was taken", () => {
    const rows = [
      row(0, "traces", 120, 60),
      { ...row(0, "traces", 60), keyId: "other" },
      { ...row(0, "traces", 60), projectId: "blog" },
      row(0, "logs", 30, 30),
    ];
    const { spansPerSecond, logsPerSecond, refusedPerSecond } = ingestHistory(
      rows,
      START_MS,
      START_MS + MINUTE_MS,
    );
    assert.deepEqual([spansPerSecond, logsPerSecond, refusedPerSecond], [[3], [0], [1.5]]);
  });

  test("divides by the seconds of the running minute that are over, at least one", () => {
    const at = (ms: number) => ingestHistory([row(1, "traces", 40)], START_MS, START_MS + MINUTE_MS + ms);
    assert.deepEqual(at(20_000).spansPerSecond, [0, 2]);
    assert.deepEqual(at(100).spansPerSecond, [0, 40]);
    assert.deepEqual(at(MINUTE_MS).spansPerSecond, [0, 40 / 60]);
  });

  test("starts at a full minute and leaves out what lies outside", () => {
    const rows = [row(-1, "traces", 60), row(0, "traces", 60), row(1, "traces", 60)];
    const history = ingestHistory(rows, START_MS + 30_000, START_MS + MINUTE_MS);
    assert.deepEqual(history.timesMs, [START_MS]);
    assert.deepEqual(history.spansPerSecond, [1]);
    assert.deepEqual(ingestHistory(rows, START_MS, START_MS).timesMs, []);
  });
});
