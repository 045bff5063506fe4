/** Reading the audit log of one tenant: search, filters, pages, and everything for an export. */
import type { AuditEntry, AuditQuery } from "@throughline/contract";
import type { ControlStore, SqlValue } from "../../engines/control/store.ts";
import { AccessError } from "../problems.ts";

export type AuditFilter = Pick<AuditQuery, "q" | "action" | "result" | "actorId" | "from" | "to">;

const PAGE_MAX = 500;
const ACTIONS_MAX = 200;

/** Newest first. @param cursor the last id of the page before. */
export async function readAudit(
  control: ControlStore,
  tenantId: string,
  filter: AuditFilter,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<{ readonly entries: AuditEntry[]; readonly nextCursor: string | null }> {
  const { where, params } = conditions(filter, cursor);
  const rowsMax = Math.min(limit, PAGE_MAX);
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<AuditRow>(
      `select id, at, actor_kind, actor_id, actor_name, actor_email, action, target_kind, target_id, target_name,
              why, result, detail, address, user_agent, request_id
       from (${NAMED}) as entries where ${where} order by id desc limit ${rowsMax + 1}`,
      params,
    ),
  );
  const entries = rows.slice(0, rowsMax).map(entryOf);
  return { entries, nextCursor: rows.length > rowsMax ? (entries.at(-1)?.id ?? null) : null };
}

/** The actions that occur, for a filter. */
export async function auditActions(control: ControlStore, tenantId: string): Promise<string[]> {
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<{ action: string }>(
      `select distinct action from audit_entries order by action limit ${ACTIONS_MAX}`,
    ),
  );
  return rows.map(({ action }) => action);
}

/** Every entry, newest first, a page at a time: memory stays the same however long the log is. */
export async function* allAudit(
  control: ControlStore,
  tenantId: string,
  filter: AuditFilter,
): AsyncGenerator<AuditEntry> {
  let cursor: string | undefined;
  do {
    const page = await readAudit(control, tenantId, filter, { cursor, limit: PAGE_MAX });
    yield* page.entries;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

/** People are not named in the log itself, so that deleting one takes the name along: members and invited ones are looked up. */
const NAMED = `
  select e.id, e.at, actor_kind, actor_id, actor_name, actor_email, action, target_kind, target_id,
         coalesce(nullif(e.target_name, ''), p.name, i.email, '') as target_name,
         why, result, detail, address, user_agent, request_id
  from audit_entries e
  left join people p on e.target_kind = 'person' and p.id = e.target_id
  left join invitations i on e.target_kind = 'invitation' and i.id::text = e.target_id`;

function conditions(filter: AuditFilter, cursor: string | undefined) {
  const params: SqlValue[] = [];
  const clauses = ["true"];
  const add = (clause: (placeholder: string) => string, value: SqlValue | undefined) => {
    if (value === undefined || value === "") return;
    params.push(value);
    clauses.push(clause(`$${params.length}`));
  };
  add((p) => `id < ${p}::uuid`, cursor);
  add((p) => `action = ${p}`, filter.action);
  add((p) => `result = ${p}`, filter.result);
  add((p) => `actor_id = ${p}`, filter.actorId);
  add((p) => `at >= ${p}`, timeOf(filter.from));
  add((p) => `at < ${p}`, timeOf(filter.to));
  add(
    (p) =>
      `concat_ws(' ', action, actor_id, actor_name, actor_email, target_kind, target_id, target_name, why, address,
                 detail::text) ilike ${p}`,
    filter.q === undefined ? undefined : `%${filter.q.replaceAll(/[\\%_]/g, "\\$&")}%`,
  );
  return { where: clauses.join(" and "), params };
}

/** ISO 8601 or milliseconds. */
function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined || text === "") return undefined;
  const time = new Date(/^\d{10,16}$/.test(text) ? Number(text) : text);
  if (Number.isNaN(time.getTime()))
    throw new AccessError("invalid_input", "A time is written as 2026-05-31T12:00:00Z or in milliseconds.");
  return time;
}

interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actor_kind: AuditEntry["actor"]["kind"];
  readonly actor_id: string | null;
  readonly actor_name: string;
  readonly actor_email: string;
  readonly action: string;
  readonly target_kind: string;
  readonly target_id: string;
  readonly target_name: string;
  readonly why: string;
  readonly result: AuditEntry["result"];
  readonly detail: Record<string, unknown>;
  readonly address: string;
  readonly user_agent: string;
  readonly request_id: string;
}

function entryOf(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    atMs: row.at.getTime(),
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name, email: row.actor_email },
    action: row.action,
    target: { kind: row.target_kind, id: row.target_id, name: row.target_name },
    why: row.why,
    result: row.result,
    detail: row.detail,
    address: row.address,
    userAgent: row.user_agent,
    requestId: row.request_id,
  };
}
