/** Which target holds. Pure. */
import { pageMatches, type VitalName } from "@throughline/contract";
import { publishedTarget, type VitalTarget } from "../insight/index.ts";

export interface TargetBudget {
  readonly id: string;
  /** A page, or a pattern with `*`. */
  readonly page: string;
  /** Empty: all devices together. */
  readonly device: string;
  readonly metric: VitalName;
  readonly target: number;
}

export interface TargetQuestion {
  /** Empty: the whole site. */
  readonly page: string;
  /** Empty: all devices together. */
  readonly device: string;
  readonly metric: VitalName;
}

/** Every page; and the only pattern that the whole site is judged by. */
const EVERYWHERE = "*";

/**
 * The most specific budget: one of the device before one of all, then the page itself, then the longest pattern. Without
 * one the published threshold.
 */
export function targetFor(budgets: readonly TargetBudget[], asked: TargetQuestion): VitalTarget {
  const [best] = budgets
    .filter((budget) => holdsFor(budget, asked))
    .sort((a, b) => specificityOf(b, asked) - specificityOf(a, asked) || (a.id < b.id ? -1 : 1));
  return best === undefined ? publishedTarget(asked.metric) : { target: best.target, budgetId: best.id };
}

/** Whether it is about that page and vital, and about that device or all of them. */
export function holdsFor(budget: TargetBudget, { page, device, metric }: TargetQuestion): boolean {
  return (
    budget.metric === metric &&
    (budget.device === "" || budget.device === device) &&
    (page === "" ? budget.page === EVERYWHERE : pageMatches(budget.page, page))
  );
}

function specificityOf({ page, device }: TargetBudget, asked: TargetQuestion): number {
  const isPage = page === asked.page;
  return (device === "" ? 0 : 1e6) + (isPage ? 1e5 : 0) + page.replaceAll("*", "").length;
}
