/** Answers in the contract's shape, to test rendering only. Deterministic: a seed and a fixed clock. */
import type {
  Bottleneck,
  ErrorRow,
  Health,
  Kpi,
  Marker,
  MonitoringTraces,
  Overview,
  Project,
  QueryRow,
  RequestSeries,
  ResourceChart,
  RouteRow,
  ServiceCall,
  ServiceList,
  ServicePage,
  ServiceRow,
  SystemPage,
  TailPage,
  TimeRange,
  Trace,
  TraceRow,
} from "@throughline/contract";

export const NOW_MS = Date.UTC(2026, 10, 21, 14, 30);
const MINUTE_MS = 60_000;
const POINTS = 60;

export const range: TimeRange = { key: "1h", fromMs: NOW_MS - 60 * MINUTE_MS, toMs: NOW_MS, stepSeconds: 60 };
export const shop: Project = { id: "default", name: "default", hasData: true, lastSeenMs: NOW_MS - 2000 };
export const own: Project = {
  id: "throughline",
  name: "throughline",
  hasData: true,
  lastSeenMs: NOW_MS - 1000,
};
export const empty: Project = { id: "default", name: "default", hasData: false, lastSeenMs: null };

/** https://en.wikipedia.org/wiki/Linear_congruential_generator, constants of Numerical Recipes */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function walk(seed: number, base: number, spread: number): number[] {
  const next = random(seed);
  let value = base;
  return Array.from({ length: POINTS }, () => {
    value = Math.max(base * 0.3, value + (next() - 0.5) * spread + (base - value) * 0.08);
    return Math.round(value * 1000) / 1000;
  });
}

export const series: RequestSeries = {
  timesMs: Array.from({ length: POINTS }, (_, index) => range.fromMs + index * MINUTE_MS),
  p50Ms: walk(1, 38, 8),
  p95Ms: walk(2, 212, 46),
  p99Ms: walk(3, 388, 120),
  requestsPerSecond: walk(4, 32.4, 5),
  errorsPerSecond: walk(5, 0.4, 0.3),
};

function kpi(
  id: string,
  title: string,
  unit: Kpi["unit"],
  value: number,
  changeRatio: number,
  more: Partial<Kpi> = {},
): Kpi {
  return {
    id,
    title,
    unit,
    value,
    previous: value / (1 + changeRatio),
    changeRatio,
    better: "lower",
    sampleCount: 116_640,
    sparkline: walk(id.length, value, value * 0.2).slice(-30),
    reason: null,
    ...more,
  };
}

export const kpis: Kpi[] = [
  kpi("p95", "Response time p95", "ms", 268.4, 0.21),
  kpi("rate", "Requests", "/s", 32.4, 0.031, { better: "neither" }),
  kpi("errors", "Errors", "%", 1.24, -0.32),
  kpi("queries", "Query time p95", "ms", 41.3, 0.004),
  kpi("lcp", "Saturation", "%", 0, 0, {
    value: null,
    previous: null,
    changeRatio: null,
    sampleCount: 0,
    sparkline: [],
    reason: "Not enough data: 12 of 200 samples, about 6 min more.",
  }),
];

function route(
  service: string,
  name: string,
  rate: number,
  p95Ms: number,
  errorRatio: number,
  timeShare: number,
): RouteRow {
  return {
    service,
    route: name,
    requests: Math.round(rate * 3600),
    requestsPerSecond: rate,
    p50Ms: p95Ms * 0.42,
    p95Ms,
    p99Ms: p95Ms * 1.8,
    maxMs: p95Ms * 4.2,
    errors: Math.round(rate * 3600 * errorRatio),
    errorRatio,
    timeShare,
    responseBytesAvg: p95Ms * 97,
    slowestTraceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    lastErrorTraceId: errorRatio > 0 ? "0af7651916cd43dd8448eb211c80319c" : null,
  };
}

