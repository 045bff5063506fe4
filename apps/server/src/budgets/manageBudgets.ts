/** Budgets are made, changed and deleted: audited, with a history of their own that every reader sees. */
import { randomUUIDv7 } from "node:crypto";
import type { BudgetChange, NewBudget } from "@throughline/contract";
import { AccessError, audited, type AuditContext } from "../access/index.ts";
import type { SqlExecutor } from "../engines/control/index.ts";
import { groupedPage } from "../insight/index.ts";
import { selectBudgets, type BudgetRecord, type ChangeRow } from "./budgetRows.ts";

type TenantContext = AuditContext & { readonly tenantId: string };

/** @returns its id @throws {AccessError} already_exists, invalid_input */
export async function createBudget(
  context: TenantContext,
  projectId: string,
  input: NewBudget,
): Promise<string> {
  const page = input.page.includes("*") ? input.page : groupedPage(input.page);
  const device = input.device ?? "";
  const { metric, target, ownerId, note } = input;
  const detail = { projectId, page, device, metric, target, ownerId };
  const id = randomUUIDv7();
  await audited(context, { action: "budget.create", detail }, async (tx, auditNote) => {
    auditNote.target = { kind: "budget", id, name: nameOf({ page, device, metric }) };
    await refuseStranger(tx, ownerId);
    const made = await tx.query(
      `insert into budgets (id, tenant_id, project_id, page, device, metric, target, owner_id, note)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning id`,
      [id, context.tenantId, projectId, page, device, metric, target, ownerId, note],
    );
    if (made.length === 0)
      throw new AccessError(
        "already_exists",
        `There is a budget of ${nameOf({ page, device, metric })} already: change that one.`,
      );
    await insertChange(tx, context, {
      budgetId: id,
      projectId,
      action: "created",
      page,
      device,
      metric,
      targetBefore: null,
      targetAfter: target,
      ownerBefore: null,
      ownerAfter: ownerId,
    });
  });
  return id;
}

/** @throws {AccessError} unknown_budget, invalid_input */
export async function changeBudget(
  context: TenantContext,
  projectId: string,
  id: string,
  change: BudgetChange,
): Promise<void> {
  await audited(context, { action: "budget.change", target: { kind: "budget", id } }, async (tx, note) => {
    const before = await lockedBudget(tx, projectId, id);
    const target = change.target ?? before.target;
    const ownerId = change.ownerId === undefined ? before.ownerId : change.ownerId;
    note.target = { kind: "budget", id, name: nameOf(before) };
    note.detail = { projectId, target, targetBefore: before.target, ownerId, ownerIdBefore: before.ownerId };
    if (before.metric === "CLS" && target > 100)
      throw new AccessError("invalid_input", "A target for CLS is at most 100.");
    if (ownerId !== before.ownerId) await refuseStranger(tx, ownerId);
    await tx.query(
      "update budgets set target = $2, owner_id = $3, note = $4, changed_at = now() where id = $1",
      [id, target, ownerId, change.note ?? before.note],
    );
    await insertChange(tx, context, {
      ...changeOf(before, projectId),
      action: "changed",
      targetAfter: target,
      ownerAfter: ownerId,
    });
  });
}

/** @throws {AccessError} unknown_budget */
export async function deleteBudget(context: TenantContext, projectId: string, id: string): Promise<void> {
  await audited(context, { action: "budget.delete", target: { kind: "budget", id } }, async (tx, note) => {
    const before = await lockedBudget(tx, projectId, id);
    note.target = { kind: "budget", id, name: nameOf(before) };
    note.detail = { projectId, target: before.target, ownerId: before.ownerId };
    await tx.query("delete from budgets where id = $1", [id]);
    await insertChange(tx, context, {
      ...changeOf(before, projectId),
      action: "deleted",
      targetAfter: null,
      ownerAfter: null,
    });
  });
}

/** Which project a budget is of; null where the organisation has no such budget. */
export async function projectOfBudget(
  { control, tenantId }: Pick<TenantContext, "control" | "tenantId">,
  id: string,
): Promise<string | null> {
  const [row] = await control.readAsTenant(tenantId, (tx) =>
    tx.query<{ projectId: string }>('select project_id as "projectId" from budgets where id = $1', [id]),
  );
  return row?.projectId ?? null;
}

async function lockedBudget(tx: SqlExecutor, projectId: string, id: string): Promise<BudgetRecord> {
  await tx.query("select from budgets where id = $1 for update", [id]);
  const [found] = await selectBudgets(tx, projectId, id);
  if (found === undefined) throw unknownBudget();
  return found;
}

export function unknownBudget(): AccessError {
  return new AccessError("unknown_budget", "There is no budget with this id: it may have been deleted.");
}

async function refuseStranger(tx: SqlExecutor, ownerId: string | null): Promise<void> {
  if (ownerId === null) return;
  const found = await tx.query("select from members where user_id = $1", [ownerId]);
  if (found.length === 0)
    throw new AccessError("invalid_input", "The owner is not a member of this organisation.");
}

function nameOf({ page, device, metric }: Pick<BudgetRecord, "page" | "device" | "metric">): string {
  return `${metric} of ${page}${device === "" ? "" : ` on ${device}`}`;
}

function changeOf(
  { id, page, device, metric, target, ownerId }: BudgetRecord,
  projectId: string,
): Omit<ChangeRow, "action" | "targetAfter" | "ownerAfter"> {
  return { budgetId: id, projectId, page, device, metric, targetBefore: target, ownerBefore: ownerId };
}

async function insertChange(
  tx: SqlExecutor,
  { tenantId, actor }: Pick<TenantContext, "tenantId" | "actor">,
  change: ChangeRow,
): Promise<void> {
  await tx.query(
    `insert into budget_changes (id, tenant_id, project_id, budget_id, action, actor_kind, actor_id, page, device, metric,
       target_before, target_after, owner_before, owner_after)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      randomUUIDv7(),
      tenantId,
      change.projectId,
      change.budgetId,
      change.action,
      actor.kind,
      actor.id,
      change.page,
      change.device,
      change.metric,
      change.targetBefore,
      change.targetAfter,
      change.ownerBefore,
      change.ownerAfter,
    ],
  );
}
