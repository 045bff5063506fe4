/** Budgets: targets for web vitals, who changed them, and when pages left them and came back. */
export { startBudgetEvaluator } from "./evaluator.ts";
export { changeBudget, createBudget, deleteBudget, projectOfBudget, unknownBudget } from "./manageBudgets.ts";
export { readBudgetEvents, readBudgets } from "./readBudgets.ts";
export { hasJudgedBudgets, type OpenBreach, readOpenBreaches } from "./readOpenBreaches.ts";
export { createVitalsReader, type VitalsReader } from "./vitalsReader.ts";
