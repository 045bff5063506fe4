/**
 * Every change goes through here: the change and its line in the audit log are one transaction, so there is neither an
 * unrecorded change nor a record of one that did not happen. A change that was refused or failed is recorded as such.
 */
import { randomUUIDv7 } from "node:crypto";
import type { ControlStore, SqlExecutor } from "../../engines/control/store.ts";
import { AccessError } from "../problems.ts";

/** Who does it, from where. */
export interface Actor {
  readonly kind: "person" | "api-key" | "system" | "nobody";
  readonly id: string | null;
  readonly address?: string;
  readonly userAgent?: string;
  readonly requestId?: string;
}

export interface AuditContext {
  readonly control: ControlStore;
  readonly actor: Actor;
  /** Whose log; null for what concerns the installation itself. */
  readonly tenantId: string | null;
}

export interface AuditTarget {
  readonly kind: string;
  readonly id: string;
  /** Not for people: their names are looked up when the log is read, so that deleting a person takes them along. */
  readonly name?: string;
}

export interface Deed {
  /** `member.change`, `ingest-key.revoke`: noun, then verb. */
  readonly action: string;
  readonly target?: AuditTarget | undefined;
  readonly why?: string | undefined;
  /** Never secrets. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export type AuditResult = "done" | "refused" | "failed";

/** What `work` may add to the line once it knows: which id was made, what the old value was. */
export interface Note {
  target?: AuditTarget;
  detail?: Readonly<Record<string, unknown>>;
  /** Who it turned out to be, where the work itself finds that out. */
  personId?: string;
}

type Work<T> = (tx: SqlExecutor, note: Note) => Promise<T>;

/** Does `work` as the tenant (row-level security decides what it sees) and records it. */
export async function audited<T>(
  context: AuditContext & { readonly tenantId: string },
  deed: Deed,
  work: Work<T>,
): Promise<T> {
  return await recorded(context, deed, work, (run) => context.control.asTenant(context.tenantId, run));
}

/** The same as the owner of the tables: for people, sessions, and tenants as a whole. */
export async function auditedAsOwner<T>(context: AuditContext, deed: Deed, work: Work<T>): Promise<T> {
  return await recorded(context, deed, work, (run) => context.control.transaction(run));
}

/** A line of its own, for what changed nothing or was changed elsewhere. */
export async function recordDeed(
  context: Omit<AuditContext, "control"> & { readonly control: SqlExecutor },
  deed: Deed,
  result: AuditResult,
): Promise<void> {
  await insertLine(context.control, context, deed, result, {});
}

/** One line in the log of every organisation the person belongs to: signing in concerns them all. */
export async function recordForPerson(
  control: SqlExecutor,
  actor: Actor,
  userId: string,
  deed: Deed,
  result: AuditResult,
): Promise<void> {
  const rows = await control.query<{ tenant_id: string }>(
    "select tenant_id from members where user_id = $1 order by tenant_id limit 100",
    [userId],
  );
  for (const { tenant_id } of rows) await recordDeed({ control, actor, tenantId: tenant_id }, deed, result);
}

async function recorded<T>(
  context: AuditContext,
  deed: Deed,
  work: Work<T>,
  transact: (run: (tx: SqlExecutor) => Promise<T>) => Promise<T>,
): Promise<T> {
  const note: Note = {};
  try {
    return await transact(async (tx) => {
      const result = await work(tx, note);
      await insertLine(tx, context, deed, "done", note);
      return result;
    });
  } catch (error) {
    const isRefusal = error instanceof AccessError;
    const reason = isRefusal ? { code: error.code, message: error.message } : { code: "internal" };
    try {
      const line = { ...note, detail: { ...note.detail, reason } };
      await insertLine(context.control, context, deed, isRefusal ? "refused" : "failed", line);
    } catch (auditError) {
      throw new AggregateError(
        [error, auditError],
        "A refusal or failure could not be written to the audit log.",
      );
    }
    throw error;
  }
}

async function insertLine(
  executor: SqlExecutor,
  { actor, tenantId }: Pick<AuditContext, "actor" | "tenantId">,
  deed: Deed,
  result: AuditResult,
  note: Note,
): Promise<void> {
  const target = note.target ?? deed.target;
  await executor.query(INSERT, [
    randomUUIDv7(),
    tenantId,
    note.personId === undefined ? actor.kind : "person",
    note.personId ?? actor.id,
    deed.action,
    cut(target?.kind, 100),
    cut(target?.id, 500),
    cut(target?.name, 500),
    cut(deed.why, 2000),
    result,
    JSON.stringify({ ...deed.detail, ...note.detail }, storable),
    cut(actor.address, 100),
    cut(actor.userAgent, 500),
    cut(actor.requestId, 100),
  ]);
}

const INSERT = `
  insert into audit_log (id, tenant_id, actor_kind, actor_id, action, target_kind, target_id, target_name, why, result,
                         detail, address, user_agent, request_id)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;

// oxlint-disable-next-line no-control-regex -- removing them is the point
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]+/g;

/** Without what PostgreSQL can't store (NUL, halves of characters) and without line breaks that would forge lines elsewhere. */
function cut(text: string | undefined, charactersMax: number): string {
  return (text ?? "").replaceAll(CONTROL_CHARACTERS, " ").slice(0, charactersMax).toWellFormed();
}

/** For JSON.stringify: texts that jsonb takes, which a change that was refused for its texts may not have. */
function storable(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value;
}
