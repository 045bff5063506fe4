/** Performance of a project as the GraphQL API tells it. */
export { readEndpointMetrics, type EndpointMetrics } from "./readEndpointMetrics.ts";
export {
  meanOf,
  poolUtilization,
  readPerformance,
  readQueryTotals,
  type Performance,
} from "./readPerformance.ts";
export { readEndpointTrends } from "./readEndpointTrends.ts";
export { readHealth } from "../health/readHealth.ts";
export { readResources, type ResourcePoint } from "./readResources.ts";
export { readSlowQueries, type SlowQuery } from "./readSlowQueries.ts";
