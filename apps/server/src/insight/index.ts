/**
 * Insight: one question, one function. Everything takes a reader that is bound to one tenant and project, knows no
 * HTTP, and answers in the shapes of packages/contract.
 */
export { readBusiness } from "./business/readBusiness.ts";
export { readWhatChanged } from "./changes/readWhatChanged.ts";
export { readErrors } from "./monitoring/readErrors.ts";
export { readMetrics } from "./monitoring/readMetrics.ts";
export { readTraces } from "./monitoring/readTraces.ts";
export { readOverview } from "./overview/readOverview.ts";
export { readProjectStatus, type ProjectStatus } from "./projects/readProjectStatus.ts";
export { readLiveService, readService } from "./services/readService.ts";
export { readServices } from "./services/readServices.ts";
export { CursorError, decodeCursor, encodeCursor } from "./cursor.ts";
export { releasesIn, type FirstSeenRelease } from "./releases.ts";
export { readVitals } from "./vitals/readVitals.ts";
