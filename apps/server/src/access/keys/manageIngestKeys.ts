/** Ingest keys of a tenant: list, make, change, rotate, revoke. */
import type { IngestKey } from "@throughline/contract";
import type { ControlStore, SqlExecutor } from "../../engines/control/store.ts";
import { type AuditContext, audited } from "../audit/audited.ts";
import { type CreatedIngestKey, insertIngestKey } from "../createIngestKey.ts";
import { refuseUnknownProjects } from "../people/members.ts";
import { AccessError } from "../problems.ts";
import { daysFrom, expiryOfSuccessor, KEY_COLUMNS, type KeyRow, shownKey } from "./keyState.ts";

type TenantContext = AuditContext & { readonly tenantId: string };

interface IngestKeyRow extends KeyRow {
  readonly project_id: string;
  readonly kind: IngestKey["kind"];
  readonly allowed_origins: string[];
}

/** Newest first, ended ones included. */
export async function readIngestKeys(control: ControlStore, tenantId: string): Promise<IngestKey[]> {
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<IngestKeyRow>(
      `select ${KEY_COLUMNS}, k.project_id, k.kind, k.allowed_origins
       from ingest_keys k left join people p on p.id = k.created_by order by k.id desc limit 1000`,
    ),
  );
  const nowMs = Date.now();
  return rows.map((row) => ({
    ...shownKey(row, nowMs),
    projectId: row.project_id,
    kind: row.kind,
    allowedOrigins: row.allowed_origins,
  }));
}

export interface NewKey {
  readonly name: string;
  readonly projectId: string;
  readonly kind: IngestKey["kind"];
  readonly allowedOrigins: readonly string[];
  readonly expiresInDays: number | null;
}

/** @param makerId the person's id @throws {AccessError} invalid_input */
export async function makeIngestKeyOf(
  context: TenantContext,
  makerId: string | null,
  { expiresInDays, ...input }: NewKey,
): Promise<CreatedIngestKey> {
  const { name, projectId, kind, allowedOrigins } = input;
  const deed = { action: "ingest-key.create", detail: { projectId, kind, allowedOrigins, expiresInDays } };
  return await audited(context, deed, async (tx, note) => {
    await refuseUnknownProjects(tx, context.tenantId, [projectId]);
    const created = await insertIngestKey(tx, {
      ...input,
      tenantId: context.tenantId,
      createdBy: makerId,
      expiresAt: daysFrom(Date.now(), expiresInDays),
    });
    note.target = { kind: "ingest-key", id: created.id, name };
    return created;
  });
}

/** @throws {AccessError} unknown_key, invalid_input */
export async function changeIngestKey(
  context: TenantContext,
  id: string,
  change: { readonly name?: string | undefined; readonly allowedOrigins?: readonly string[] | undefined },
): Promise<void> {
  const deed = { action: "ingest-key.change", target: { kind: "ingest-key", id } };
  await audited(context, deed, async (tx, note) => {
    const before = await lockedKey(tx, id);
    const name = change.name ?? before.name;
    const allowedOrigins = change.allowedOrigins ?? before.allowed_origins;
    note.target = { kind: "ingest-key", id, name };
    note.detail = {
      name,
      nameBefore: before.name,
      allowedOrigins,
      allowedOriginsBefore: before.allowed_origins,
    };
    if (before.kind === "browser" && allowedOrigins.length === 0)
      throw new AccessError("invalid_input", "A browser key needs the sites that may send with it.");
    await tx.query("update ingest_keys set name = $2, allowed_origins = $3 where id = $1", [
      id,
      name,
      allowedOrigins,
    ]);
  });
}

/**
 * Makes a key that takes over; the old one works on for the overlap, so that senders can change over one by one.
 * @throws {AccessError} unknown_key, conflict
 */
export async function rotateIngestKey(
  context: TenantContext,
  makerId: string | null,
  { id, overlapHours, why }: { id: string; overlapHours: number; why?: string | undefined },
): Promise<CreatedIngestKey> {
  const deed = {
    action: "ingest-key.rotate",
    target: { kind: "ingest-key", id },
    why,
    detail: { overlapHours },
  };
  return await audited(context, deed, async (tx, note) => {
    const old = await lockedKey(tx, id);
    note.target = { kind: "ingest-key", id, name: old.name };
    await refuseEnded(tx, "ingest_keys", old);
    const created = await insertIngestKey(tx, {
      tenantId: context.tenantId,
      projectId: old.project_id,
      name: old.name,
      kind: old.kind,
      allowedOrigins: old.allowed_origins,
      createdBy: makerId,
      expiresAt: expiryOfSuccessor(old, Date.now()),
      replaces: id,
    });
    await endAfter(tx, "ingest_keys", id, overlapHours);
    note.detail = { newKeyId: created.id };
    return created;
  });
}

/** @throws {AccessError} unknown_key */
export async function endIngestKey(context: TenantContext, id: string, why?: string): Promise<void> {
  const deed = { action: "ingest-key.revoke", target: { kind: "ingest-key", id }, why };
  await audited(context, deed, async (tx, note) => {
    const { name } = await lockedKey(tx, id);
    note.target = { kind: "ingest-key", id, name };
    await tx.query("update ingest_keys set revoked_at = now() where id = $1 and revoked_at is null", [id]);
  });
}

async function lockedKey(tx: SqlExecutor, id: string): Promise<IngestKeyRow> {
  const [row] = await tx.query<IngestKeyRow>("select * from ingest_keys where id = $1 for update", [id]);
  if (row === undefined) throw new AccessError("unknown_key", "There is no ingest key with this id.");
  return row;
}

/** A key that has ended has nothing to hand over; one that was rotated has done so already. @throws {AccessError} conflict */
export async function refuseEnded(
  tx: SqlExecutor,
  table: "ingest_keys" | "api_keys",
  key: Pick<KeyRow, "id" | "expires_at" | "revoked_at">,
): Promise<void> {
  if (key.revoked_at !== null || (key.expires_at !== null && key.expires_at.getTime() <= Date.now()))
    throw new AccessError("conflict", "This key has ended: make a new one instead.");
  const successors = await tx.query(
    `select id from ${table} where replaces = $1 and revoked_at is null limit 1`,
    [key.id],
  );
  if (successors.length > 0)
    throw new AccessError("conflict", "This key was rotated already: rotate the one that took over.");
}

/** Never later than it would have ended anyway. */
export async function endAfter(
  tx: SqlExecutor,
  table: "ingest_keys" | "api_keys",
  id: string,
  hours: number,
): Promise<void> {
  await tx.query(
    `update ${table} set expires_at = least(expires_at, now() + make_interval(secs => $2)) where id = $1`,
    [id, hours * 3600],
  );
}
