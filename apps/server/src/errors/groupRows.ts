/** The tables of decisions about errors, as this room reads them. */
import type { ErrorEvent, ErrorState, ErrorStatus } from "@throughline/contract";
import type { SqlExecutor } from "../engines/control/index.ts";

/** Groups of a project that are resolved, ignored or given to somebody: they go with questions as one parameter. */
export const DECIDED_MAX = 5000;

export interface GroupRow {
  readonly fingerprint: string;
  readonly status: ErrorStatus;
  readonly since: Date;
  /** A whole number as text. */
  readonly version: string;
  readonly resolvedRelease: string | null;
  readonly ignoredUntil: Date | null;
  readonly ignoredCount: number | null;
  readonly countBefore: number;
  readonly ownerId: string | null;
}

const COLUMNS = `g.fingerprint, g.status, g.since, g.version::text as version, g.resolved_release as "resolvedRelease",
  g.ignored_until as "ignoredUntil", g.ignored_count::float8 as "ignoredCount", g.count_before::float8 as "countBefore",
  g.owner_id as "ownerId"`;

/** Also for the product's own housekeeping, which is no tenant. */
export async function selectGroups(
  tx: SqlExecutor,
  { tenantId, projectId }: { readonly tenantId: string; readonly projectId: string },
  statuses: readonly ErrorStatus[],
): Promise<GroupRow[]> {
  return await tx.query<GroupRow>(
    `select ${COLUMNS} from error_groups g
     where g.tenant_id = $1 and g.project_id = $2 and g.status = any($3::text[])
     order by g.since desc, g.fingerprint limit ${DECIDED_MAX}`,
    [tenantId, projectId, statuses],
  );
}

interface NamedRow extends GroupRow {
  readonly ownerName: string | null;
}

/** As the tenant. */
export async function selectStates(
  tx: SqlExecutor,
  projectId: string,
  fingerprints: readonly string[],
): Promise<ReadonlyMap<string, ErrorState>> {
  const rows = await tx.query<NamedRow>(
    `select ${COLUMNS}, p.name as "ownerName" from error_groups g left join people p on p.id = g.owner_id
     where g.project_id = $1 and g.fingerprint = any($2::text[])`,
    [projectId, fingerprints],
  );
  return new Map(rows.map((row) => [row.fingerprint, stateOf(row)]));
}

export const UNDECIDED: ErrorState = {
  status: "open",
  sinceMs: null,
  resolvedRelease: null,
  ignoredUntilMs: null,
  ignoredCount: null,
  owner: null,
};

function stateOf(row: NamedRow): ErrorState {
  return {
    status: row.status,
    sinceMs: row.since.getTime(),
    resolvedRelease: row.resolvedRelease,
    ignoredUntilMs: row.ignoredUntil?.getTime() ?? null,
    ignoredCount: row.ignoredCount,
    owner: row.ownerId === null ? null : { id: row.ownerId, name: row.ownerName ?? "somebody who left" },
  };
}

interface EventRow extends Omit<ErrorEvent, "atMs" | "by" | "owner"> {
  readonly at: Date;
  readonly actorKind: string;
  readonly actorName: string | null;
  readonly ownerId: string | null;
  readonly ownerName: string | null;
}

export interface EventQuestion {
  readonly fingerprint?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** What the product saw, without what people did. */
  readonly isSeenOnly?: boolean;
  readonly limit: number;
}

/** As the tenant; newest first. */
export async function selectEvents(
  tx: SqlExecutor,
  projectId: string,
  { fingerprint, fromMs, toMs, isSeenOnly = false, limit }: EventQuestion,
): Promise<ErrorEvent[]> {
  const rows = await tx.query<EventRow>(
    `select e.id, e.fingerprint, e.at, e.kind, e.actor_kind as "actorKind", coalesce(a.name, k.name) as "actorName",
            e.release, e.service, e.type, e.message, e.trace_id as "traceId", e.note, e.owner_id as "ownerId",
            o.name as "ownerName"
     from error_events e
     left join people a on e.actor_kind = 'person' and a.id = e.actor_id
     left join api_keys k on e.actor_kind = 'api-key' and k.id::text = e.actor_id
     left join people o on o.id = e.owner_id
     where e.project_id = $1 and ($2::text is null or e.fingerprint = $2)
       and ($3::timestamptz is null or e.at >= $3) and ($4::timestamptz is null or e.at < $4)
       and (not $5::boolean or e.actor_kind = 'system')
     order by e.id desc limit $6`,
    [
      projectId,
      fingerprint ?? null,
      fromMs === undefined ? null : new Date(fromMs),
      toMs === undefined ? null : new Date(toMs),
      isSeenOnly,
      limit,
    ],
  );
  return rows.map(({ at, actorKind, actorName, ownerId, ownerName, ...row }) => ({
    ...row,
    atMs: at.getTime(),
    by: byOf(actorKind, actorName),
    owner: ownerId === null ? null : (ownerName ?? "somebody who left"),
  }));
}

function byOf(kind: string, name: string | null): string | null {
  if (kind === "system") return null;
  return kind === "api-key" ? `API key ${name ?? "that is gone"}` : (name ?? "somebody who left");
}

export interface NewEvent {
  readonly fingerprint: string;
  readonly at: Date;
  readonly kind: ErrorEvent["kind"];
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly release?: string | undefined;
  readonly service?: string | undefined;
  readonly type?: string | undefined;
  readonly message?: string | undefined;
  readonly traceId?: string | null | undefined;
  readonly note?: string | undefined;
  readonly ownerId?: string | null | undefined;
}

/** @returns whether it was written: of a first sighting there is one only */
export async function insertEvent(
  tx: SqlExecutor,
  { tenantId, projectId }: { readonly tenantId: string; readonly projectId: string },
  id: string,
  event: NewEvent,
): Promise<boolean> {
  const written = await tx.query(
    `insert into error_events (id, tenant_id, project_id, fingerprint, at, kind, actor_kind, actor_id, release, service,
       type, message, trace_id, note, owner_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing returning id`,
    [
      id,
      tenantId,
      projectId,
      event.fingerprint,
      event.at,
      event.kind,
      event.actorKind,
      event.actorId,
      storable(event.release, 200),
      storable(event.service, 200),
      storable(event.type, 200),
      storable(event.message, 400),
      event.traceId === undefined || event.traceId === null || /^0*$/.test(event.traceId)
        ? null
        : event.traceId,
      event.note ?? "",
      event.ownerId ?? null,
    ],
  );
  return written.length > 0;
}

/** Senders' texts may hold what PostgreSQL does not: NUL, and halves of characters where a text is cut. */
function storable(text: string | undefined, charactersMax: number): string {
  return (text ?? "").replaceAll("\0", "").slice(0, charactersMax).toWellFormed();
}
