/**
 * From page views to transitions. Pure; the state machine of one page, device and vital:
 *
 *   (none) ──over──▶ over: breach          over ──in──▶ in: recovery
 *   (none) ──in────▶ in: nothing to tell   in ──over──▶ over: breach
 *   unknown changes nothing
 *
 * Between "over" and "in" lies the width of the 95 % interval, so a page near its target does not flap: to be called back
 * it has to be proved to be within it.
 */
import type { VitalName } from "@throughline/contract";
import { publishedTarget, type BudgetRow, type VitalTarget } from "../insight/index.ts";
import { budgetVerdict } from "../insight/statistics/index.ts";
import { holdsFor, targetFor, type TargetBudget } from "./targets.ts";

export interface BudgetKey {
  /** Empty: the whole site. */
  readonly page: string;
  /** Empty: all devices together. */
  readonly device: string;
  readonly metric: VitalName;
}

export interface Judged extends BudgetKey, VitalTarget {
  readonly n: number;
  /** Null: the target is none of the published ones, so the histogram has to be asked. */
  readonly overCount: number | null;
}

export interface BudgetStateRow extends BudgetKey {
  readonly isOver: boolean;
  readonly target: number;
}

export interface Transition extends Judged {
  readonly overCount: number;
  readonly isOver: boolean;
  /** Null: it begins within its budget, which is no news. */
  readonly kind: "breach" | "recovery" | null;
}

export const keyOf = ({ page, device, metric }: BudgetKey): string => JSON.stringify([page, device, metric]);

/** All that is judged: each page and the site, all devices together; one device where a budget names it. */
export function judgedOf(rows: readonly BudgetRow[], budgets: readonly TargetBudget[]): Judged[] {
  const sums = new Map<string, BudgetKey & { n: number; good: number }>();
  const add = (key: BudgetKey, { count, good }: BudgetRow): void => {
    const id = keyOf(key);
    const sum = sums.get(id) ?? { ...key, n: 0, good: 0 };
    sum.n += count;
    sum.good += good;
    sums.set(id, sum);
  };
  for (const row of rows) {
    const { metric } = row;
    for (const page of [row.page, ""]) {
      add({ page, device: "", metric }, row);
      const own = { page, device: row.device, metric };
      if (row.device !== "" && isNamed(budgets, own)) add(own, row);
    }
  }
  return [...sums.values()].map(({ page, device, metric, n, good }) => {
    const target = targetFor(budgets, { page, device, metric });
    const isPublished = target.target === publishedTarget(metric).target;
    return { page, device, metric, ...target, n, overCount: isPublished ? n - good : null };
  });
}

/** Whether a budget is about exactly this device. */
export function isNamed(budgets: readonly TargetBudget[], key: BudgetKey): boolean {
  return budgets.some((budget) => budget.device === key.device && holdsFor(budget, key));
}

/** @returns null when nothing changes */
export function transitionOf(
  judged: Judged & { readonly overCount: number },
  state: BudgetStateRow | undefined,
): Transition | null {
  const { verdict } = budgetVerdict({ n: judged.n, overCount: judged.overCount });
  if (verdict === "unknown") return null;
  const isOver = verdict === "over";
  if (state?.isOver === isOver) return null;
  const kind = isOver ? "breach" : state === undefined ? null : "recovery";
  return { ...judged, isOver, kind };
}
