import type { BudgetEvent } from "@throughline/contract";
import type { ControlStore } from "../engines/control/index.ts";
import { deviceOf } from "./budgetRows.ts";

const BREACHES_MAX = 200;

export interface OpenBreach extends Pick<BudgetEvent, "page" | "device" | "metric" | "target"> {
  readonly sinceMs: number;
}

/** Whether any page of the project had enough views to be judged. */
export async function hasJudgedBudgets(
  control: ControlStore,
  tenantId: string,
  projectId: string,
): Promise<boolean> {
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query(`select 1 from budget_states where project_id = $1 limit 1`, [projectId]),
  );
  return rows.length > 0;
}

/** Budgets and published thresholds that pages of the project are over now, newest first. */
export async function readOpenBreaches(
  control: ControlStore,
  tenantId: string,
  projectId: string,
): Promise<OpenBreach[]> {
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<Pick<BudgetEvent, "page" | "metric" | "target"> & { device: string; since: Date }>(
      `select page, device, metric, target, since from budget_states
       where project_id = $1 and is_over order by since desc, page, device, metric limit ${BREACHES_MAX}`,
      [projectId],
    ),
  );
  return rows.map(({ since, device, ...row }) => ({
    ...row,
    device: deviceOf(device),
    sinceMs: since.getTime(),
  }));
}
