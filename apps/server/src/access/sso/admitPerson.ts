/**
 * Whom do a provider's claims stand for, and with which role? The person is found by provider and subject, never by what
 * the provider says about e-mail alone; the first time they are made a member (just in time), each time their role is set
 * from their groups.
 *
 * A provider is set up by one organisation, and could claim to speak for anybody. So a session opened by it counts in that
 * organisation only (principals.ts) and can't change the account (permission `account`). And it introduces people only
 * with addresses of mail domains that the organisation proved (domains.ts), so that no organisation makes or joins
 * accounts of another one's people.
 */
import { randomUUIDv7 } from "node:crypto";
import type { Role } from "@throughline/contract";
import type { SqlExecutor } from "../../engines/control/store.ts";
import type { Note } from "../audit/audited.ts";
import { createPerson } from "../people/createPerson.ts";
import { AccessError } from "../problems.ts";
import { ROLES } from "../roles.ts";
import { domainOf } from "./domains.ts";
import type { ProviderRow } from "./providers.ts";

export type Claims = Readonly<Record<string, unknown>>;

export interface AdmittedPerson {
  readonly userId: string;
  readonly role: Role;
}

export interface Admission {
  readonly provider: ProviderRow;
  readonly claims: Claims;
  /** Of the installation's first organisation: it may introduce anybody. */
  readonly isOfFirstTenant: boolean;
}

/** What accounts of this provider are kept under. */
export const accountProviderOf = (providerId: string): string => `sso:${providerId}`;

/** @throws {AccessError} provider_failed */
export function subjectOf({ sub }: Claims): string {
  if (typeof sub === "string" && /^[^\p{C}]{1,500}$/u.test(sub)) return sub;
  throw new AccessError("provider_failed", "The provider did not say who this is (no claim 'sub').");
}

