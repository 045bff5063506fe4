import type { QuotaKind } from "../../ingest/index.ts";

export const QUOTA_KINDS = ["spans", "logs", "points", "events"] as const satisfies readonly QuotaKind[];

/** Items by kind. */
export type Counts = Record<QuotaKind, number>;

/** Items a day by kind; null: no quota. */
export type DailyMaxima = Readonly<Record<QuotaKind, number | null>>;

export const UNLIMITED: DailyMaxima = { spans: null, logs: null, points: null, events: null };

export function noCounts(): Counts {
  return { spans: 0, logs: 0, points: 0, events: 0 };
}
