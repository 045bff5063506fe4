/**
 * When did it change, and did it really? The moment is the one that was asked for, else the change point with the
 * greatest effect of those that `findChangePoints` proves in the series. The two sides are then compared as wholes: it
 * changed when both have enough observations, their 95 % intervals do not overlap, and the change is one that matters.
 * Vitals over two weeks and more are judged by days at one mix of visitors instead (`days.ts`).
 */
import type { ChangesPage } from "@throughline/contract";
import {
  counterAtSize,
  countUpTo,
  findChangePoints,
  MINIMUM_EFFECT,
  VIEWS_MIN,
} from "../statistics/index.ts";
import { type Cell, type Level, levelOf, scaleOf } from "./cells.ts";
import { dailyPoints, type DayStratum, verdictOfDays } from "./days.ts";
import type { Question } from "./question.ts";

/** Fewer points show no level, more cost time that grows with their cube. */
const POINTS_MIN = 8;
const POINTS_MAX = 60;
/** A point of fewer observations is mostly luck. */
const POINT_N_MIN = 20;
const RELATIVE_EFFECT_MIN = 0.05;
const DAY_MS = 86_400_000;
/** Percentage points of failed requests, milliseconds of p95. */
const ERRORS_EFFECT_MIN = 0.5;
const P95_EFFECT_MIN = 5;

export interface Moments {
  readonly moment: ChangesPage["moment"];
  readonly otherMomentsMs: readonly number[];
  readonly reason: string | null;
}

/** @param days of weeks of a vital, which are judged by days at one mix of visitors; else null */
export function momentsIn(
  question: Question,
  cells: readonly Cell[],
  days: readonly DayStratum[] | null,
  askedMs: number | null,
): Moments {
  const { points, widthMs, reason } =
    days === null ? pointsOfCourse(question, cells) : { ...dailyPoints(question, days), widthMs: DAY_MS };
  const found = points.map(({ startMs, before, after }) => ({
    startMs: refine(question, cells, { startMs, widthMs, before, after }),
    size: Math.abs(after - before),
  }));
  const compare = (atMs: number, isAsked: boolean) => momentOf({ question, cells, days, atMs, isAsked });
  if (askedMs !== null)
    return {
      moment: compare(askedMs, true),
      otherMomentsMs: found.map(({ startMs }) => startMs),
      reason: null,
    };
  const greatest = found.toSorted((a, b) => b.size - a.size)[0];
  if (greatest === undefined)
    return {
      moment: null,
      otherMomentsMs: [],
      reason: reason ?? "No change point is proved in this range: what goes up and down here may be chance.",
    };
  return {
    moment: compare(greatest.startMs, false),
    otherMomentsMs: found.map(({ startMs }) => startMs).filter((ms) => ms !== greatest.startMs),
    reason: null,
  };
}

interface Point {
  readonly startMs: number;
  readonly value: number;
}

/** Change points of the metric as it was measured. */
function pointsOfCourse(question: Question, cells: readonly Cell[]) {
  const { points, widthMs, reason } = pointsOf(question, cells);
  const found = findChangePoints(
    points.map(({ value }) => value),
    { relativeEffectMin: RELATIVE_EFFECT_MIN },
  ).flatMap(({ index, before, after }) => {
    const startMs = points[index]?.startMs;
    return startMs === undefined ? [] : [{ startMs, before, after }];
  });
  return { points: found, widthMs, reason };
}

/** At most sixty points of equal width, those with too few observations left out. */
function pointsOf(
  question: Question,
  cells: readonly Cell[],
): { readonly points: readonly Point[]; readonly widthMs: number; readonly reason: string | null } {
  const { range, stepMs, timesMs } = question.grid;
  const observations = levelOf(question, cells).effective;
  // Wide enough that most points have what one takes, also where traffic goes up and down.
  const count = Math.max(POINTS_MIN, Math.min(POINTS_MAX, Math.floor(observations / (2 * POINT_N_MIN))));
  const widthMs = Math.ceil(timesMs.length / count) * stepMs;
  const groups = Map.groupBy(cells, ({ timeMs }) => Math.floor((timeMs - range.fromMs) / widthMs));
  const points = [...groups]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([slot, of]): Point[] => {
      const { effective, value } = levelOf(question, of);
      return value === null || effective < POINT_N_MIN
        ? []
        : [{ startMs: range.fromMs + slot * widthMs, value }];
    });
  if (points.length >= POINTS_MIN) return { points, widthMs, reason: null };
  const what = question.isVital ? "page views" : "requests";
  return {
    points: [],
    widthMs,
    reason: `Not enough data for change points: ${points.length} of the ${POINTS_MIN} stretches of time that it takes have ${POINT_N_MIN} ${what} or more. Choose a longer range.`,
  };
}

interface Rough {
  readonly startMs: number;
  readonly widthMs: number;
  /** Levels of its neighbours, in the question's unit. */
  readonly before: number;
  readonly after: number;
}

