import type { BudgetEvents, BudgetList, VitalBreakdown, VitalPages, VitalsPage } from "@throughline/contract";

/** All that the page asks for. */
export interface VitalsData {
  readonly vitals: VitalsPage;
  readonly breakdown: VitalBreakdown;
  readonly budgets: BudgetList;
  readonly events: BudgetEvents;
  /** Not where one page is looked at. */
  readonly pages?: VitalPages;
}
