import { randomUUIDv7 } from "node:crypto";
import type { ControlStore, SqlExecutor } from "../engines/control/store.ts";
import { hashOfIngestKey, makeIngestKey, prefixOfIngestKey } from "./keys/ingestKeyFormat.ts";

export interface NewIngestKey {
  readonly tenantId: string;
  readonly projectId: string;
  readonly name: string;
  /** A browser key lies open in a page; a server key is a secret. */
  readonly kind: "server" | "browser";
  readonly expiresAt?: Date;
}

export interface CreatedIngestKey {
  readonly id: string;
  /** Shown once and never stored: only its hash is. */
  readonly key: string;
}

/** Makes a key of an existing project of the tenant; other projects are refused by the database (23503). */
export async function createIngestKey(control: ControlStore, input: NewIngestKey): Promise<CreatedIngestKey> {
  return await control.asTenant(input.tenantId, (tx) => insertIngestKey(tx, input));
}

/** The same within a transaction that the caller holds. */
export async function insertIngestKey(tx: SqlExecutor, input: NewIngestKey): Promise<CreatedIngestKey> {
  const id = randomUUIDv7();
  const key = makeIngestKey();
  await tx.query(
    `insert into ingest_keys (id, tenant_id, project_id, name, prefix, hash, kind, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      input.tenantId,
      input.projectId,
      input.name,
      prefixOfIngestKey(key),
      Buffer.from(hashOfIngestKey(key), "hex"),
      input.kind,
      input.expiresAt ?? null,
    ],
  );
  return { id, key };
}
