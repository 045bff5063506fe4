/** What an organisation's telemetry takes on disk. */
import { z } from "zod";

/** What comes in anew in a month at the pace of the last days; older rows leave at the end of their retention. */
export const storageGrowth = z.object({
  /** Null: not enough data. */
  bytesPerMonth: z.number().nullable(),
  /** The days that it was counted over, up to 7; null with `bytesPerMonth`. */
  windowDays: z.number().nullable(),
  /** Why there is no figure; null when there is one. */
  whyUnknown: z.string().nullable(),
});
export type StorageGrowth = z.infer<typeof storageGrowth>;

export const storageTable = z.object({
  table: z.string(),
  /** `raw`: each item as it was sent. `aggregate`: counts and percentiles made of them, which stay longer. */
  kind: z.enum(["raw", "aggregate"]),
  /** The organisation's own, as they lie on disk: of aggregates some are still to be merged with others. */
  rows: z.number(),
  /** An estimate: the table's compressed bytes a row, over all organisations that share it, times these rows. */
  sizeBytes: z.number(),
  oldestMs: z.number().nullable(),
  newestMs: z.number().nullable(),
  growth: storageGrowth,
});
export type StorageTable = z.infer<typeof storageTable>;

/** `GET /api/storage` */
export const storageReport = z.object({
  measuredAtMs: z.number(),
  /** All tables of telemetry, largest first, empty ones too. */
  tables: z.array(storageTable),
  total: z.object({
    rows: z.number(),
    sizeBytes: z.number(),
    /** Of the tables that have a figure. */
    growth: storageGrowth,
    /** Tables with rows whose growth is not in the sum, as it is not known yet. */
    growthWithout: z.array(z.string()),
  }),
});
export type StorageReport = z.infer<typeof storageReport>;
