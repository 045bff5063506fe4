/** Members of a tenant: who they are, which role they have, which projects they see. */
import type { Member, Role } from "@throughline/contract";
import type { ControlStore, SqlExecutor } from "../../engines/control/store.ts";
import { type AuditContext, audited, auditedAsOwner } from "../audit/audited.ts";
import { AccessError } from "../problems.ts";
import { deletePerson as removePerson } from "./deletePerson.ts";

type TenantContext = AuditContext & { readonly tenantId: string };

interface MemberRow {
  readonly user_id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly project_ids: string[] | null;
  readonly joined_at: Date;
  readonly last_seen_at: Date | null;
  readonly has_two_factor: boolean;
  readonly has_passkey: boolean;
}

/** By name. @param youId the person who asks; null for a key */
export async function readMembers(
  control: ControlStore,
  tenantId: string,
  youId: string | null,
): Promise<Member[]> {
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<MemberRow>(
      `select m.user_id, p.name, p.email, m.role, m.joined_at, p.last_seen_at, p.has_two_factor, p.has_passkey,
              case when m.sees_all_projects then null else array(
                select g.project_id from member_projects g
                where g.tenant_id = m.tenant_id and g.user_id = m.user_id order by g.project_id) end as project_ids
       from members m join people p on p.id = m.user_id order by p.name, p.email`,
    ),
  );
  return rows.map((row) => ({
    userId: row.user_id,
    name: row.name,
    email: row.email,
    role: row.role,
    projectIds: row.project_ids,
    joinedAtMs: row.joined_at.getTime(),
    lastSeenAtMs: row.last_seen_at?.getTime() ?? null,
    hasTwoFactor: row.has_two_factor,
    hasPasskey: row.has_passkey,
    isYou: row.user_id === youId,
  }));
}

export interface MemberChange {
  readonly userId: string;
  readonly role?: Role | undefined;
  /** Null: all; undefined: as before, or all when the new role is no viewer's. */
  readonly projectIds?: readonly string[] | null | undefined;
  readonly why?: string | undefined;
}

/** @throws {AccessError} unknown_member, invalid_input, conflict */
export async function changeMember(context: TenantContext, change: MemberChange): Promise<void> {
  const { userId, why } = change;
  const deed = { action: "member.change", target: { kind: "person", id: userId }, why };
  await audited(context, deed, async (tx, note) => {
    const before = await lockedMember(tx, userId);
    const role = change.role ?? before.role;
    note.detail = { role, roleBefore: before.role, projectIds: change.projectIds };
    if (role !== "SUPER_ADMIN") await refuseLastSuperAdmin(tx, userId);
    if (role !== "VIEWER" && change.projectIds)
      throw new AccessError(
        "invalid_input",
        "Only viewers can be limited to projects: others see all of them.",
      );
    const isKept = change.projectIds === undefined && role === "VIEWER";
    const seesAll = isKept ? before.sees_all_projects : (change.projectIds ?? null) === null;
    await tx.query("update members set role = $2, sees_all_projects = $3 where user_id = $1", [
      userId,
      role,
      seesAll,
    ]);
    if (isKept) return;
    await tx.query("delete from member_projects where user_id = $1", [userId]);
    await grantProjects(tx, context.tenantId, userId, change.projectIds ?? []);
  });
}

/** @throws {AccessError} unknown_member, conflict */
export async function removeMember(
  context: TenantContext,
  { userId, why, deletePerson }: { userId: string; why?: string | undefined; deletePerson: boolean },
): Promise<void> {
  const deed = {
    action: "member.remove",
    target: { kind: "person", id: userId },
    why,
    detail: { deletePerson },
  };
  if (!deletePerson) {
    await audited(context, deed, async (tx) => {
      await lockedMember(tx, userId);
      await refuseLastSuperAdmin(tx, userId);
      await tx.query("delete from members where user_id = $1", [userId]);
    });
    return;
  }
  // People belong to no tenant, so deleting one is for the owner of the tables: each statement names the tenant itself.
  await auditedAsOwner(context, deed, async (tx) => {
    await lockedMember(tx, userId, context.tenantId);
    await refuseLastSuperAdmin(tx, userId, context.tenantId);
    const elsewhere = await tx.query("select from members where user_id = $1 and tenant_id <> $2 limit 1", [
      userId,
      context.tenantId,
    ]);
    // That they are elsewhere too is no other organisation's business: hence no more words.
    if (elsewhere.length > 0)
      throw new AccessError("conflict", "This account can't be deleted from here: remove the member only.");
    await removePerson(tx, userId);
  });
}

/** Projects that do not exist are refused by name. @throws {AccessError} invalid_input */
export async function grantProjects(
  tx: SqlExecutor,
  tenantId: string,
  userId: string,
  projectIds: readonly string[],
): Promise<void> {
  await refuseUnknownProjects(tx, tenantId, projectIds);
  await tx.query(
    `insert into member_projects (tenant_id, user_id, project_id)
     select $1, $2, project_id from unnest($3::text[]) as given (project_id) on conflict do nothing`,
    [tenantId, userId, projectIds],
  );
}

/** @throws {AccessError} invalid_input */
export async function refuseUnknownProjects(
  tx: SqlExecutor,
  tenantId: string,
  projectIds: readonly string[],
): Promise<void> {
  const unknown = await tx.query<{ id: string }>(
    `select given.id from unnest($2::text[]) as given (id)
     where not exists (select from projects p where p.tenant_id = $1 and p.id = given.id)`,
    [tenantId, projectIds],
  );
  if (unknown.length > 0)
    throw new AccessError("invalid_input", `There is no project ${unknown.map(({ id }) => id).join(", ")}.`);
}

interface LockedMember {
  readonly role: Role;
  readonly sees_all_projects: boolean;
}

async function lockedMember(tx: SqlExecutor, userId: string, tenantId?: string): Promise<LockedMember> {
  const [row] = await tx.query<LockedMember>(
    `select role, sees_all_projects from members
     where user_id = $1 and ($2::uuid is null or tenant_id = $2) for update`,
    [userId, tenantId ?? null],
  );
  if (row === undefined) throw new AccessError("unknown_member", "There is no such member here.");
  return row;
}

/** All of them are locked, so that two who demote each other at the same moment do not both succeed. */
async function refuseLastSuperAdmin(tx: SqlExecutor, userId: string, tenantId?: string): Promise<void> {
  const rows = await tx.query<{ user_id: string }>(
    `select user_id from members where role = 'SUPER_ADMIN' and ($1::uuid is null or tenant_id = $1)
     order by user_id for update`,
    [tenantId ?? null],
  );
  if (rows.length === 1 && rows[0]?.user_id === userId)
    throw new AccessError(
      "conflict",
      "This is the last super administrator: give somebody else the role first.",
    );
}
