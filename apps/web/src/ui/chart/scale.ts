/** Axes: which values and times deserve a line, and where they are in percent of the plot. */
import { formatClock, formatDay } from "../format.ts";

export interface Tick {
  readonly percent: number;
  readonly label: string;
}

export interface ValueScale {
  /** The top of the plot; the bottom is zero. */
  readonly max: number;
  readonly ticks: readonly number[];
}

/** Up to five lines at round values; the top line is at or above the largest value. */
export function valueScale(largest: number): ValueScale {
  if (!(largest > 0)) return { max: 1, ticks: [0, 1] };
  const rough = largest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) ?? rough;
  const count = Math.ceil(largest / step - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6)));
  return { max: count * step, ticks };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const TICK_STEPS_MS = [
  MINUTE_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  3 * HOUR_MS,
  4 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  5 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
  30 * DAY_MS,
  60 * DAY_MS,
];
const TICKS_MAX = 7;

/** Round times in the reader's zone, at most seven. A midnight shows its date instead of 00:00. */
export function timeTicks(fromMs: number, toMs: number, zone: "utc" | "local"): Tick[] {
  const lengthMs = toMs - fromMs;
  const stepMs = TICK_STEPS_MS.find((step) => lengthMs / step <= TICKS_MAX) ?? lengthMs;
  const offsetMs = zone === "utc" ? 0 : -new Date(toMs).getTimezoneOffset() * MINUTE_MS;
  const ticks: Tick[] = [];
  for (let time = Math.ceil((fromMs + offsetMs) / stepMs) * stepMs - offsetMs; time <= toMs; time += stepMs) {
    const isMidnight = (time + offsetMs) % DAY_MS === 0;
    ticks.push({
      percent: ((time - fromMs) / lengthMs) * 100,
      label: isMidnight ? formatDay(time, zone) : formatClock(time, zone),
    });
  }
  return ticks;
}
