/** Organisations: described, made, renamed, deleted with everything they store. */
import { randomUUIDv7 } from "node:crypto";
import type { Tenant } from "@throughline/contract";
import type { ControlStore } from "../engines/control/store.ts";
import { type AuditContext, audited, auditedAsOwner } from "./audit/audited.ts";
import type { TenantPrincipal } from "./principal.ts";
import { isPermanentProject } from "./projects.ts";
import { maySeeProject } from "./principal.ts";
import { AccessError } from "./problems.ts";

type TenantContext = AuditContext & { readonly tenantId: string };

export async function readTenant(control: ControlStore, principal: TenantPrincipal): Promise<Tenant> {
  return await control.readAsTenant(principal.tenantId, async (tx) => {
    const [tenant] = await tx.query<{ id: string; name: string; created_at: Date; members: number }>(
      "select id, name, created_at, (select count(*)::int from members) as members from tenants",
    );
    if (tenant === undefined)
      throw new AccessError("unknown_organisation", "This organisation was just deleted.");
    const projects = await tx.query<{ id: string; name: string; created_at: Date; ingest_keys: number }>(
      `select id, name, created_at,
              (select count(*)::int from ingest_keys k
               where k.project_id = p.id and revoked_at is null and (expires_at is null or expires_at > now())) as ingest_keys
       from projects p order by name, id`,
    );
    return {
      id: tenant.id,
      name: tenant.name,
      createdAtMs: tenant.created_at.getTime(),
      isFirst: principal.isFirstTenant,
      members: tenant.members,
      projects: projects
        .filter(({ id }) => maySeeProject(principal, id))
        .map(({ id, name, created_at: at, ingest_keys: ingestKeys }) => ({
          id,
          name,
          createdAtMs: at.getTime(),
          ingestKeys,
          isPermanent: isPermanentProject(id, principal.isFirstTenant),
        })),
    };
  });
}

/** With a first project; whoever makes it looks after it. @returns its id */
export async function createTenant(context: AuditContext, userId: string, name: string): Promise<string> {
  const id = randomUUIDv7();
  const deed = { action: "tenant.create", target: { kind: "tenant", id, name } };
  return await auditedAsOwner(context, deed, async (tx) => {
    await tx.query("insert into tenants (id, name) values ($1, $2)", [id, name]);
    await tx.query("insert into projects (id, tenant_id, name) values ('default', $1, 'Default')", [id]);
    await tx.query("insert into members (tenant_id, user_id, role) values ($1, $2, 'SUPER_ADMIN')", [
      id,
      userId,
    ]);
    return id;
  });
}

export async function renameTenant(context: TenantContext, name: string): Promise<void> {
  const deed = { action: "tenant.rename", target: { kind: "tenant", id: context.tenantId, name } };
  await audited(context, deed, async (tx, note) => {
    const [before] = await tx.query<{ name: string }>("select name from tenants for update");
    note.detail = { nameBefore: before?.name ?? null };
    await tx.query("update tenants set name = $1", [name]);
  });
}

/**
 * Its members' accounts stay: they belong to the people. Its telemetry is erased in the background, its audit log with it;
 * that it was deleted stays written in the installation's own log.
 * @throws {AccessError} confirmation_needed, conflict
 */
export async function deleteTenant(
  { control, actor, tenantId }: TenantContext,
  {
    name,
    why,
    isFirstTenant,
  }: { readonly name: string; readonly why: string; readonly isFirstTenant: boolean },
): Promise<void> {
  const deed = { action: "tenant.delete", target: { kind: "tenant", id: tenantId, name }, why };
  await auditedAsOwner({ control, actor, tenantId: null }, deed, async (tx) => {
    if (isFirstTenant)
      throw new AccessError(
        "conflict",
        "The installation's first organisation stays as long as the installation does.",
      );
    const gone = await tx.query("delete from tenants where id = $1 and name = $2 returning id", [
      tenantId,
      name,
    ]);
    if (gone.length === 0)
      throw new AccessError("confirmation_needed", "Type the organisation's name exactly as it is.");
    await tx.query("insert into telemetry_deletions (id, tenant_id, project_id) values ($1, $2, null)", [
      randomUUIDv7(),
      tenantId,
    ]);
    await tx.query("delete from audit_log where tenant_id = $1", [tenantId]);
  });
}
