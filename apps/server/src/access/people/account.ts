/** A person's own account. */
import type { Account } from "@throughline/contract";
import type { ControlStore } from "../../engines/control/store.ts";
import { type AuditContext, auditedAsOwner } from "../audit/audited.ts";
import type { PasswordHasher } from "../auth/password.ts";
import type { PersonPrincipal } from "../principal.ts";
import { AccessError } from "../problems.ts";
import { deletePerson } from "./deletePerson.ts";

export async function readAccount(control: ControlStore, person: PersonPrincipal): Promise<Account> {
  const [[user], passkeys] = await Promise.all([
    control.query<{ created_at: Date; has_password: boolean }>(
      `select created_at, exists (select from accounts a where a.user_id = u.id and a.password is not null) as has_password
       from users u where id = $1`,
      [person.userId],
    ),
    control.query<{ id: string; name: string | null; created_at: Date | null; backed_up: boolean }>(
      "select id, name, created_at, backed_up from passkeys where user_id = $1 order by created_at, id",
      [person.userId],
    ),
  ]);
  if (user === undefined) throw new AccessError("sign_in_required", "This account was just deleted.");
  return {
    userId: person.userId,
    name: person.name,
    email: person.email,
    createdAtMs: user.created_at.getTime(),
    hasPassword: user.has_password,
    hasTwoFactor: person.hasTwoFactor,
    passkeys: passkeys.map((row) => ({
      id: row.id,
      name: row.name ?? "",
      createdAtMs: row.created_at?.getTime() ?? null,
      isBackedUp: row.backed_up,
    })),
    memberships: [...person.memberships],
  };
}

export async function renamePerson(context: AuditContext, userId: string, name: string): Promise<void> {
  const deed = { action: "account.rename", target: { kind: "person", id: userId } };
  await auditedAsOwner(context, deed, async (tx) => {
    await tx.query("update users set name = $2, updated_at = now() where id = $1", [userId, name]);
  });
}

/**
 * Deletes the person with sessions, memberships, factors and API keys; in audit logs only an id stays.
 * @throws {AccessError} confirmation_needed, wrong_password, conflict
 */
export async function deleteAccount(
  context: AuditContext & { readonly passwords: PasswordHasher },
  person: PersonPrincipal,
  given: { readonly email: string; readonly password?: string | undefined },
): Promise<void> {
  if (given.email.trim().toLowerCase() !== person.email)
    throw new AccessError("confirmation_needed", "Type the account's own e-mail address.");
  const [stored] = await context.control.query<{ password: string }>(
    "select password from accounts where user_id = $1 and provider_id = 'credential' and password is not null",
    [person.userId],
  );
  if (stored !== undefined) {
    const isRight = await context.passwords.verify({ hash: stored.password, password: given.password ?? "" });
    if (!isRight) throw new AccessError("wrong_password", "The password is another one.");
  }
  const deed = { action: "account.delete", target: { kind: "person", id: person.userId } };
  await auditedAsOwner(context, deed, async (tx) => {
    // All super administrators of those organisations are locked, so that two who leave at once do not both go.
    const rows = await tx.query<{ tenant_id: string; user_id: string }>(
      `select tenant_id, user_id from members where role = 'SUPER_ADMIN'
         and tenant_id in (select tenant_id from members where user_id = $1 and role = 'SUPER_ADMIN')
       order by tenant_id, user_id for update`,
      [person.userId],
    );
    const others = new Set(rows.filter((row) => row.user_id !== person.userId).map((row) => row.tenant_id));
    if (rows.some((row) => !others.has(row.tenant_id)))
      throw new AccessError(
        "conflict",
        "You are the last super administrator of an organisation: hand it over first.",
      );
    await deletePerson(tx, person.userId);
  });
}