export const routes: RouteRow[] = [
  route("shop-web", "GET /products/:id", 18.4, 212, 0.0002, 0.31),
  route("shop-api", "POST /cart/items", 6.1, 402, 0.0031, 0.24),
  route("shop-api", "GET /search", 4.9, 611, 0.0005, 0.19),
  route("shop-api", "POST /checkout", 0.8, 884, 0.0124, 0.11),
  route("shop-api", "GET /orders/:id", 2.2, 120, 0, 0.04),
  route("shop-api", "GET /recommendations/:customerId/for/:category/with-a-long-name", 0.004, 1204, 0, 0.02),
];

export const errors: ErrorRow[] = [
  ["TimeoutError", "shop-api", "POST /checkout", "The payment provider did not answer within 3000 ms", 41, 9],
  [
    "DatabaseError",
    "shop-api",
    "GET /search",
    "canceling statement due to statement timeout: SELECT id, name FROM products WHERE to_tsvector('english', name) @@ plainto_tsquery($1)",
    12,
    95,
  ],
  [
    "TypeError",
    "shop-web",
    "GET /products/:id",
    "Cannot read properties of undefined (reading 'price')",
    3,
    3100,
  ],
].map(([type, service, name, message, count, age], index) => ({
  fingerprint: `error-${index}`,
  type: String(type),
  message: String(message),
  service: String(service),
  route: String(name),
  count: Number(count),
  firstSeenMs: NOW_MS - 7_200_000,
  lastSeenMs: NOW_MS - Number(age) * 1000,
  traceId: "0af7651916cd43dd8448eb211c80319c",
}));

export const health: Health = {
  score: 71.4,
  status: "DEGRADED",
  trend: "DEGRADING",
  previousScore: 84.2,
  parts: [
    {
      id: "reliability",
      title: "Reliability",
      score: 88.3,
      weight: 0.4,
      text: "1446 of 116640 requests failed, at least 1.17 % with 95 % confidence. 100 at none, 0 from 10 % on.",
    },
    {
      id: "speed",
      title: "Speed",
      score: 94,
      weight: 0.4,
      text: "Apdex 0.94: requests up to 500 ms count in full, up to 2000 ms half.",
    },
    {
      id: "headroom",
      title: "Headroom",
      score: 53,
      weight: 0.2,
      text: "Event loop of shop-api at 84 % over 15 minutes. 100 up to 70 %, 0 at 100 %.",
    },
  ],
  requests: 116_640,
  reason: null,
};
export const noHealth: Health = {
  ...health,
  score: null,
  status: null,
  trend: null,
  previousScore: null,
  parts: health.parts.map((part) => ({ ...part, score: null, weight: 0, text: "No requests." })),
  requests: 0,
  reason: "Not enough data: 0 of the 20 requests that a score needs.",
};

