/** How fast a table grows, by arithmetic from what was measured. */
import type { StorageGrowth, StorageReport, StorageTable } from "@throughline/contract";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTH_DAYS = 30;
export const WINDOW_DAYS = 7;

export interface Measured {
  readonly bytesPerRow: number;
  /** Of the last WINDOW_DAYS. */
  readonly recentRows: number;
  /** When the organisation's first row here came to be; null without rows. */
  readonly sinceMs: number | null;
}

/** bytes per row × rows of the last days ÷ those days × 30. Below a day there is no pace: nights and mornings differ. */
export function growthOf({ bytesPerRow, recentRows, sinceMs }: Measured, nowMs: number): StorageGrowth {
  if (sinceMs === null) return unknown("Nothing is stored here yet.");
  const ageDays = (nowMs - sinceMs) / DAY_MS;
  if (ageDays < 1) {
    const hours = Math.max(0, Math.floor((nowMs - sinceMs) / HOUR_MS));
    return unknown(`The first row is ${hours} h old; a day's worth is needed.`);
  }
  const windowDays = Math.min(WINDOW_DAYS, ageDays);
  return {
    bytesPerMonth: ((bytesPerRow * recentRows) / windowDays) * MONTH_DAYS,
    windowDays,
    whyUnknown: null,
  };
}

export function totalOf(tables: readonly StorageTable[]): StorageReport["total"] {
  const full = tables.filter(({ rows }) => rows > 0);
  const known = full.filter(({ growth }) => growth.bytesPerMonth !== null);
  return {
    rows: sum(tables.map(({ rows }) => rows)),
    sizeBytes: sum(tables.map(({ sizeBytes }) => sizeBytes)),
    growth:
      known.length === 0
        ? unknown(
            full.length === 0 ? "Nothing is stored yet." : "Every table's first row is less than a day old.",
          )
        : {
            bytesPerMonth: sum(known.map(({ growth }) => growth.bytesPerMonth ?? 0)),
            windowDays: Math.max(...known.map(({ growth }) => growth.windowDays ?? 0)),
            whyUnknown: null,
          },
    growthWithout:
      known.length === 0 ? [] : full.filter((row) => !known.includes(row)).map(({ table }) => table),
  };
}

function unknown(whyUnknown: string): StorageGrowth {
  return { bytesPerMonth: null, windowDays: null, whyUnknown };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