/** Within a transaction of the owner. @throws {AccessError} forbidden, provider_failed */
export async function admitPerson(
  tx: SqlExecutor,
  admission: Admission,
  role: Role,
  note: Note,
): Promise<AdmittedPerson> {
  const { provider, claims } = admission;
  const subject = subjectOf(claims);
  const providerId = accountProviderOf(provider.id);
  // Two first sign-ins at the same moment: the second waits for the first.
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${providerId} ${subject}`]);
  const [known] = await tx.query<{ user_id: string; has_left: boolean }>(
    `select user_id, left_at is not null as has_left from accounts
     where provider_id = $1 and account_id = $2 for update`,
    [providerId, subject],
  );
  const userId = known?.user_id ?? (await firstSignIn(tx, admission, providerId, subject));
  note.target = { kind: "person", id: userId };
  const before = await roleBefore(tx, provider.tenant_id, userId);
  if (known !== undefined && before === null && !known.has_left)
    await refuseRemoved(tx, provider.tenant_id, userId);
  const given = before === "SUPER_ADMIN" && (await isLast(tx, provider.tenant_id, userId)) ? before : role;
  await tx.query(
    `insert into members (tenant_id, user_id, role) values ($1, $2, $3)
     on conflict (tenant_id, user_id) do update
     set role = excluded.role, sees_all_projects = members.sees_all_projects or excluded.role <> 'VIEWER'`,
    [provider.tenant_id, userId, given],
  );
  await tx.query(
    "update accounts set left_at = null where provider_id = $1 and account_id = $2 and left_at is not null",
    [providerId, subject],
  );
  note.personId = userId;
  note.detail = {
    provider: provider.name,
    role: given,
    roleBefore: before,
    isFirstSignIn: known === undefined,
    // Their groups say something less, and nobody would be left to set that right.
    ...(given === role ? {} : { roleOfGroups: role, isLastSuperAdmin: true }),
  };
  return { userId, role: given };
}

/**
 * Their groups have no role any more: they are no member from now on, whatever else they could sign in with, unless
 * nobody would be left to look after the organisation. Within a transaction of the owner.
 * @returns who it was; null when they never were here
 */
export async function expelPerson(
  tx: SqlExecutor,
  { provider, claims }: Admission,
  note: Note,
): Promise<string | null> {
  const [known] = await tx.query<{ user_id: string }>(
    "select user_id from accounts where provider_id = $1 and account_id = $2 for update",
    [accountProviderOf(provider.id), subjectOf(claims)],
  );
  if (known === undefined) return null;
  const { user_id: userId } = known;
  note.target = { kind: "person", id: userId };
  await tx.query("delete from sessions where user_id = $1 and sso_provider_id = $2", [userId, provider.id]);
  const before = await roleBefore(tx, provider.tenant_id, userId);
  const stays =
    before === null || (before === "SUPER_ADMIN" && (await isLast(tx, provider.tenant_id, userId)));
  note.detail = { provider: provider.name, roleBefore: before, isMemberStill: stays && before !== null };
  if (stays) return userId;
  await tx.query("delete from members where tenant_id = $1 and user_id = $2", [provider.tenant_id, userId]);
  await tx.query("update accounts set left_at = now() where provider_id = $1 and account_id = $2", [
    accountProviderOf(provider.id),
    subjectOf(claims),
  ]);
  return userId;
}

/** The highest of the mapped groups' roles, else the provider's default; null: none. */
export function roleOf(
  provider: Pick<ProviderRow, "groups_claim" | "role_by_group" | "default_role">,
  claims: Claims,
): Role | null {
  const claimed = Object.hasOwn(claims, provider.groups_claim) ? claims[provider.groups_claim] : undefined;
  const groups = new Set(
    (Array.isArray(claimed) ? claimed : [claimed]).filter((each) => typeof each === "string"),
  );
  const roles = provider.role_by_group.filter(({ group }) => groups.has(group)).map(({ role }) => role);
  return ROLES.findLast((role) => roles.includes(role)) ?? provider.default_role;
}

/** An account with the address exists: it becomes theirs for this organisation. Otherwise one is made. */
async function firstSignIn(
  tx: SqlExecutor,
  { provider, claims, isOfFirstTenant }: Admission,
  providerId: string,
  subject: string,
): Promise<string> {
  const email = typeof claims.email === "string" ? claims.email.trim().toLowerCase() : "";
  if (!/^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,255}$/u.test(email))
    throw new AccessError(
      "provider_failed",
      "The provider sent no e-mail address: give this client the scope 'email'.",
    );
  if (claims.email_verified === false)
    throw new AccessError(
      "forbidden",
      "The provider says that your e-mail address is not verified: verify it there first.",
    );
  if (!isOfFirstTenant && !provider.email_domains.includes(domainOf(email)))
    throw new AccessError(
      "forbidden",
      "Your e-mail address is of none of the mail domains that this organisation has proved.",
    );
  const [known] = await tx.query<{ id: string }>("select id from users where email = $1", [email]);
  // Whoever can write any address into their own profile there must not become the person here.
  if (known !== undefined && claims.email_verified !== true)
    throw new AccessError(
      "forbidden",
      "There is an account with your e-mail address, and the provider does not say that the address is verified (claim 'email_verified').",
    );
  const userId =
    known?.id ??
    (await createPerson(tx, {
      name: nameOf(claims) ?? email,
      email,
      isEmailVerified: claims.email_verified === true,
      passwordHash: null,
    }));
  await tx.query(
    "insert into accounts (id, account_id, provider_id, user_id, updated_at) values ($1, $2, $3, $4, now())",
    [randomUUIDv7(), subject, providerId, userId],
  );
  return userId;
}

/** In one line; null when there is nothing to read in it. */
function nameOf({ name }: Claims): string | null {
  if (typeof name !== "string") return null;
  const readable = name.replaceAll(/[\s\p{C}]+/gu, " ").trim();
  return readable === "" ? null : readable.slice(0, 200).toWellFormed();
}

async function roleBefore(tx: SqlExecutor, tenantId: string, userId: string): Promise<Role | null> {
  const [row] = await tx.query<{ role: Role }>(
    "select role from members where tenant_id = $1 and user_id = $2 for update",
    [tenantId, userId],
  );
  return row?.role ?? null;
}

/** All of them are locked, so that of two who are demoted at the same moment one stays. */
async function isLast(tx: SqlExecutor, tenantId: string, userId: string): Promise<boolean> {
  const rows = await tx.query<{ user_id: string }>(
    "select user_id from members where tenant_id = $1 and role = 'SUPER_ADMIN' order by user_id for update",
    [tenantId],
  );
  return rows.every((row) => row.user_id === userId);
}

/** Somebody removed them here: the provider alone does not bring them back. @throws {AccessError} forbidden */
async function refuseRemoved(tx: SqlExecutor, tenantId: string, userId: string): Promise<void> {
  const invited = await tx.query(
    `update invitations set accepted_at = now()
     where tenant_id = $1 and email = (select email from users where id = $2)
       and accepted_at is null and revoked_at is null and expires_at > now() returning id`,
    [tenantId, userId],
  );
  if (invited.length === 0)
    throw new AccessError(
      "forbidden",
      "You were removed from this organisation. Ask a super administrator for an invitation, then sign in again.",
    );
}
