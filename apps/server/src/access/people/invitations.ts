/** Invitations: a link that makes whoever holds it a member, once, until it ends. Only its hash is kept. */
import { hash, randomBytes, randomUUIDv7 } from "node:crypto";
import type { Invitation, Role } from "@throughline/contract";
import type { ControlStore, SqlExecutor } from "../../engines/control/store.ts";
import { type Actor, type AuditContext, audited, auditedAsOwner } from "../audit/audited.ts";
import type { PasswordHasher } from "../auth/password.ts";
import { AccessError } from "../problems.ts";
import { createPerson } from "./createPerson.ts";
import { grantProjects, refuseUnknownProjects } from "./members.ts";

type TenantContext = AuditContext & { readonly tenantId: string };

const TOKEN_BYTES = 32;

/** Those that were neither accepted nor taken back, newest first. */
export async function readInvitations(control: ControlStore, tenantId: string): Promise<Invitation[]> {
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<{
      id: string;
      email: string;
      role: Role;
      project_ids: string[] | null;
      created_at: Date;
      expires_at: Date;
      invited_by: string | null;
      is_expired: boolean;
    }>(
      `select i.id, i.email, i.role, i.project_ids, i.created_at, i.expires_at, p.name as invited_by,
              i.expires_at <= now() as is_expired
       from invitations i left join people p on p.id = i.invited_by
       where i.accepted_at is null and i.revoked_at is null order by i.id desc limit 500`,
    ),
  );
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    role: row.role,
    projectIds: row.project_ids,
    createdAtMs: row.created_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    invitedBy: row.invited_by ?? "",
    isExpired: row.is_expired,
  }));
}

export interface NewInvitation {
  readonly email: string;
  readonly role: Role;
  readonly projectIds: readonly string[] | null;
  readonly expiresInDays: number;
  readonly invitedBy: string | null;
}

/** @throws {AccessError} already_exists, invalid_input */
export async function createInvitation(
  context: TenantContext,
  input: NewInvitation,
): Promise<{ readonly id: string; readonly token: string; readonly expiresAtMs: number }> {
  const id = randomUUIDv7();
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const { email, role, projectIds } = input;
  const deed = { action: "member.invite", target: { kind: "invitation", id }, detail: { role, projectIds } };
  return await audited(context, deed, async (tx) => {
    if (role !== "VIEWER" && projectIds !== null)
      throw new AccessError(
        "invalid_input",
        "Only viewers can be limited to projects: others see all of them.",
      );
    await refuseUnknownProjects(tx, context.tenantId, projectIds ?? []);
    if ((await tx.query("select from people where email = $1", [email])).length > 0)
      throw new AccessError("already_exists", "This person is a member already: change their role instead.");
    // A new link takes the place of an older one for the same address.
    await tx.query(
      "update invitations set revoked_at = now() where email = $1 and accepted_at is null and revoked_at is null",
      [email],
    );
    const [row] = await tx.query<{ expires_at: Date }>(
      `insert into invitations (id, tenant_id, email, role, project_ids, token_hash, invited_by, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8)) returning expires_at`,
      [id, context.tenantId, email, role, projectIds, hashOf(token), input.invitedBy, input.expiresInDays],
    );
    return { id, token, expiresAtMs: row?.expires_at.getTime() ?? 0 };
  });
}

/** @throws {AccessError} unknown_invitation */
export async function revokeInvitation(context: TenantContext, id: string): Promise<void> {
  await audited(context, { action: "invitation.revoke", target: { kind: "invitation", id } }, async (tx) => {
    const rows = await tx.query(
      `update invitations set revoked_at = now()
       where id = $1 and accepted_at is null and revoked_at is null returning id`,
      [id],
    );
    if (rows.length === 0)
      throw new AccessError("unknown_invitation", "There is no open invitation with this id.");
  });
}

