import type { ControlStore } from "../engines/control/store.ts";

export interface IngestKeyRecord {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  /** The first characters of the key, to recognise it by. */
  readonly prefix: string;
  readonly kind: "server" | "browser";
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** The tenant's keys, newest first, revoked ones included. */
export async function ingestKeysOfTenant(
  control: ControlStore,
  tenantId: string,
): Promise<readonly IngestKeyRecord[]> {
  return await control.readAsTenant(tenantId, (tx) =>
    tx.query<IngestKeyRecord>(
      `select id, project_id as "projectId", name, prefix, kind, created_at as "createdAt",
              last_used_at as "lastUsedAt", expires_at as "expiresAt", revoked_at as "revokedAt"
       from ingest_keys order by created_at desc, id desc`,
    ),
  );
}
