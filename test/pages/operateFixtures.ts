/** Answers of the pages of deployments, changes and business numbers, in the contract's shape, to test rendering only. */
import type { BusinessPage, ChangesPage, Deployment, DeploymentPage } from "@throughline/contract";
import { markers, NOW_MS, range, series, shop } from "./fixtures.ts";

const MINUTE_MS = 60_000;
const CHANGE_MS = NOW_MS - 20 * MINUTE_MS;

const statuses = ["started", "succeeded", "failed", "succeeded", "cancelled", "succeeded"] as const;
export const deployments: Deployment[] = statuses.map((status, index) => ({
  id: `run-${4711 - index}`,
  service: ["shop-api", "shop-web", "shop-api", "", "shop-worker", "shop-api"][index] ?? "",
  release: `2.${14 - index}.0`,
  environment: index === 3 ? "staging" : "production",
  gitSha: `${index}a1b2c3d4e5f60718`,
  branch: "main",
  author: index % 2 === 0 ? "Ada" : "Grace",
  source: "github-actions",
  url: index === 4 ? "" : `https://github.com/shop/shop/actions/runs/${4711 - index}`,
  message:
    ["Faster search", "A lighter first page", "Index on orders.created_at", "", "Retry", "Recommendations"][
      index
    ] ?? "",
  status,
  startedAtMs: CHANGE_MS - index * 7_000_000,
  finishedAtMs: status === "started" ? null : CHANGE_MS - index * 7_000_000 + 95_000,
  durationMs: status === "started" ? null : 95_000,
}));

export const deploymentPage: DeploymentPage = {
  project: shop,
  deployments,
  nextCursor: "next",
  mayRecord: true,
  fetchedAtMs: NOW_MS,
};

export const changesPage: ChangesPage = {
  project: shop,
  range,
  metric: "p95",
  unit: "ms",
  filter: { page: null, device: null, service: "shop-api", route: null },
  series: {
    timesMs: series.timesMs,
    values: series.p95Ms.map((value, index) =>
      value === null ? null : (series.timesMs[index] ?? 0) < CHANGE_MS ? value : value * 1.8,
    ),
    counts: series.timesMs.map(() => 840),
  },
  moment: {
    atMs: CHANGE_MS,
    isAsked: false,
    before: 268,
    after: 481,
    beforeInterval: { low: 261, high: 276 },
    afterInterval: { low: 466, high: 497 },
    nBefore: 33_600,
    nAfter: 16_800,
    changeRatio: 0.795,
    afterAtSameMix: null,
    verdict: "worse",
    reason: "The 95 % intervals of before and after do not overlap.",
  },
  otherMomentsMs: [NOW_MS - 50 * MINUTE_MS],
  reason: null,
  isByDays: false,
  candidates: [
    {
      id: "deployment:run-4711",
      kind: "deployment",
      title: "shop-api 2.14.0 deployed",
      evidence: "environment production, by Ada, commit 0a1b2c3, Faster search.",
      numbers: null,
      atMs: CHANGE_MS - MINUTE_MS,
      distanceMs: -MINUTE_MS,
      score: 0.97,
      proximity: 0.97,
      strength: 1,
      target: { kind: "deployments", id: "shop-api" },
    },
    {
      id: "traffic:route",
      kind: "traffic",
      title: "Routes of the traffic changed",
      evidence:
        "shop-api GET /search 12 → 31 %, shop-api GET /products 44 → 30 %. With the mix of before the number would be 402 ms instead of 481 ms.",
      numbers: { before: 268, after: 481, nBefore: 33_600, nAfter: 16_800, unit: "ms" },
      atMs: null,
      distanceMs: null,
      score: 0.37,
      proximity: 1,
      strength: 0.37,
      target: { kind: "none", id: "" },
    },
    {
      id: "error:1",
      kind: "error",
      title: "New error QueryTimeout in shop-api",
      evidence: "canceling statement due to statement timeout. Not seen before in this range.",
      numbers: { before: 0, after: 212, nBefore: 0, nAfter: 212, unit: "count" },
      atMs: CHANGE_MS,
      distanceMs: 0,
      score: 0.06,
      proximity: 1,
      strength: 0.06,
      target: { kind: "service", id: "shop-api" },
    },
  ],
  notLookedAt: [
    {
      kind: "configuration",
      reason: "Changes of configuration are in the audit log, which you may not read.",
    },
  ],
  markers,
  services: ["shop-api", "shop-web"],
  pages: ["/", "/products/:id"],
  fetchedAtMs: NOW_MS,
};

export const calmChangesPage: ChangesPage = {
  ...changesPage,
  moment: null,
  otherMomentsMs: [],
  reason: "No change point is proved in this range: what goes up and down here may be chance.",
  candidates: [],
  notLookedAt: [],
  markers: [],
};

const orders = series.timesMs.map((_, index) => 4 + ((index * 7) % 9));
const kpi = (
  id: string,
  title: string,
  value: number | null,
  more: Partial<BusinessPage["kpis"][number]> = {},
) => ({
  id,
  title,
  unit: "count" as const,
  better: "higher" as const,
  value,
  previous: value === null ? null : value * 0.94,
  changeRatio: value === null ? null : 0.064,
  sampleCount: value ?? 0,
  sparkline: orders,
  reason: null,
  ...more,
});

export const businessPage: BusinessPage = {
  project: shop,
  range,
  hasEvents: true,
  kpis: [
    kpi("sessions", "Active sessions", 4210),
    kpi("sessionLength", "Session length, median", 184, { unit: "s", better: "neither", sparkline: [] }),
    kpi("productViews", "Product views", 18_420),
    kpi("searches", "Searches", 2210),
    kpi("orders", "Orders", 431),
    kpi("activeOrders", "Active orders", null, {
      sparkline: [],
      reason:
        "Send order_completed and order_cancelled with the order_id, so that it is known which are done.",
    }),
    kpi("conversion", "Checkout conversion", 61.4, { unit: "%", sparkline: [] }),
    kpi("abandonment", "Cart abandonment", 68.2, { unit: "%", better: "lower", sparkline: [] }),
  ],
  timesMs: series.timesMs,
  series: {
    sessions: orders.map((n) => n * 12),
    productViews: orders.map((n) => n * 43),
    searches: orders.map((n) => n * 5),
    orders,
  },
  revenue: [
    {
      currency: "EUR",
      total: 18_420.5,
      previous: 17_100.25,
      perHour: 18_420.5,
      perDay: 442_092,
      orders: 372,
      byPoint: orders.map((n) => n * 42.5),
    },
    {
      currency: "USD",
      total: 2912.75,
      previous: null,
      perHour: 2912.75,
      perDay: 69_906,
      orders: 59,
      byPoint: orders.map((n) => n * 6.2),
    },
  ],
  latency: {
    bands: [
      { band: "up to 1 s", n: 612, k: 71, rate: 0.116, low: 0.093, high: 0.144 },
      { band: "1 – 1.8 s", n: 1480, k: 161, rate: 0.109, low: 0.094, high: 0.126 },
      { band: "1.8 – 2.5 s", n: 940, k: 92, rate: 0.098, low: 0.08, high: 0.119 },
      { band: "2.5 – 4 s", n: 611, k: 44, rate: 0.072, low: 0.054, high: 0.095 },
      { band: "over 4 s", n: 122, k: 5, rate: null, low: null, high: null },
    ],
    sessions: 3765,
    reason: null,
  },
  fetchedAtMs: NOW_MS,
};
