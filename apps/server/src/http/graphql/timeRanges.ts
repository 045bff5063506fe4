/** Time ranges of the schema as those of the REST API. */
import { type RangeQuery, RangeError400 } from "@throughline/contract";

export const TIME_RANGES = {
  LAST_HOUR: "1h",
  LAST_6_HOURS: "6h",
  LAST_24_HOURS: "24h",
  LAST_7_DAYS: "7d",
  LAST_30_DAYS: "30d",
  CUSTOM: "custom",
} as const;
export type TimeRangeName = keyof typeof TIME_RANGES;

export interface TimeRangeArguments {
  readonly timeRange: TimeRangeName;
  readonly custom?: { readonly start: Date; readonly end: Date } | null;
}

/** @throws {RangeError400} */
export function rangeOf({ timeRange, custom }: TimeRangeArguments): RangeQuery {
  const range = TIME_RANGES[timeRange];
  if (range !== "custom") {
    if (custom) throw new RangeError400("The argument 'custom' goes with timeRange CUSTOM only.");
    return { range };
  }
  if (!custom) throw new RangeError400("timeRange CUSTOM needs the argument 'custom' with start and end.");
  return { range, from: custom.start.toISOString(), to: custom.end.toISOString() };
}

const INTERVALS_SECONDS: Readonly<Record<string, number>> = {
  "1m": 60,
  "5m": 300,
  "15m": 900,
  "30m": 1800,
  "1h": 3600,
  "4h": 4 * 3600,
  "1d": 86_400,
};

/** @throws {RangeError400} */
export function intervalSeconds(interval: string): number {
  const seconds = INTERVALS_SECONDS[interval];
  if (seconds === undefined)
    throw new RangeError400(`'interval' is one of ${Object.keys(INTERVALS_SECONDS).join(", ")}.`);
  return seconds;
}
