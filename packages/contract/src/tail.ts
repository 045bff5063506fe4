import { z } from "zod";
import { project } from "./common.ts";

export const tailItem = z.object({
  kind: z.enum(["span", "log"]),
  timeMs: z.number(),
  service: z.string(),
  text: z.string(),
  severity: z.string(),
  durationMs: z.number().nullable(),
  traceId: z.string(),
  spanId: z.string(),
});
export type TailItemView = z.infer<typeof tailItem>;

/** `GET /api/tail`: the newest lines, newest first; then the `tail` topic of the live stream goes on. */
export const tailQuery = z.object({
  kind: z.enum(["all", "span", "log"]).default("all"),
  service: z.string().max(200).optional(),
  /** Lowest severity shown for logs; for spans `error` shows failed ones only. */
  severity: z.enum(["trace", "debug", "info", "warn", "error", "fatal"]).optional(),
  q: z.string().max(200).optional(),
});
export type TailQuery = z.infer<typeof tailQuery>;

export const tailPage = z.object({
  project,
  query: tailQuery,
  services: z.array(z.string()),
  items: z.array(tailItem),
});
export type TailPage = z.infer<typeof tailPage>;
