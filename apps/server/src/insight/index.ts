/**
 * Insight: one question, one function. Everything takes a reader that is bound to one tenant and project, knows no
 * HTTP, and answers in the shapes of packages/contract.
 */
export { readErrors } from "./monitoring/readErrors.ts";
export { readMetrics } from "./monitoring/readMetrics.ts";
export { readTraces } from "./monitoring/readTraces.ts";
export { readOverview } from "./overview/readOverview.ts";
export { readProjectStatus, type ProjectStatus } from "./projects/readProjectStatus.ts";
export { readLiveService, readService } from "./services/readService.ts";
export { readServices } from "./services/readServices.ts";
export { CursorError } from "./cursor.ts";
export { readVisit } from "./visits/readVisit.ts";
export { readVisitOfTrace } from "./visits/readVisitOfTrace.ts";
export { readVisits } from "./visits/readVisits.ts";
export type { GeneratedPlace, Symbolicate } from "./visits/symbolicate.ts";
export { readVitals } from "./vitals/readVitals.ts";