export const bottlenecks: Bottleneck[] = [
  {
    id: "SLOW_QUERY shop-api 4b57e164c91d9c37",
    type: "SLOW_QUERY",
    severity: "CRITICAL",
    service: "shop-api",
    subject:
      "SELECT r.stars, r.body, r.created_at, c.name AS author FROM shop.review AS r WHERE product_id = ?",
    description: "p95 2.2 s, p50 723 ms over 211 executions in the last 10 minutes.",
    impact: "Takes 61 % of the request time of shop-api.",
    recommendation: "Look at its plan with EXPLAIN: a sequential scan over many rows wants an index.",
    shareOfRequestTime: 0.61,
    requestsAffected: 211,
    affectedEndpoints: [{ service: "shop-api", route: "GET /products/:id" }],
    evidence: {
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      queryHash: "4b57e164c91d9c37",
      instance: null,
      plan: null,
    },
  },
  {
    id: "LARGE_PAYLOAD shop-web GET /",
    type: "LARGE_PAYLOAD",
    severity: "MEDIUM",
    service: "shop-web",
    subject: "GET /",
    description: "Answers of 2.1 MB on average over 117 requests in this range.",
    impact: "246 MB in all; a phone at 10 Mbit/s needs 1.7 s for one.",
    recommendation: "Send what the caller shows: page the list, leave out fields, and compress.",
    shareOfRequestTime: 0.2,
    requestsAffected: 117,
    affectedEndpoints: [{ service: "shop-web", route: "GET /" }],
    evidence: { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", queryHash: null, instance: null, plan: null },
  },
];

function service(
  name: string,
  rate: number,
  p95Ms: number,
  errorRatio: number | null,
  release: string,
): ServiceRow {
  return {
    service: name,
    requestsPerSecond: rate,
    p50Ms: rate === 0 ? null : p95Ms * 0.4,
    p95Ms: rate === 0 ? null : p95Ms,
    p99Ms: rate === 0 ? null : p95Ms * 1.7,
    errorRatio,
    requests: rate * 3600,
    spans: rate * 3600 * 9 + 4000,
    logs: rate * 3600 * 2.2 + 812,
    lastSeenMs: NOW_MS - 2000,
    releases: release === "" ? [] : [release],
    health: rate === 0 ? noHealth : health,
    sparkline: walk(name.length, Math.max(rate, 0.1), rate * 0.3).slice(-30),
  };
}

export const services: ServiceRow[] = [
  service("shop-web", 20.2, 231, 0.0011, "2.14.0"),
  service("shop-api", 14, 402, 0.0124, "2.14.0"),
  service("shop-worker", 0, 0, null, ""),
];

export const projects: Project[] = [shop, own];

export const markers: Marker[] = [
  {
    id: "release:shop-web:2.13.4",
    kind: "release",
    timeMs: NOW_MS - 2_700_000,
    label: "shop-web 2.13.4 first seen",
    service: "shop-web",
    release: "2.13.4",
    environment: "",
    status: null,
  },
  {
    id: "deployment:run-4711",
    kind: "deployment",
    timeMs: NOW_MS - 1_260_000,
    label: "shop-api 2.14.0 deployed to production",
    service: "shop-api",
    release: "2.14.0",
    environment: "production",
    status: "succeeded",
  },
];

const processLine = (label: string, base: number) => ({
  label,
  values: series.timesMs.map((_, index) => base * (1 + 0.2 * Math.sin(index / 5))),
});
const processChart = (
  id: string,
  title: string,
  unit: ResourceChart["unit"],
  base: number,
): ResourceChart => ({
  id,
  group: "process",
  title,
  unit,
  lines: [processLine("shop-api …3f2a91c0", base), processLine("shop-web …77b1e0aa", base * 0.6)],
  hiddenLines: 0,
  note: null,
  missing: null,
});
const resources = {
  timesMs: series.timesMs,
  charts: [
    processChart("cpu", "Processor", "ratio", 0.34),
    processChart("memory", "Resident memory", "B", 212e6),
    processChart("eventLoopDelay", "Event loop delay p99", "ms", 14),
  ],
};
const call = (
  caller: string,
  callee: string,
  kind: ServiceCall["kind"],
  rate: number,
  errorRatio: number,
) => ({
  caller,
  callee,
  kind,
  calls: Math.round(rate * 3600),
  callsPerSecond: rate,
  p95Ms: 12 + rate * 3,
  errorRatio,
});
const serviceMap = {
  fromMs: range.fromMs,
  calls: [
    call("shop-api", "postgresql shop", "database", 61, 0),
    call("shop-web", "shop-api", "service", 24.1, 0.002),
    call("shop-api", "payments", "service", 3.2, 0.041),
    call("shop-api", "mail", "queue", 0.4, 0),
  ],
};
const slowQueries: QueryRow[] = [
  {
    hash: "4b57e164c91d9c37",
    statement:
      "SELECT p.id, p.name, avg(r.stars) FROM shop.product p JOIN shop.review r ON r.product_id = p.id GROUP BY p.id",
    service: "shop-api",
    dbSystem: "postgresql",
    dbNamespace: "shop",
    executions: 4210,
    executionsPerSecond: 1.2,
    errors: 0,
    p50Ms: 84,
    p95Ms: 412,
    p99Ms: 690,
    maxMs: 1204,
    totalMs: 512_000,
    timeShare: 0.41,
    slowExecutions: 1630,
    rowsAvg: 40,
    repeatedGroups: 0,
    repeatedExecutions: 0,
    repeatedMax: 0,
    lastSeenMs: NOW_MS - 4000,
    slowestTraceId: null,
    repeatedTraceId: null,
  },
];

export const overview: Overview = {
  project: shop,
  range,
  health,
  kpis,
  series,
  services,
  routes,
  errors,
  bottlenecks,
  resources,
  slowQueries,
  serviceMap,
  markers,
  newestDataMs: NOW_MS - 2000,
  fetchedAtMs: NOW_MS,
};

export const emptyOverview: Overview = {
  ...overview,
  project: empty,
  health: noHealth,
  bottlenecks: [],
  resources: {
    timesMs: [],
    charts: resources.charts.map((each) => ({ ...each, lines: [], missing: "No metric is sent." })),
  },
  slowQueries: [],
  serviceMap: { fromMs: range.fromMs, calls: [] },
  kpis: kpis.map((one) => ({
    ...one,
    value: null,
    previous: null,
    changeRatio: null,
    sparkline: [],
    sampleCount: 0,
    reason: "No requests in this range.",
  })),
  series: { timesMs: [], p50Ms: [], p95Ms: [], p99Ms: [], requestsPerSecond: [], errorsPerSecond: [] },
  services: [],
  routes: [],
  errors: [],
  markers: [],
  newestDataMs: null,
};

export const serviceList: ServiceList = { project: shop, range, services };

export const traces: TraceRow[] = Array.from({ length: 50 }, (_, index) => {
  const from = routes[index % routes.length] ?? routes[0]!;
  const isError = index % 13 === 4;
  return {
    traceId: (index + 1).toString(16).padStart(32, "0"),
    spanId: (index + 1).toString(16).padStart(16, "0"),
    service: from.service,
    name: from.route,
    route: from.route,
    timeMs: NOW_MS - index * 3217,
    durationMs: (from.p95Ms ?? 1) * (0.3 + ((index * 7) % 11) / 8),
    status: isError ? "error" : "unset",
    httpStatus: isError ? 500 : 200,
  };
});

export const monitoringTraces: MonitoringTraces = {
  project: shop,
  range,
  traces,
  histogram: {
    buckets: Array.from({ length: 14 }, (_, index) => ({
      fromMs: 2 ** (index / 2),
      toMs: 2 ** ((index + 1) / 2),
      count: Math.round(900 * Math.exp(-((index - 6) ** 2) / 8)),
      errors: index > 10 ? 3 : 0,
    })),
    count: 4508,
    countedFromMs: null,
  },
  searchedFromMs: null,
  nextCursor: "next",
};

export const servicePage: ServicePage = {
  project: shop,
  range,
  service: "shop-api",
  kpis: kpis.slice(0, 4),
  series,
  markers,
  routes: routes.slice(1),
  errors,
  slowTraces: traces.slice(0, 10),
  metrics: [
    ["http.server.active_requests", "sum", "{request}", "Requests that are being answered", 3],
    ["process.memory.usage", "gauge", "By", "Resident memory", 214_000_000],
    ["nodejs.eventloop.delay.p99", "gauge", "s", "", 0.0123],
  ].map(([metric, type, unit, description, last], index) => ({
    metric: String(metric),
    type: String(type),
    unit: String(unit),
    description: String(description),
    series: index + 1,
    last: Number(last),
    sparkline: walk(index + 20, Number(last), Number(last) * 0.2).slice(-30),
  })),
  recentFromMs: range.fromMs,
  dependencies: [
    { name: "postgresql shop", kind: "db", calls: 182_334, p95Ms: 41.2, errorRatio: 0.0004 },
    { name: "payments.example.com", kind: "http", calls: 2880, p95Ms: 702, errorRatio: 0.014 },
  ],
  instances: [
    { instance: "shop-api-7c9f6d5b8-x2x9p", version: "2.14.0", spans: 401_220, lastSeenMs: NOW_MS - 1500 },
    { instance: "shop-api-7c9f6d5b8-k8m2d", version: "2.14.0", spans: 398_101, lastSeenMs: NOW_MS - 2500 },
  ],
  logCounts: {
    timesMs: series.timesMs,
    bySeverity: {
      INFO: walk(31, 120, 40),
      WARN: walk(32, 8, 6),
      ERROR: walk(33, 2, 2),
      DEBUG: series.timesMs.map(() => 0),
    },
  },
  fetchedAtMs: NOW_MS,
};

export const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

const TRACE_SPANS = [
  // name, service, parent, start, duration, kind
  ["POST /checkout", "shop-web", -1, 0, 412, "server"],
  ["POST", "shop-web", 0, 4, 396, "client"],
  ["POST /checkout", "shop-api", 1, 9, 384, "server"],
  ["SELECT carts", "shop-api", 2, 14, 22, "client"],
  ["INSERT orders", "shop-api", 2, 40, 38, "client"],
  ["charge card", "payments", 2, 90, 290, "server"],
  ["POST bank.example", "payments", 5, 96, 270, "client"],
  ["publish order.created", "shop-api", 2, 385, 4, "producer"],
] as const;

const depthOf = (index: number): number => {
  const parent = TRACE_SPANS[index]?.[2] ?? -1;
  return parent < 0 ? 0 : depthOf(parent) + 1;
};
const spanIdOf = (index: number): string => `00f067aa0ba902${String(index).padStart(2, "0")}`;

const stringsOf = (values: Record<string, string>): Record<string, string> => values;

export const trace: Trace = {
  project: shop,
  traceId: TRACE_ID,
  startMs: NOW_MS - 60_000,
  durationMs: 412,
  rootName: "POST /checkout",
  rootService: "shop-web",
  isRootMissing: false,
  visit: null,
  services: [
    { service: "payments", spans: 2, selfMs: 290 },
    { service: "shop-api", spans: 4, selfMs: 94 },
    { service: "shop-web", spans: 2, selfMs: 28 },
  ],
  errorCount: 1,
  hiddenSpans: 0,
  spans: TRACE_SPANS.map(([name, service, parent, startOffsetMs, durationMs, kind], index) => ({
    spanId: spanIdOf(index),
    parentSpanId: parent < 0 ? null : spanIdOf(parent),
    isOrphan: false,
    service,
    name,
    kind,
    status: index === 6 ? "error" : "unset",
    statusMessage: index === 6 ? "the bank did not answer" : "",
    startOffsetMs,
    durationMs,
    selfMs: durationMs / 4,
    depth: depthOf(index),
    isCritical: [0, 1, 2, 5, 6].includes(index),
    attributes: stringsOf(
      kind === "client" && service === "shop-api"
        ? { "db.system.name": "postgresql", "db.query.text": `${name}\n  WHERE id = $1\n  RETURNING *` }
        : { "http.request.method": "POST", "http.response.status_code": index === 6 ? "504" : "201" },
    ),
    resource: { "service.name": service, "service.version": "1.4.2", "host.name": "box-1" },
    scope: "@opentelemetry/instrumentation-http",
    events:
      index === 6
        ? [
            {
              timeMs: NOW_MS - 60_000 + 366,
              name: "exception",
              attributes: {
                "exception.type": "TimeoutError",
                "exception.message": "the bank did not answer",
                "exception.stacktrace": "TimeoutError: the bank did not answer\n    at charge (pay.ts:12:9)",
              },
            },
          ]
        : [],
    links:
      index === 7
        ? [{ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: spanIdOf(0), attributes: {} }]
        : [],
  })),
  logs: [
    {
      timeMs: NOW_MS - 60_000 + 12,
      service: "shop-api",
      severity: "info",
      body: "checkout started",
      traceId: TRACE_ID,
      spanId: spanIdOf(2),
      attributes: {},
    },
    {
      timeMs: NOW_MS - 60_000 + 367,
      service: "payments",
      severity: "error",
      body: "the bank did not answer within 270 ms",
      traceId: TRACE_ID,
      spanId: spanIdOf(6),
      attributes: {},
    },
  ],
};

/** The same with so many spans that only those in sight exist. */
export const longTrace: Trace = {
  ...trace,
  spans: [
    ...trace.spans.slice(0, 1),
    ...Array.from({ length: 3000 }, (_, index) => ({
      ...trace.spans[3],
      spanId: (index + 4096).toString(16).padStart(16, "0"),
      name: `step ${index}`,
      depth: 1,
      startOffsetMs: (index * 400) / 3000,
      durationMs: 0.4,
    })),
  ] as Trace["spans"],
};

export const tailPage: TailPage = {
  project: shop,
  query: { kind: "all" },
  services: ["shop-api", "shop-web"],
  items: Array.from({ length: 150 }, (_, index) => ({
    kind: index % 3 === 0 ? "log" : "span",
    timeMs: NOW_MS - index * 137,
    service: index % 2 === 0 ? "shop-api" : "shop-web",
    text: index % 3 === 0 ? `order ${9000 - index} was paid` : "GET /products/{id}",
    severity: index % 15 === 0 ? "error" : "info",
    durationMs: index % 3 === 0 ? null : 4 + (index % 40),
    traceId: index % 5 === 0 ? "" : TRACE_ID,
    spanId: spanIdOf(0),
  })),
};

const course = (seed: number, base: number): number[] => walk(seed, base, base / 5);

export const systemPage: SystemPage = {
  quotas: [],
  version: "0.1.0",
  startedAtMs: NOW_MS - 3 * 3_600_000,
  fetchedAtMs: NOW_MS,
  status: "degraded",
  findings: [
    {
      severity: "warn",
      text: "12 spans were refused in the last hour: their clock is more than an hour ahead.",
      remedy: "Set the clock of the sender; the ledger below names its key.",
    },
  ],
  ingest: {
    state: "running",
    ratePerSecond: { traces: 812, logs: 44, metrics: 120 },
    acceptedTotal: { traces: 8_769_600, logs: 475_200, metrics: 1_296_000 },
    refusedTotal: { clock_ahead: 12 },
    overflowedTotal: 0,
    journalBytes: 1_400_000,
    journalLimitBytes: 2_000_000_000,
    journalSegments: 2,
    quarantinedSegments: 0,
    oldestUnstoredAgeMs: 420,
    lastStoredAtMs: NOW_MS - 400,
    lastLoadError: null,
    ackP50Ms: 2.4,
    ackP99Ms: 9.1,
  },
  telemetry: {
    backend: "chdb",
    version: "26.7.2.1",
    ok: true,
    memoryBytes: 312_000_000,
    memoryLimitBytes: 1_200_000_000,
    diskBytes: 640_000_000,
    rows: 10_540_800,
    activeParts: 41,
  },
  tables: [
    {
      table: "spans",
      rows: 8_769_600,
      sizeBytes: 410_000_000,
      oldestMs: NOW_MS - 86_400_000,
      retentionDays: 30,
    },
    { table: "request_rollups", rows: 41_000, sizeBytes: 9_000_000, oldestMs: null, retentionDays: 365 },
  ],
  control: { backend: "pglite", version: "18.4", ok: true, latencyMs: 0.6, diskBytes: 42_000_000 },
  process: {
    rssBytes: 640_000_000,
    heapUsedBytes: 88_000_000,
    cpuRatio: 0.34,
    cores: 2,
    eventLoopDelayP99Ms: 3.2,
    uptimeSeconds: 10_800,
    diskFreeBytes: 91_000_000_000,
  },
  live: { connections: 3, eventsPerMinute: 118 },
  queries: [
    { name: "requests", count: 1204, errors: 0, p50Ms: 6.2, p95Ms: 14.8, maxMs: 61 },
    { name: "trace.spans", count: 31, errors: 0, p50Ms: 8.1, p95Ms: 22.4, maxMs: 40 },
  ],
  history: {
    timesMs: series.timesMs,
    spansPerSecond: course(21, 812),
    logsPerSecond: course(22, 44),
    pointsPerSecond: course(23, 120),
    refusedPerSecond: course(24, 0.1),
  },
  ledger: Array.from({ length: 60 }, (_, index) => ({
    minuteMs: NOW_MS - index * MINUTE_MS,
    projectId: "default",
    keyId: "keyless",
    keyName: "keyless, from this machine",
    signal: "traces",
    received: 48_720,
    stored: index === 0 ? 48_000 : 48_720,
    refused: index === 7 ? 12 : 0,
    refusedByReason: Object.fromEntries(index === 7 ? [["clock_ahead", 12]] : []),
    waiting: index === 0 ? 720 : 0,
    difference: index === 50 ? 3 : 0,
  })),
  ownTraces: [
    { traceId: TRACE_ID, name: "GET /api/overview", timeMs: NOW_MS - 9000, durationMs: 41, isError: false },
  ],
};
