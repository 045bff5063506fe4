import { z } from "zod";

const check = z.enum(["ok", "error", "not_configured"]);

/** `GET /api/health` answers `{status}`; with `?detailed=true` this (contract of seed 004, section 7). */
export const detailedHealth = z.object({
  status: z.enum(["ok", "degraded", "down"]),
  version: z.string(),
  commit: z.string(),
  branch: z.string(),
  deployedAt: z.string(),
  /** Seconds since the process started. */
  uptime: z.number(),
  checks: z.object({ database: check, redis: check, telemetry: check, ingest: check }),
  /** Sentences that say what is wrong; empty when all is well. */
  messages: z.array(z.string()),
});
export type DetailedHealth = z.infer<typeof detailedHealth>;
