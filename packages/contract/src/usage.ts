/** How much of its daily quotas an organisation has used. Days are UTC days; a quota starts anew at 00:00 UTC. */
import { z } from "zod";

/** What is counted: `events` are log records with an event name, `logs` those without. */
export const quotaKind = z.enum(["spans", "logs", "points", "events"]);
export type QuotaKind = z.infer<typeof quotaKind>;

export const usageMeter = z.object({
  kind: quotaKind,
  /** Items taken today. May exceed the quota by what was on its way when it was reached. */
  used: z.number(),
  /** Items a day; null: no quota. */
  dailyMax: z.number().nullable(),
  /** The installation's default holds, and not one of the organisation's own. */
  isDefault: z.boolean(),
  /** `warn` from 80 %, `exceeded` from 100 %: from then on they are refused. */
  state: z.enum(["ok", "warn", "exceeded"]),
});
export type UsageMeter = z.infer<typeof usageMeter>;

/** `GET /api/usage` */
export const usagePage = z.object({
  meters: z.array(usageMeter),
  resetsAtMs: z.number(),
  /** The last 30 days that have data, oldest first, today included. */
  days: z.array(
    z.object({
      dayMs: z.number(),
      spans: z.number(),
      logs: z.number(),
      points: z.number(),
      events: z.number(),
    }),
  ),
  /** All of the installation by name, for those who may set their quotas; null for everybody else. */
  organisations: z
    .array(z.object({ tenantId: z.string(), name: z.string(), meters: z.array(usageMeter) }))
    .nullable(),
});
export type UsagePage = z.infer<typeof usagePage>;

/** Items a day; null: no quota; `default`: what the operator configured. */
const dailyMax = z.union([z.number().int().min(1).max(1e15), z.null(), z.literal("default")]);
export type DailyMax = z.infer<typeof dailyMax>;

/** `PATCH /api/quotas/:tenantId`; kinds that are left out stay as they are. */
export const quotaChange = z
  .object({
    spans: dailyMax.optional(),
    logs: dailyMax.optional(),
    points: dailyMax.optional(),
    events: dailyMax.optional(),
    why: z.string().trim().max(2000).optional(),
  })
  .refine((change) => quotaKind.options.some((kind) => change[kind] !== undefined), {
    error: "name at least one of spans, logs, points and events",
  });
export type QuotaChange = z.infer<typeof quotaChange>;
