/** Projects of a tenant: made, renamed, deleted with all their data. */
import { randomUUIDv7 } from "node:crypto";
import { type AuditContext, audited } from "./audit/audited.ts";
import { DEFAULT_PROJECT, OWN_PROJECT } from "./bootstrap.ts";
import { AccessError } from "./problems.ts";

type TenantContext = AuditContext & { readonly tenantId: string };

/** @throws {AccessError} already_exists, conflict */
export async function createProject(
  context: TenantContext,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  const deed = { action: "project.create", target: { kind: "project", id, name } };
  await audited(context, deed, async (tx) => {
    const erasing = await tx.query(
      "select from telemetry_deletions where project_id = $1 and done_at is null limit 1",
      [id],
    );
    // What is sent to the new one would be erased together with what is left of the old one.
    if (erasing.length > 0)
      throw new AccessError(
        "conflict",
        "A deleted project with this id is still being erased: try again in some minutes.",
      );
    const made = await tx.query(
      "insert into projects (id, tenant_id, name) values ($1, $2, $3) on conflict do nothing returning id",
      [id, context.tenantId, name],
    );
    if (made.length === 0)
      throw new AccessError("already_exists", `There is a project ${id} already: choose another id.`);
  });
}

/** @throws {AccessError} unknown_project */
export async function renameProject(context: TenantContext, id: string, name: string): Promise<void> {
  const deed = { action: "project.rename", target: { kind: "project", id, name } };
  await audited(context, deed, async (tx, note) => {
    const [before] = await tx.query<{ name: string }>("select name from projects where id = $1 for update", [
      id,
    ]);
    if (before === undefined) throw unknownProject(id);
    note.detail = { nameBefore: before.name };
    await tx.query("update projects set name = $2 where id = $1", [id, name]);
  });
}

/**
 * Its keys and grants end with it; its telemetry is erased in the background.
 * @throws {AccessError} unknown_project, conflict
 */
export async function deleteProject(
  context: TenantContext,
  { id, why, isFirstTenant }: { readonly id: string; readonly why: string; readonly isFirstTenant: boolean },
): Promise<void> {
  const deed = { action: "project.delete", target: { kind: "project", id }, why };
  await audited(context, deed, async (tx) => {
    if (isPermanentProject(id, isFirstTenant))
      throw new AccessError("conflict", "This project is the installation's own and stays.");
    const gone = await tx.query("delete from projects where id = $1 returning id", [id]);
    if (gone.length === 0) throw unknownProject(id);
    await tx.query("insert into telemetry_deletions (id, tenant_id, project_id) values ($1, $2, $3)", [
      randomUUIDv7(),
      context.tenantId,
      id,
    ]);
  });
}

/** The one that telemetry without a key goes to, and the one of the product itself. */
export function isPermanentProject(id: string, isFirstTenant: boolean): boolean {
  return isFirstTenant && (id === DEFAULT_PROJECT || id === OWN_PROJECT);
}

function unknownProject(id: string): AccessError {
  return new AccessError("unknown_project", `There is no project ${JSON.stringify(id)}.`);
}
