/** Links that set a new password: used once, ended after a while, kept as a hash. They end all sessions of the person. */
import { hash, randomBytes, randomUUIDv7 } from "node:crypto";
import type { ControlStore } from "../../engines/control/store.ts";
import { type Actor, type AuditContext, auditedAsOwner, recordForPerson } from "../audit/audited.ts";
import type { PasswordHasher } from "../auth/password.ts";
import { AccessError } from "../problems.ts";

const TOKEN_BYTES = 32;
/** One that an administrator hands over takes longer than one that is mailed. */
export const HANDED_HOURS = 24;
export const MAILED_HOURS = 1;

export interface ResetLink {
  readonly token: string;
  readonly expiresAtMs: number;
}

/**
 * For a member whose only organisation this is: whoever resets a password can be that person, also elsewhere.
 * @throws {AccessError} unknown_member, conflict
 */
export async function makeResetLink(
  context: AuditContext & { readonly tenantId: string },
  userId: string,
): Promise<ResetLink> {
  const deed = { action: "password.reset-link", target: { kind: "person", id: userId } };
  return await auditedAsOwner(context, deed, async (tx) => {
    const tenants = await tx.query<{ tenant_id: string }>(
      "select tenant_id from members where user_id = $1",
      [userId],
    );
    if (!tenants.some((row) => row.tenant_id === context.tenantId))
      throw new AccessError("unknown_member", "There is no such member here.");
    if (tenants.length > 1)
      throw new AccessError(
        "conflict",
        "For this account no link can be made from here: the person has to reset it.",
      );
    return await insertToken(tx, userId, HANDED_HOURS);
  });
}

/** For whoever forgot it, by mail. @returns null when there is no such account. */
export async function makeMailedLink(
  control: ControlStore,
  email: string,
): Promise<(ResetLink & { readonly userId: string }) | null> {
  const [person] = await control.query<{ id: string }>("select id from users where email = $1", [email]);
  if (person === undefined) return null;
  return { userId: person.id, ...(await insertToken(control, person.id, MAILED_HOURS)) };
}

/** @throws {AccessError} link_invalid; {PasswordQueueFull} @returns whose password it was */
export async function resetPassword(
  { control, passwords, actor }: { control: ControlStore; passwords: PasswordHasher; actor: Actor },
  { token, newPassword }: { readonly token: string; readonly newPassword: string },
): Promise<string> {
  const identifier = identifierOf(token);
  const known = await control.query(
    "select from verifications where identifier = $1 and expires_at > now()",
    [identifier],
  );
  // Before the slow hash, so that invented links cost nothing.
  if (known.length === 0) throw invalid();
  const password = await passwords.hash(newPassword);
  const userId = await control.transaction(async (tx) => {
    const [claimed] = await tx.query<{ value: string }>(
      "delete from verifications where identifier = $1 and expires_at > now() returning value",
      [identifier],
    );
    if (claimed === undefined) throw invalid();
    const id = claimed.value;
    const changed = await tx.query(
      `update accounts set password = $2, updated_at = now()
       where user_id = $1 and provider_id = 'credential' returning id`,
      [id, password],
    );
    if (changed.length === 0)
      await tx.query(
        `insert into accounts (id, account_id, provider_id, user_id, password, updated_at)
         values ($1, $2, 'credential', $2, $3, now())`,
        [randomUUIDv7(), id, password],
      );
    await tx.query("delete from sessions where user_id = $1", [id]);
    await recordForPerson(tx, { ...actor, kind: "person", id }, id, { action: "password.reset" }, "done");
    return id;
  });
  return userId;
}

async function insertToken(
  executor: Pick<ControlStore, "query">,
  userId: string,
  hours: number,
): Promise<ResetLink> {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const [row] = await executor.query<{ expires_at: Date }>(
    `insert into verifications (id, identifier, value, expires_at)
     values ($1, $2, $3, now() + make_interval(hours => $4)) returning expires_at`,
    [randomUUIDv7(), identifierOf(token), userId, hours],
  );
  return { token, expiresAtMs: row?.expires_at.getTime() ?? 0 };
}

/** With a prefix, so that no identifier of better-auth can be mistaken for one of these. */
function identifierOf(token: string): string {
  return hash("sha256", `password reset ${token}`, "hex");
}

function invalid(): AccessError {
  return new AccessError("link_invalid", "This link was used or has ended: ask for another one.");
}
