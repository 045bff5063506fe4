import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytesOf,
  durationOf,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatMoment,
  formatNumber,
  formatShare,
  formatShortCount,
  joined,
  metricQuantity,
} from "./format.ts";

const plain = (text: string): string => text.replaceAll("\u202f", " ");

test("numbers keep three digits that matter and group thousands", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [0.004, "<0.01"],
    [0.0212, "0.02"],
    [4.2, "4.2"],
    [18.44, "18.4"],
    [96.04, "96"],
    [268.4, "268"],
    [1204, "1 204"],
    [1_234_567, "1 234 567"],
    [-18.44, "−18.4"],
  ];
  for (const [value, text] of cases) assert.equal(plain(formatNumber(value)), text);
});

test("counts are whole, short counts have a letter", () => {
  assert.equal(plain(formatCount(12_345.4)), "12 345");
  assert.equal(plain(formatShortCount(9_999)), "9 999");
  assert.equal(plain(formatShortCount(116_640)), "117 k");
  assert.equal(plain(formatShortCount(1_940_000)), "1.94 M");
  assert.equal(plain(formatShortCount(2_500_000_000)), "2.5 G");
});

test("durations take the unit that suits them", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [0.042, "42 µs"],
    [0.42, "0.42 ms"],
    [268.4, "268 ms"],
    [1204, "1.2 s"],
    [119_000, "119 s"],
    [270_000, "4.5 min"],
    [7_200_000, "2 h"],
  ];
  for (const [durationMs, text] of cases) assert.equal(formatDuration(durationMs), text);
  assert.deepEqual(durationOf(1500), { value: "1.5", unit: "s" });
});

test("bytes go by powers of 1000", () => {
  assert.equal(formatBytes(999), "999 B");
  assert.equal(formatBytes(20_600), "20.6 kB");
  assert.deepEqual(bytesOf(3.2e15), { value: plain("3 200").replace(" ", "\u202f"), unit: "TB" });
});

test("shares are percentages, unknown ones a dash", () => {
  assert.equal(formatShare(0.0021), "0.21");
  assert.equal(formatShare(null), "–");
});

test("ages grow coarser", () => {
  const cases: [number, string][] = [
    [-5000, "now"],
    [4000, "now"],
    [12_000, "12 s ago"],
    [99_000, "99 s ago"],
    [180_000, "3 min ago"],
    [5 * 3_600_000, "5 h ago"],
    [9 * 86_400_000, "9 d ago"],
  ];
  for (const [ageMs, text] of cases) assert.equal(formatAge(ageMs), text);
});

test("moments name day and time", () => {
  const timeMs = Date.UTC(2026, 10, 21, 4, 7, 9, 45);
  assert.equal(formatMoment(timeMs, "utc"), "21 Nov 04:07:09");
  assert.equal(formatMoment(timeMs, "utc", "minute"), "21 Nov 04:07");
  assert.equal(formatMoment(timeMs, "utc", "millisecond"), "21 Nov 04:07:09.045");
});

test("metrics read in their own units", () => {
  const cases: [number, string, string][] = [
    [214_000_000, "By", "214 MB"],
    [0.0123, "s", "12.3 ms"],
    [3, "{request}", "3 request"],
    [0.5, "1", "0.5"],
  ];
  for (const [value, unit, text] of cases) assert.equal(joined(metricQuantity(value, unit)), text);
});
