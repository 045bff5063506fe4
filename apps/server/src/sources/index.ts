/** Sources of dashboards: kept answers, circuit breakers of outside services, and isolation of each from the others. */
export { type BreakerStatus, type Breakers, createBreakers, ServiceGivenUp } from "./breakers.ts";
export { CACHE_TABLE, type CacheKind } from "./cacheTable.ts";
export { isolated, type Outcome } from "./isolate.ts";
export { type BeneathReader, createBeneathReader } from "./keptBeneath.ts";
export { type CacheStatus, openSourceCache, type SourceCache } from "./sourceCache.ts";
