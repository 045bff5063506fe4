/** The budgets' tables, as this room reads them. */
import type { DeviceType, VitalName } from "@throughline/contract";
import type { SqlExecutor } from "../engines/control/index.ts";
import type { TargetBudget } from "./targets.ts";

export interface BudgetRecord extends TargetBudget {
  readonly ownerId: string | null;
  readonly ownerName: string | null;
  readonly note: string;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

const BUDGETS_MAX = 1000;

/** As the tenant. @param id only this one */
export async function selectBudgets(
  tx: SqlExecutor,
  projectId: string,
  id: string | null = null,
): Promise<BudgetRecord[]> {
  return await tx.query<BudgetRecord>(
    `select b.id, b.page, b.device, b.metric, b.target, b.owner_id as "ownerId", p.name as "ownerName", b.note,
            b.created_at as "createdAt", b.changed_at as "changedAt"
     from budgets b left join people p on p.id = b.owner_id
     where b.project_id = $1 and ($2::uuid is null or b.id = $2)
     order by b.page, b.metric, b.device limit ${BUDGETS_MAX}`,
    [projectId, id],
  );
}

/** Without their owners: also for the product's own housekeeping, which is no tenant. */
export async function selectTargets(
  control: SqlExecutor,
  tenantId: string,
  projectId: string,
): Promise<TargetBudget[]> {
  return await control.query<TargetBudget>(
    `select id, page, device, metric, target from budgets where tenant_id = $1 and project_id = $2
     order by id limit ${BUDGETS_MAX}`,
    [tenantId, projectId],
  );
}

export function deviceOf(device: string): DeviceType | null {
  return device === "desktop" || device === "mobile" || device === "tablet" ? device : null;
}

export interface ChangeRow {
  readonly budgetId: string;
  readonly projectId: string;
  readonly action: "created" | "changed" | "deleted";
  readonly page: string;
  readonly device: string;
  readonly metric: VitalName;
  readonly targetBefore: number | null;
  readonly targetAfter: number | null;
  readonly ownerBefore: string | null;
  readonly ownerAfter: string | null;
}
