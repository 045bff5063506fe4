import { z } from "zod";

export const RANGE_KEYS = ["1h", "6h", "24h", "7d", "30d", "custom"] as const;
export const rangeKey = z.enum(RANGE_KEYS);
export type RangeKey = z.infer<typeof rangeKey>;

/** Query parameters of every page and read: `range=24h`, or `from=…&to=…` (ISO 8601 or milliseconds) for custom. */
export const rangeQuery = z.object({
  range: rangeKey.optional(),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
});
export type RangeQuery = z.infer<typeof rangeQuery>;

/** A range made concrete. `toMs` is exclusive; both ends lie on a step so that charts have whole points only. */
export const timeRange = z.object({
  key: rangeKey,
  fromMs: z.number(),
  toMs: z.number(),
  stepSeconds: z.number(),
});
export type TimeRange = z.infer<typeof timeRange>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LENGTH_MS: Record<Exclude<RangeKey, "custom">, number> = {
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": DAY_MS,
  "7d": 7 * DAY_MS,
  "30d": 30 * DAY_MS,
};

/** Steps a chart may use: every one is a whole multiple of a rollup's (1 m, 5 m, 1 h, 1 d); at most 300 points. */
const STEPS_SECONDS = [60, 300, 900, 1800, 3600, 4 * 3600, 86_400] as const;
const MAX_POINTS = 300;

/** Every time type of the stores holds these, and the window before a range as well. */
const INSTANT_MS_MIN = Date.UTC(2000, 0, 1);
const INSTANT_MS_MAX = Date.UTC(2100, 0, 1);

/** Thrown for a custom range that can't be read; the message is meant for the person. */
export class RangeError400 extends Error {}

/**
 * Turns the query into a concrete range.
 * @param nowMs end of the relative ranges
 * @throws RangeError400 when `from`/`to` are unreadable, reversed, outside of 2000 to 2100, or longer than 400 days
 */
export function resolveRange(query: RangeQuery, nowMs: number): TimeRange {
  const isCustom = query.range === "custom" || (!query.range && (query.from || query.to));
  let fromMs: number;
  let toMs: number;
  let key: RangeKey;
  if (isCustom) {
    key = "custom";
    toMs = query.to ? parseInstant(query.to, "to") : nowMs;
    fromMs = query.from ? parseInstant(query.from, "from") : toMs - HOUR_MS;
    if (fromMs >= toMs)
      throw new RangeError400("The range ends before it starts: 'from' must be earlier than 'to'.");
    if (toMs - fromMs > 400 * DAY_MS)
      throw new RangeError400("The range is longer than 400 days; choose a shorter one.");
  } else {
    key = query.range ?? "1h";
    toMs = nowMs;
    fromMs = nowMs - LENGTH_MS[key as Exclude<RangeKey, "custom">];
  }
  const stepSeconds = STEPS_SECONDS.find((s) => (toMs - fromMs) / 1000 / s <= MAX_POINTS) ?? 86_400;
  const stepMs = stepSeconds * 1000;
  return {
    key,
    fromMs: Math.floor(fromMs / stepMs) * stepMs,
    toMs: Math.ceil((toMs + 1) / stepMs) * stepMs,
    stepSeconds,
  };
}

function parseInstant(text: string, name: string): number {
  const ms = /^\d{10,14}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(ms)) {
    throw new RangeError400(`'${name}' is not a time: use ISO 8601 (2026-11-20T10:00:00Z) or milliseconds.`);
  }
  if (ms < INSTANT_MS_MIN || ms > INSTANT_MS_MAX)
    throw new RangeError400(`'${name}' is not a time between the years 2000 and 2100.`);
  return ms;
}
