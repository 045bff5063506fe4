/**
 * Whom do a provider's claims stand for, and with which role? The person is found by provider and subject, never by what
 * the provider says about e-mail alone; the first time they are made a member (just in time), each time their role is set
 * from their groups.
 *
 * A provider is set up by one organisation, and could claim to speak for anybody. So a session opened by it counts in that
 * organisation only (principals.ts) and can't change the account (permission `account`): then even a provider that lies
 * about an address reaches nothing that its organisation could not give away anyway.
 */
import { randomUUIDv7 } from "node:crypto";
import type { Role } from "@throughline/contract";
import type { SqlExecutor } from "../../engines/control/store.ts";
import type { Note } from "../audit/audited.ts";
import { createPerson } from "../people/createPerson.ts";
import { AccessError } from "../problems.ts";
import { ROLES } from "../roles.ts";
import type { ProviderRow } from "./providers.ts";

export type Claims = Readonly<Record<string, unknown>>;

export interface AdmittedPerson {
  readonly userId: string;
  readonly role: Role;
}

/** Within a transaction of the owner. @throws {AccessError} forbidden when no group of theirs has a role here. */
export async function admitPerson(
  tx: SqlExecutor,
  provider: ProviderRow,
  claims: Claims,
  note: Note,
): Promise<AdmittedPerson> {
  const subject = claims.sub;
  if (typeof subject !== "string" || subject === "" || subject.length > 500)
    throw new AccessError("provider_failed", "The provider did not say who this is (no claim 'sub').");
  const role = roleOf(provider, claims);
  if (role === null)
    throw new AccessError(
      "forbidden",
      "None of your groups has a role here. Ask whoever looks after single sign-on to add one of them.",
    );
  const providerId = `sso:${provider.id}`;
  // Two first sign-ins at the same moment: the second waits for the first.
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${providerId} ${subject}`]);
  const [known] = await tx.query<{ user_id: string }>(
    "select user_id from accounts where provider_id = $1 and account_id = $2",
    [providerId, subject],
  );
  const userId = known?.user_id ?? (await firstSignIn(tx, claims));
  if (known === undefined)
    await tx.query(
      "insert into accounts (id, account_id, provider_id, user_id, updated_at) values ($1, $2, $3, $4, now())",
      [randomUUIDv7(), subject, providerId, userId],
    );
  const [before] = await tx.query<{ role: Role }>(
    "select role from members where tenant_id = $1 and user_id = $2 for update",
    [provider.tenant_id, userId],
  );
  await tx.query(
    `insert into members (tenant_id, user_id, role) values ($1, $2, $3)
     on conflict (tenant_id, user_id) do update
     set role = excluded.role, sees_all_projects = members.sees_all_projects or excluded.role <> 'VIEWER'`,
    [provider.tenant_id, userId, role],
  );
  note.target = { kind: "person", id: userId };
  note.detail = {
    provider: provider.name,
    role,
    roleBefore: before?.role ?? null,
    isFirstSignIn: known === undefined,
  };
  return { userId, role };
}

/** The highest of the mapped groups' roles, else the provider's default. */
export function roleOf(
  provider: Pick<ProviderRow, "groups_claim" | "role_by_group" | "default_role">,
  claims: Claims,
): Role | null {
  const claimed = claims[provider.groups_claim];
  const groups = new Set(
    (Array.isArray(claimed) ? claimed : [claimed]).filter((each) => typeof each === "string"),
  );
  const roles = provider.role_by_group.filter(({ group }) => groups.has(group)).map(({ role }) => role);
  return ROLES.findLast((role) => roles.includes(role)) ?? provider.default_role;
}

/** An account with the address exists: it becomes theirs for this organisation. Otherwise one is made. */
async function firstSignIn(tx: SqlExecutor, claims: Claims): Promise<string> {
  const email = typeof claims.email === "string" ? claims.email.trim().toLowerCase() : "";
  if (!/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(email))
    throw new AccessError(
      "provider_failed",
      "The provider sent no e-mail address: give this client the scope 'email'.",
    );
  if (claims.email_verified === false)
    throw new AccessError(
      "forbidden",
      "The provider says that your e-mail address is not verified: verify it there first.",
    );
  const [known] = await tx.query<{ id: string }>("select id from users where email = $1", [email]);
  if (known !== undefined) return known.id;
  const name = typeof claims.name === "string" && claims.name.trim() !== "" ? claims.name.trim() : email;
  return await createPerson(tx, {
    name: name.slice(0, 200),
    email,
    isEmailVerified: claims.email_verified === true,
    passwordHash: null,
  });
}
