/** The audit log on the wire. Times are milliseconds since the epoch. */
import { z } from "zod";

export const auditResult = z.enum(["done", "refused", "failed"]);

export const auditEntry = z.object({
  id: z.string(),
  atMs: z.number(),
  actor: z.object({
    kind: z.enum(["person", "api-key", "system", "nobody"]),
    id: z.string().nullable(),
    /** Empty when the person or key is gone. */
    name: z.string(),
    email: z.string(),
  }),
  action: z.string(),
  target: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  why: z.string(),
  result: auditResult,
  detail: z.record(z.string(), z.unknown()),
  address: z.string(),
  userAgent: z.string(),
  requestId: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** `GET /api/audit`, newest first. */
export const auditQuery = z.object({
  /** In names, addresses, ids and reasons. */
  q: z.string().trim().max(200).optional(),
  action: z.string().max(100).optional(),
  result: auditResult.optional(),
  actorId: z.string().max(100).optional(),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type AuditQuery = z.infer<typeof auditQuery>;
/** `GET /api/audit/export` */
export const auditExportQuery = auditQuery
  .omit({ cursor: true, limit: true })
  .extend({ format: z.enum(["csv", "json"]).default("csv") });

export const auditPage = z.object({
  entries: z.array(auditEntry),
  nextCursor: z.string().nullable(),
  /** Actions that occur in this organisation's log, for the filter. */
  actions: z.array(z.string()),
});
export type AuditPage = z.infer<typeof auditPage>;