/**
 * The cell at which the change most likely began, within one point of where it was found: the split with the greatest
 * likelihood for the share of observations above the middle of both levels (of failed ones for error rates).
 */
function refine(
  question: Question,
  cells: readonly Cell[],
  { startMs, widthMs, before, after }: Rough,
): number {
  const middle = ((before + after) / 2) * scaleOf(question);
  const near = cells
    .filter(({ timeMs }) => timeMs >= startMs - 2 * widthMs && timeMs < startMs + 2 * widthMs)
    .map(({ timeMs, n, stored, failed, histogram }) => {
      const k = question.metric === "errors" ? failed : n - Math.min(n, countUpTo(histogram, middle));
      return { timeMs, ...counterAtSize({ n, k }, Math.min(n, stored)) };
    });
  let best = { timeMs: startMs, likelihood: -Infinity };
  for (const { timeMs } of near) {
    if (Math.abs(timeMs - startMs) > widthMs) continue;
    const likelihood =
      logLikelihood(near.filter((cell) => cell.timeMs < timeMs)) +
      logLikelihood(near.filter((cell) => cell.timeMs >= timeMs));
    if (likelihood > best.likelihood) best = { timeMs, likelihood };
  }
  return best.timeMs;
}

/** Of a binomial share at its best value. */
function logLikelihood(cells: readonly { readonly n: number; readonly k: number }[]): number {
  const n = cells.reduce((sum, cell) => sum + cell.n, 0);
  const k = cells.reduce((sum, cell) => sum + cell.k, 0);
  if (n === 0 || k <= 0 || k >= n) return 0;
  return k * Math.log(k / n) + (n - k) * Math.log(1 - k / n);
}

export function sidesOf(cells: readonly Cell[], atMs: number): { before: Cell[]; after: Cell[] } {
  return {
    before: cells.filter(({ timeMs }) => timeMs < atMs),
    after: cells.filter(({ timeMs }) => timeMs >= atMs),
  };
}

function momentOf({
  question,
  cells,
  days,
  atMs,
  isAsked,
}: {
  readonly question: Question;
  readonly cells: readonly Cell[];
  readonly days: readonly DayStratum[] | null;
  readonly atMs: number;
  readonly isAsked: boolean;
}): NonNullable<ChangesPage["moment"]> {
  const sides = sidesOf(cells, atMs);
  const [before, after] = [levelOf(question, sides.before), levelOf(question, sides.after)];
  return {
    atMs,
    isAsked,
    before: before.value,
    after: after.value,
    beforeInterval: intervalOf(before),
    afterInterval: intervalOf(after),
    nBefore: before.n,
    nAfter: after.n,
    changeRatio:
      before.value === null || after.value === null || before.value === 0
        ? null
        : after.value / before.value - 1,
    ...(days === null
      ? { ...verdictOf(question, before, after), afterAtSameMix: null }
      : verdictOfDays(question, days, atMs)),
  };
}

function intervalOf({ low, high }: Level): { low: number; high: number } | null {
  return low === null || high === null ? null : { low, high };
}

type Verdict = Pick<NonNullable<ChangesPage["moment"]>, "verdict" | "reason">;

function verdictOf(question: Question, before: Level, after: Level): Verdict {
  const what = question.isVital ? "page views" : "requests";
  const least = Math.min(before.effective, after.effective);
  const [ownBefore, ownAfter] = [intervalOf(before), intervalOf(after)];
  if (
    least < VIEWS_MIN ||
    ownBefore === null ||
    ownAfter === null ||
    before.value === null ||
    after.value === null
  )
    return {
      verdict: "not-enough-data",
      reason: `${VIEWS_MIN} ${what} on each side are needed to tell a change from chance; there are ${told(before)} before and ${told(after)} after.`,
    };
  const size = Math.abs(after.value - before.value);
  const isApart = ownAfter.low > ownBefore.high || ownAfter.high < ownBefore.low;
  if (!isApart)
    return {
      verdict: "no-change",
      reason: "The 95 % intervals of before and after overlap: this may be chance.",
    };
  if (size < Math.max(leastEffect(question), RELATIVE_EFFECT_MIN * before.value))
    return { verdict: "no-change", reason: "The difference is proved and too small for anybody to notice." };
  return {
    verdict: after.value > before.value ? "worse" : "better",
    reason: "The 95 % intervals of before and after do not overlap.",
  };
}

/** What was seen, where it is less than what it stands for. */
function told({ n, effective }: Level): string {
  const seen = Math.floor(effective + 1e-6);
  return seen >= n ? String(n) : `${seen} seen for ${n}`;
}

function leastEffect({ metric }: Question): number {
  if (metric === "errors") return ERRORS_EFFECT_MIN;
  return metric === "p95" ? P95_EFFECT_MIN : MINIMUM_EFFECT[metric];
}
