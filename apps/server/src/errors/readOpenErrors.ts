import type { ControlStore } from "../engines/control/index.ts";
import type { Scope } from "../engines/telemetry/index.ts";

/** So long an error counts as new. */
export const NEW_ERROR_MS = 24 * 3_600_000;
/** Of each kind. */
const LISTED_MAX = 200;

export interface OpenError {
  readonly fingerprint: string;
  readonly kind: "new" | "regressed";
  readonly service: string;
  readonly type: string;
  readonly message: string;
  /** Where it was seen first, or again; empty where unknown. */
  readonly release: string;
  readonly traceId: string | null;
  /** When it was told to be new, or to be back. */
  readonly sinceMs: number;
}

type Row = Omit<OpenError, "sinceMs"> & { readonly since: Date };

/** Errors of a project that came back and were not decided about since, and new ones that are open. Newest first. */
export async function readOpenErrors(
  control: ControlStore,
  { tenantId, projectId }: Scope,
  nowMs: number,
): Promise<OpenError[]> {
  const rows = await control.readAsTenant(tenantId, async (tx) => [
    ...(await tx.query<Row>(
      `select g.fingerprint, 'regressed' as kind, g.since, coalesce(e.service, '') as service,
              coalesce(e.type, '') as type, coalesce(e.message, '') as message,
              coalesce(e.release, '') as release, e.trace_id as "traceId"
       from error_groups g
       left join lateral (
         select * from error_events e
         where e.tenant_id = g.tenant_id and e.project_id = g.project_id and e.fingerprint = g.fingerprint
           and e.kind = 'regressed'
         order by e.id desc limit 1
       ) e on true
       where g.project_id = $1 and g.status = 'regressed'
       order by g.since desc, g.fingerprint limit ${LISTED_MAX}`,
      [projectId],
    )),
    ...(await tx.query<Row>(
      `select e.fingerprint, 'new' as kind, e.at as since, e.service, e.type, e.message, e.release,
              e.trace_id as "traceId"
       from error_events e
       left join error_groups g
         on g.tenant_id = e.tenant_id and g.project_id = e.project_id and g.fingerprint = e.fingerprint
       where e.project_id = $1 and e.kind = 'first-seen' and e.at >= $2 and coalesce(g.status, 'open') = 'open'
       order by e.at desc, e.fingerprint limit ${LISTED_MAX}`,
      [projectId, new Date(nowMs - NEW_ERROR_MS)],
    )),
  ]);
  return rows
    .map(({ since, ...row }) => ({ ...row, sinceMs: since.getTime() }))
    .toSorted((a, b) => b.sinceMs - a.sinceMs);
}
