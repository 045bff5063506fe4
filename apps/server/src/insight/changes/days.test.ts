/** Days at one mix of visitors: whoever comes, an unchanged page is never blamed, and nothing is said of few page views. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveRange } from "@throughline/contract";
import { seededRandom } from "../../../../../test/durability/server.ts";
import { timeGrid } from "../timeGrid.ts";
import { dailyPoints, type DayStratum, verdictOfDays } from "./days.ts";
import { questionOf } from "./question.ts";

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2026, 3, 1);
const DAYS = 28;
const CHANGE_DAY = 14;
const CHANGE_MS = FIRST_MS + CHANGE_DAY * DAY_MS;
const range = resolveRange(
  { from: String(FIRST_MS), to: String(FIRST_MS + DAYS * DAY_MS) },
  FIRST_MS + DAYS * DAY_MS,
);
const question = questionOf("LCP", {}, timeGrid(range, FIRST_MS + DAYS * DAY_MS));

interface Visitors {
  readonly viewsADay: number;
  /** Share of phones on a day, 0 to 1. */
  readonly phones: (day: number) => number;
  /** How much slower the page is on a day. */
  readonly factor?: (day: number) => number;
}

/** Log-normal loads: desktops around 1.5 s, phones around 4 s. */
function daysOf({ viewsADay, phones, factor = () => 1 }: Visitors, seed: number): DayStratum[] {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: DAYS }, (_, day) => {
    const counts: Record<"mobile" | "desktop", Record<string, number>> = { mobile: {}, desktop: {} };
    for (let view = 0; view < viewsADay; view++) {
      const device = random() < phones(day) ? "mobile" : "desktop";
      const ms = (device === "mobile" ? 4000 : 1500) * factor(day) * Math.exp(0.4 * normal());
      const bucket = String(Math.floor(8 * Math.log2(ms * 1e6)));
      counts[device][bucket] = (counts[device][bucket] ?? 0) + 1;
    }
    return Object.entries(counts).map(([stratum, own]) => ({
      dayMs: FIRST_MS + day * DAY_MS,
      stratum,
      histogram: { counts: own, max: 1e300 },
    }));
  }).flat();
}

describe("days at one mix of visitors", () => {
  test("an unchanged page is not blamed for who came, whatever the mix does", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(1000 + seed);
      const [before, after] = [0.1 + 0.8 * random(), 0.1 + 0.8 * random()];
      const weekend = 0.3 * random();
      const phones = (day: number) =>
        Math.min(0.95, (day < CHANGE_DAY ? before : after) + (day % 7 > 4 ? weekend : 0));
      const days = daysOf({ viewsADay: 1000, phones }, seed);
      const { verdict } = verdictOfDays(question, days, CHANGE_MS);
      assert.ok(verdict === "no-change" || verdict === "not-enough-data", `seed ${seed}: ${verdict}`);
      assert.deepEqual(dailyPoints(question, days).points, [], `seed ${seed}`);
    }
  });

  test("a slower page is found to the day while its visitors change the other way", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const days = daysOf(
        {
          viewsADay: 1000,
          phones: (day) => (day < CHANGE_DAY ? 0.7 : 0.3) + (day % 7 > 4 ? 0.2 : 0),
          factor: (day) => (day < CHANGE_DAY ? 1 : 1.3),
        },
        seed,
      );
      const { points, reason } = dailyPoints(question, days);
      assert.deepEqual(
        points.map(({ startMs }) => (startMs - FIRST_MS) / DAY_MS),
        [CHANGE_DAY],
        `seed ${seed}: ${reason}`,
      );
      const { verdict, afterAtSameMix } = verdictOfDays(question, days, CHANGE_MS);
      assert.equal(verdict, "worse", `seed ${seed}`);
      assert.ok((afterAtSameMix ?? 0) > 4000, `seed ${seed}: ${afterAtSameMix}`);
    }
  });

  test("says that the visitors moved the number, where it would have blamed the page", () => {
    const days = daysOf({ viewsADay: 1000, phones: (day) => (day < CHANGE_DAY ? 0.1 : 0.8) }, 3);
    const { points, reason } = dailyPoints(question, days);
    assert.deepEqual(points, []);
    assert.match(reason ?? "", /because its visitors did/);
  });

  test("no verdict under 200 page views on a side, and no change point under eight days", () => {
    for (const viewsADay of [1, 5, 14]) {
      const days = daysOf(
        { viewsADay, phones: () => 0.5, factor: (day) => (day < CHANGE_DAY ? 1 : 5) },
        viewsADay,
      );
      const { verdict, reason } = verdictOfDays(question, days, CHANGE_MS);
      assert.equal(verdict, "not-enough-data");
      assert.match(reason, /200 page views on whole days of each side/);
      assert.match(dailyPoints(question, days).reason ?? "", /0 of the 8 whole days/);
    }
  });

  test("the day that the moment is in belongs to neither side", () => {
    const days = daysOf(
      { viewsADay: 400, phones: () => 0.5, factor: (day) => (day === CHANGE_DAY ? 50 : 1) },
      9,
    );
    assert.equal(verdictOfDays(question, days, CHANGE_MS + DAY_MS / 2).verdict, "no-change");
  });
});
