/** API keys: each belongs to the person who made it and can never do more than they can. */
import { randomUUIDv7 } from "node:crypto";
import type { ApiKey, CreatedKey } from "@throughline/contract";
import type { ControlStore, SqlExecutor } from "../../engines/control/store.ts";
import { type AuditContext, audited } from "../audit/audited.ts";
import { refuseUnknownProjects } from "../people/members.ts";
import { may, maySeeProject, type PersonPrincipal } from "../principal.ts";
import { AccessError } from "../problems.ts";
import { isScope } from "../roles.ts";
import { hashOfApiKey, makeApiKey, prefixOfApiKey } from "./apiKeyFormat.ts";
import { daysFrom, expiryOfSuccessor, KEY_COLUMNS, type KeyRow, shownKey } from "./keyState.ts";
import { endAfter, refuseEnded } from "./manageIngestKeys.ts";

type TenantContext = AuditContext & { readonly tenantId: string };

interface ApiKeyRow extends KeyRow {
  readonly scopes: string[];
  readonly project_ids: string[] | null;
  readonly maker_id: string;
  readonly has_maker: boolean;
}

/** One's own, or everybody's for those who may manage them; newest first. */
export async function readApiKeys(
  control: ControlStore,
  tenantId: string,
  person: PersonPrincipal,
): Promise<ApiKey[]> {
  const ownerId = may(person, "api-keys:manage") ? null : person.userId;
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<ApiKeyRow>(
      `select ${KEY_COLUMNS}, k.scopes, k.project_ids, k.created_by as maker_id, p.id is not null as has_maker
       from api_keys k left join people p on p.id = k.created_by
       where $1::text is null or k.created_by = $1 order by k.id desc limit 1000`,
      [ownerId],
    ),
  );
  const nowMs = Date.now();
  return rows.map((row) => ({
    ...shownKey(row, nowMs, row.has_maker),
    scopes: row.scopes,
    projectIds: row.project_ids,
    isYours: row.maker_id === person.userId,
  }));
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly projectIds: readonly string[] | null;
  readonly expiresInDays: number | null;
}

/** @throws {AccessError} invalid_input, forbidden */
export async function makeApiKeyOf(
  context: TenantContext,
  person: PersonPrincipal,
  { name, scopes, projectIds, expiresInDays }: NewApiKey,
): Promise<CreatedKey> {
  const deed = { action: "api-key.create", detail: { scopes, projectIds, expiresInDays } };
  return await audited(context, deed, async (tx, note) => {
    const unknown = scopes.filter((scope) => !isScope(scope));
    if (unknown.length > 0)
      throw new AccessError(
        "invalid_input",
        `No key can have the scope ${unknown.join(", ")}: see GET /api/roles.`,
      );
    const beyond = scopes.filter((scope) => isScope(scope) && !may(person, scope));
    if (beyond.length > 0)
      throw new AccessError(
        "forbidden",
        `A key can't do more than its maker, who may not: ${beyond.join(", ")}.`,
      );
    if (projectIds?.some((id) => !maySeeProject(person, id)) === true)
      throw new AccessError("forbidden", "A key can't see more projects than its maker.");
    await refuseUnknownProjects(tx, context.tenantId, projectIds ?? []);
    const created = await insertApiKey(tx, context.tenantId, {
      name,
      scopes: [...new Set(scopes)],
      projectIds,
      makerId: person.userId,
      expiresAt: daysFrom(Date.now(), expiresInDays),
      replaces: null,
    });
    note.target = { kind: "api-key", id: created.id, name };
    return created;
  });
}

/** The maker's only, because the new key acts for them. @throws {AccessError} unknown_key, forbidden, conflict */
export async function rotateApiKey(
  context: TenantContext,
  person: PersonPrincipal,
  { id, overlapHours, why }: { id: string; overlapHours: number; why?: string | undefined },
): Promise<CreatedKey> {
  const deed = { action: "api-key.rotate", target: { kind: "api-key", id }, why, detail: { overlapHours } };
  return await audited(context, deed, async (tx, note) => {
    const old = await lockedKey(tx, id, person);
    note.target = { kind: "api-key", id, name: old.name };
    if (old.maker_id !== person.userId)
      throw new AccessError("forbidden", "Only the person who made a key can rotate it: it acts for them.");
    await refuseEnded(tx, "api_keys", old);
    const created = await insertApiKey(tx, context.tenantId, {
      name: old.name,
      scopes: old.scopes,
      projectIds: old.project_ids,
      makerId: person.userId,
      expiresAt: expiryOfSuccessor(old, Date.now()),
      replaces: id,
    });
    await endAfter(tx, "api_keys", id, overlapHours);
    note.detail = { newKeyId: created.id };
    return created;
  });
}

/** @throws {AccessError} unknown_key */
export async function endApiKey(
  context: TenantContext,
  person: PersonPrincipal,
  id: string,
  why?: string,
): Promise<void> {
  const deed = { action: "api-key.revoke", target: { kind: "api-key", id }, why };
  await audited(context, deed, async (tx, note) => {
    const { name } = await lockedKey(tx, id, person);
    note.target = { kind: "api-key", id, name };
    await tx.query("update api_keys set revoked_at = now() where id = $1 and revoked_at is null", [id]);
  });
}

/** Somebody else's key does not exist for those who may not manage it. */
async function lockedKey(tx: SqlExecutor, id: string, person: PersonPrincipal): Promise<ApiKeyRow> {
  const [row] = await tx.query<ApiKeyRow>(
    "select *, created_by as maker_id from api_keys where id = $1 for update",
    [id],
  );
  if (row === undefined || (row.maker_id !== person.userId && !may(person, "api-keys:manage")))
    throw new AccessError("unknown_key", "There is no API key with this id.");
  return row;
}

interface StoredApiKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly projectIds: readonly string[] | null;
  readonly makerId: string;
  readonly expiresAt: Date | null;
  readonly replaces: string | null;
}

async function insertApiKey(tx: SqlExecutor, tenantId: string, input: StoredApiKey): Promise<CreatedKey> {
  const id = randomUUIDv7();
  const key = makeApiKey();
  const prefix = prefixOfApiKey(key);
  await tx.query(
    `insert into api_keys (id, tenant_id, name, prefix, hash, scopes, project_ids, created_by, expires_at, replaces)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      id,
      tenantId,
      input.name,
      prefix,
      Buffer.from(hashOfApiKey(key), "hex"),
      input.scopes,
      input.projectIds,
      input.makerId,
      input.expiresAt,
      input.replaces,
    ],
  );
  return { id, key, prefix };
}
