/** How long an organisation's telemetry is kept. */
import { z } from "zod";

/** As long as the tables themselves keep rows: no organisation's rows outlive that. */
export const RAW_DAYS_MAX = 30;
export const AGGREGATE_DAYS_MAX = 365;

/** `GET /api/retention` */
export const retention = z.object({
  /** Single spans, log records, points, page views, vitals and errors. */
  rawDays: z.number().int(),
  /** Totals and distributions made of them, which charts and lists are drawn from. */
  aggregateDays: z.number().int(),
  rawDaysMax: z.number().int(),
  aggregateDaysMax: z.number().int(),
  /** Nobody has set anything: both are at their maximum. */
  isDefault: z.boolean(),
  /** Older days are gone in UTC: what would be deleted first now. Milliseconds of a day's start. */
  todayMs: z.number(),
  /** When what is too old was last looked for; null: not yet since the last change, or nothing is shorter than its maximum. */
  checkedAtMs: z.number().nullable(),
  /** Why it could not be deleted then. */
  lastError: z.string().nullable(),
});
export type Retention = z.infer<typeof retention>;

const days = (max: number, kept: string) =>
  z
    .number()
    .int({ error: "whole days, please" })
    .min(1, { error: "at least 1 day" })
    .max(max, { error: `at most ${max} days: this installation keeps ${kept} no longer` });

/** `PUT /api/retention`. Shorter than before: older rows are deleted, and lengthening it again does not bring them back. */
export const retentionChange = z
  .object({
    rawDays: days(RAW_DAYS_MAX, "raw rows"),
    aggregateDays: days(AGGREGATE_DAYS_MAX, "aggregates"),
    why: z.string().trim().max(2000).optional(),
  })
  .refine(({ rawDays, aggregateDays }) => aggregateDays >= rawDays, {
    path: ["aggregateDays"],
    error: "not fewer than rawDays: pages find raw rows through the aggregates",
  });
export type RetentionChange = z.infer<typeof retentionChange>;
