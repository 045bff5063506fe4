import type { ControlStore } from "../engines/control/store.ts";

/**
 * Ends a key for good; every instance refuses it within five seconds.
 * @returns false when the tenant has no such key or it was revoked before.
 */
export async function revokeIngestKey(
  control: ControlStore,
  tenantId: string,
  keyId: string,
): Promise<boolean> {
  return await control.asTenant(tenantId, async (tx) => {
    const revoked = await tx.query(
      "update ingest_keys set revoked_at = now() where id = $1 and revoked_at is null returning id",
      [keyId],
    );
    return revoked.length === 1;
  });
}
