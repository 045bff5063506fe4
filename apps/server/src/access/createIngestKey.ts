import { randomUUIDv7 } from "node:crypto";
import type { ControlStore, SqlExecutor } from "../engines/control/store.ts";
import { hashOfIngestKey, makeIngestKey, prefixOfIngestKey } from "./keys/ingestKeyFormat.ts";

export interface NewIngestKey {
  readonly tenantId: string;
  readonly projectId: string;
  readonly name: string;
  /** A browser key lies open in a page; a server key is a secret. */
  readonly kind: "server" | "browser";
  readonly expiresAt?: Date | null;
  /** Of a browser key: the sites that may send with it. */
  readonly allowedOrigins?: readonly string[];
  /** A person's id. */
  readonly createdBy?: string | null;
  /** The key it takes over from. */
  readonly replaces?: string | null;
}

export interface CreatedIngestKey {
  readonly id: string;
  /** Shown once and never stored: only its hash is. */
  readonly key: string;
  readonly prefix: string;
}

/** Makes a key of an existing project of the tenant; other projects are refused by the database (23503). */
export async function createIngestKey(control: ControlStore, input: NewIngestKey): Promise<CreatedIngestKey> {
  return await control.asTenant(input.tenantId, (tx) => insertIngestKey(tx, input));
}

/** The same within a transaction that the caller holds. */
export async function insertIngestKey(tx: SqlExecutor, input: NewIngestKey): Promise<CreatedIngestKey> {
  const id = randomUUIDv7();
  const key = makeIngestKey();
  const prefix = prefixOfIngestKey(key);
  await tx.query(
    `insert into ingest_keys (id, tenant_id, project_id, name, prefix, hash, kind, expires_at,
                              allowed_origins, created_by, replaces)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      id,
      input.tenantId,
      input.projectId,
      input.name,
      prefix,
      Buffer.from(hashOfIngestKey(key), "hex"),
      input.kind,
      input.expiresAt ?? null,
      input.allowedOrigins ?? [],
      input.createdBy ?? null,
      input.replaces ?? null,
    ],
  );
  return { id, key, prefix };
}