export interface OpenInvitation {
  readonly id: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly email: string;
  readonly role: Role;
  readonly projectIds: readonly string[] | null;
  readonly invitedBy: string;
  readonly expiresAtMs: number;
  /** The account with the invited address, if there is one. */
  readonly userId: string | null;
}

/** What the holder of the link may know. @throws {AccessError} link_invalid */
export async function findInvitation(executor: SqlExecutor, token: string): Promise<OpenInvitation> {
  const [row] = await executor.query<OpenInvitation & { readonly expiresAt: Date }>(
    `select i.id, i.tenant_id as "tenantId", t.name as "tenantName", i.email, i.role, i.project_ids as "projectIds",
            coalesce(by.name, '') as "invitedBy", i.expires_at as "expiresAt", u.id as "userId"
     from invitations i join tenants t on t.id = i.tenant_id
     left join users u on u.email = i.email left join users by on by.id = i.invited_by
     where i.token_hash = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()`,
    [hashOf(token)],
  );
  if (row === undefined)
    throw new AccessError(
      "link_invalid",
      "This invitation was used, has ended or was taken back: ask for another one.",
    );
  return { ...row, expiresAtMs: row.expiresAt.getTime() };
}

export interface Acceptance {
  readonly token: string;
  /** Who is signed in, by themselves and not through an organisation's single sign-on. */
  readonly signedInAs: string | null;
  readonly name?: string | undefined;
  readonly password?: string | undefined;
}

/** @throws {AccessError} link_invalid, sign_in_required, invalid_input, conflict */
export async function acceptInvitation(
  { control, passwords, actor }: { control: ControlStore; passwords: PasswordHasher; actor: Actor },
  { token, signedInAs, name, password }: Acceptance,
): Promise<{ readonly userId: string; readonly tenantId: string; readonly isNewPerson: boolean }> {
  const found = await findInvitation(control, token);
  const isNewPerson = found.userId === null;
  if (!isNewPerson && signedInAs !== found.userId)
    throw new AccessError(
      "sign_in_required",
      `There is an account for ${found.email}: sign in with it first.`,
    );
  if (isNewPerson && (name === undefined || password === undefined))
    throw new AccessError("invalid_input", "A name and a password are needed to make the account.");
  // Before the transaction: hashing is slow on purpose.
  const passwordHash = isNewPerson && password !== undefined ? await passwords.hash(password) : null;
  const context = { control, tenantId: found.tenantId, actor };
  const deed = {
    action: "invitation.accept",
    target: { kind: "invitation", id: found.id },
    detail: { role: found.role },
  };
  return await auditedAsOwner(context, deed, async (tx, note) => {
    const claimed = await tx.query(
      `update invitations set accepted_at = now()
       where id = $1 and accepted_at is null and revoked_at is null and expires_at > now() returning id`,
      [found.id],
    );
    if (claimed.length === 0)
      throw new AccessError("link_invalid", "This invitation was used at the same moment.");
    const { email, tenantId, role, projectIds } = found;
    const person = { name: name ?? email, email, isEmailVerified: false, passwordHash };
    const userId = found.userId ?? (await createPerson(tx, person));
    const joined = await tx.query(
      `insert into members (tenant_id, user_id, role, sees_all_projects) values ($1, $2, $3, $4)
       on conflict (tenant_id, user_id) do nothing returning user_id`,
      [tenantId, userId, role, projectIds === null],
    );
    if (joined.length === 0)
      throw new AccessError("conflict", "You are a member of this organisation already.");
    // Projects that were deleted since are left out; none left means none seen, never all.
    const kept = await tx.query<{ id: string }>(
      "select id from projects where tenant_id = $1 and id = any ($2::text[])",
      [tenantId, projectIds ?? []],
    );
    await grantProjects(
      tx,
      tenantId,
      userId,
      kept.map(({ id }) => id),
    );
    // Whoever had no account until now is somebody from here on.
    note.personId = userId;
    return { userId, tenantId, isNewPerson };
  });
}

function hashOf(token: string): Uint8Array {
  return hash("sha256", token, "buffer");
}
