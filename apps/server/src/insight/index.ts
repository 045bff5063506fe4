/**
 * Insight: one question, one function. Everything takes a reader that is bound to one tenant and project, knows no
 * HTTP, and answers in the shapes of packages/contract.
 */
export { readBusiness } from "./business/readBusiness.ts";
export { readWhatChanged } from "./changes/readWhatChanged.ts";
export { readErrors } from "./monitoring/readErrors.ts";
export { readMetrics } from "./monitoring/readMetrics.ts";
export { readTraces } from "./monitoring/readTraces.ts";
export { readBeneath } from "./overview/readBeneath.ts";
export { readOverview } from "./overview/readOverview.ts";
export { readProjectStatus, type ProjectStatus } from "./projects/readProjectStatus.ts";
export { readLiveService, readService } from "./services/readService.ts";
export { readServices } from "./services/readServices.ts";
export { readDatabaseSeries, readQueryHashes } from "./databaseSeries.ts";
export {
  type BudgetHistogram,
  type BudgetRow,
  type BudgetWindow,
  budgetWindow,
  readBudgetCounts,
  readBudgetHistograms,
} from "./vitals/readBudgetCounts.ts";
export type { VitalTarget } from "./vitals/judge.ts";
export type { VitalHistory } from "./vitals/readHistory.ts";
export { readVitalBreakdown } from "./vitals/readVitalBreakdown.ts";
export { readVitalPages } from "./vitals/readVitalPages.ts";
export { publishedTarget, readVitals, type VitalsAnswer } from "./vitals/readVitals.ts";
export {
  countOver,
  addCounts,
  NO_COUNTS,
  p75,
  p75Interval,
  rounded,
  stepsOfBuckets,
} from "./vitals/vitalHistogram.ts";
export { groupedPage } from "./vitals/vitalSource.ts";
export { CursorError, decodeCursor, encodeCursor } from "./cursor.ts";
export { releasesIn, type FirstSeenRelease } from "./releases.ts";
export { readVisit } from "./visits/readVisit.ts";
export { readVisitOfTrace } from "./visits/readVisitOfTrace.ts";
export { readVisits } from "./visits/readVisits.ts";
export type { GeneratedPlace, Symbolicate } from "./visits/symbolicate.ts";
