/**
 * The schema. Names and enums are those of the performance dashboard's contract. A number that may not be known yet is
 * nullable: null means that nothing was sent to tell it from. MB are 10^6 bytes, percentages 0 to 100.
 */
export const TYPE_DEFS = /* GraphQL */ `
  "ISO 8601 with its zone."
  scalar DateTime

  type Query {
    "How a project does as a whole. facilityId names a project; without it the first one that has data."
    performanceOverview(facilityId: ID, timeRange: TimeRange!, custom: CustomTimeRange): PerformanceOverview!
    "Statements with an execution of threshold milliseconds and more, slowest first."
    slowQueries(
      facilityId: ID
      threshold: Int = 1000
      timeRange: TimeRange!
      custom: CustomTimeRange
      limit: Int = 100
    ): [QueryPerformanceMetric!]!
    "Endpoints, most of all request time first; at most 100."
    endpointMetrics(
      facilityId: ID
      endpoint: String
      timeRange: TimeRange!
      custom: CustomTimeRange
    ): [EndpointMetric!]!
    "Processes over time. interval: 1m, 5m, 15m, 30m, 1h, 4h or 1d; a wider one is used where there would be more than 300 points."
    resourceUtilization(
      facilityId: ID
      timeRange: TimeRange!
      custom: CustomTimeRange
      interval: String = "5m"
    ): [ResourceMetric!]!
    "Connection pools of databases, all processes together."
    databasePoolMetrics(facilityId: ID, timeRange: TimeRange!, custom: CustomTimeRange): DatabasePoolMetrics!
  }

  type Subscription {
    "The overview now, and again whenever telemetry of the project was stored."
    performanceOverview(facilityId: ID, timeRange: TimeRange!): PerformanceOverview!
  }

  type PerformanceOverview {
    timeRange: TimeRange!
    "0 to 100; null under 20 requests, which make no score."
    healthScore: Float
    status: HealthStatus
    avgResponseTimeMs: Float
    p95ResponseTimeMs: Float
    p99ResponseTimeMs: Float
    requestsPerSecond: Float!
    "Percent of requests."
    errorRate: Float
    avgQueryTimeMs: Float
    "Executions of a second and more."
    slowQueryCount: Int!
    "Percent."
    connectionPoolUtilization: Float
    "Percent of the cores that a process may use, mean over processes."
    avgCpuUsagePercent: Float
    "Mean over processes."
    avgMemoryUsageMB: Float
    maxMemoryUsageMB: Float
    "Against the time of the same length just before; null where either has no score."
    performanceTrend: TrendDirection
    "The five worst."
    topBottlenecks: [PerformanceBottleneck!]!
  }

  type PerformanceBottleneck {
    type: BottleneckType!
    severity: Severity!
    description: String!
    impact: String!
    recommendation: String!
    affectedEndpoints: [String!]!
  }

  type QueryPerformanceMetric {
    id: ID!
    queryHash: String!
    "The first 200 characters, without literals."
    queryPreview: String!
    "Of the slowest execution."
    executionTimeMs: Int!
    "Mean; null when the driver does not say."
    rowsReturned: Int
    "The route that ran it longest; empty when it runs outside of requests."
    endpoint: String!
    "Minute of the newest execution."
    timestamp: DateTime!
    occurrenceCount: Int!
  }

  type EndpointMetric {
    endpoint: String!
    "Null when the route does not tell it."
    method: String
    totalRequests: Int!
    successfulRequests: Int!
    failedRequests: Int!
    avgResponseTimeMs: Float!
    p50ResponseTimeMs: Float
    p95ResponseTimeMs: Float
    p99ResponseTimeMs: Float
    maxResponseTimeMs: Float!
    avgRequestSizeBytes: Int
    avgResponseSizeBytes: Int
    "As performanceTrend, of this endpoint."
    trend: TrendDirection
  }

  type ResourceMetric {
    timestamp: DateTime!
    cpuUsagePercent: Float
    memoryUsedMB: Int
    memoryTotalMB: Int
    eventLoopLagMs: Float
    activeConnections: Int
    heapUsedMB: Int
    heapTotalMB: Int
  }

  type DatabasePoolMetrics {
    "Now: of the newest point that has one."
    currentConnections: Int
    idleConnections: Int
    waitingRequests: Int
    "Executions in the range."
    totalQueries: Int!
    avgQueryTimeMs: Float
    utilizationPercent: Float
    utilizationHistory: [PoolUtilizationPoint!]!
  }

  type PoolUtilizationPoint {
    timestamp: DateTime!
    utilizationPercent: Float!
    activeConnections: Int!
    queuedRequests: Int!
  }

  enum BottleneckType {
    SLOW_QUERY
    HIGH_CPU
    MEMORY_LEAK
    CONNECTION_POOL_EXHAUSTION
    N_PLUS_ONE_QUERY
    UNINDEXED_QUERY
    LARGE_PAYLOAD
  }

  enum Severity {
    LOW
    MEDIUM
    HIGH
    CRITICAL
  }

  enum TrendDirection {
    IMPROVING
    STABLE
    DEGRADING
    CRITICAL
  }

  enum HealthStatus {
    HEALTHY
    DEGRADED
    UNHEALTHY
    CRITICAL
  }

  enum TimeRange {
    LAST_HOUR
    LAST_6_HOURS
    LAST_24_HOURS
    LAST_7_DAYS
    LAST_30_DAYS
    "With the argument custom."
    CUSTOM
  }

  input CustomTimeRange {
    start: DateTime!
    end: DateTime!
  }
`;
