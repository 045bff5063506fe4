import type { QuotaChange } from "@throughline/contract";
import { type AuditContext, auditedAsOwner, recordDeed } from "../audit/audited.ts";
import { AccessError } from "../problems.ts";
import { QUOTA_KINDS } from "./quotaKinds.ts";

/**
 * Sets a tenant's quotas, as somebody who looks after the installation. It is in that person's audit log, and in the
 * log of the tenant itself, whose members will wonder.
 * @throws {AccessError} unknown_organisation
 */
export async function changeQuota(
  context: AuditContext & { readonly tenantId: string },
  { tenantId, why, ...change }: QuotaChange & { readonly tenantId: string },
): Promise<void> {
  const deed = {
    action: "quota.change",
    target: { kind: "tenant", id: tenantId },
    why,
    detail: change,
  };
  await auditedAsOwner(context, deed, async (tx, note) => {
    const [tenant] = await tx.query<{ name: string }>("select name from tenants where id = $1 for update", [
      tenantId,
    ]);
    if (tenant === undefined)
      throw new AccessError("unknown_organisation", "There is no organisation with this id.");
    const target = { ...deed.target, name: tenant.name };
    note.target = target;
    for (const kind of QUOTA_KINDS) {
      const dailyMax = change[kind];
      if (dailyMax === undefined) continue;
      if (dailyMax === "default")
        await tx.query("delete from quotas where tenant_id = $1 and kind = $2", [tenantId, kind]);
      else
        await tx.query(
          `insert into quotas (tenant_id, kind, daily_max) values ($1, $2, $3)
           on conflict (tenant_id, kind) do update set daily_max = excluded.daily_max`,
          [tenantId, kind, dailyMax],
        );
    }
    if (tenantId !== context.tenantId)
      await recordDeed({ ...context, control: tx, tenantId }, { ...deed, target }, "done");
  });
}
