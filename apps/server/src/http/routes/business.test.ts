/** `GET /api/business` on the product as main.ts composes it, against a count of what was sent. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { businessPage, type BusinessPage, problem } from "@throughline/contract";
import { seededRandom } from "../../../../../test/durability/server.ts";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

const MINUTE_MS = 60_000;
let product: TestProduct;
let nowMs: number;
before(async () => {
  product = await openTestProduct();
  nowMs = Date.now();
  assert.equal(
    (await product.ask({ method: "GET", url: "/api/business?project=default" })).json<BusinessPage>()
      .hasEvents,
    false,
  );
  await sendVisits();
  await sendRecords();
  await sendOdd();
  const stored = await product.ask("/api/web-vitals?project=default&verify=true");
  assert.equal(stored.json<{ isVerified: boolean }>().isVerified, true, stored.body);
});
after(() => product.close());

let sent = 0;
async function post(path: string, body: unknown, project = "default"): Promise<void> {
  const answer = await product.ask({
    remoteAddress: `127.0.${Math.floor(++sent / 50) % 256}.1`,
    method: "POST",
    url: `${path}?project=${project}`,
    headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
    payload: JSON.stringify(body),
  });
  assert.equal(answer.statusCode, 200, answer.body);
}

async function sendLogs(
  events: readonly { name: string; agoMs: number; attributes: Record<string, string | number> }[],
) {
  const logRecords = events.map(({ name, agoMs, attributes }) => ({
    timeUnixNano: `${nowMs - agoMs}000000`,
    eventName: name,
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: typeof value === "number" ? { doubleValue: value } : { stringValue: value },
    })),
    body: { stringValue: name },
  }));
  const answer = await product.ask({
    method: "POST",
    url: "/v1/logs",
    headers: { "content-type": "application/json", "x-throughline-project": "default" },
    payload: { resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ logRecords }] }] },
  });
  assert.equal(answer.statusCode, 200, answer.body);
}

interface Visit {
  readonly isOver: boolean;
  readonly lcpMs: number;
  readonly lengthMs: number;
  readonly hasCart: boolean;
  readonly hasCheckout: boolean;
  readonly hasOrder: boolean;
  readonly revenue: number;
}
const visits: Visit[] = [];

/** Sessions over two hours, of which the last ones are not over yet. */
async function sendVisits(): Promise<void> {
  const random = seededRandom(2026);
  for (let index = 0; index < 480; index++) {
    const isOver = index >= 40;
    const lcpMs = index % 2 === 0 ? 800 + 100 * random() : 3000 + 500 * random();
    const hasCart = random() < 0.5;
    const hasCheckout = hasCart && random() < 0.7;
    const hasOrder = hasCheckout && random() < (index % 2 === 0 ? 0.9 : 0.4);
    const lengthMs = Math.round(60_000 + 8 * MINUTE_MS * random());
    const startMs = nowMs - (isOver ? 50 + 60 * random() : 12) * MINUTE_MS;
    const visit = {
      isOver,
      lcpMs,
      lengthMs,
      hasCart,
      hasCheckout,
      hasOrder,
      revenue: Math.round(1 + 9999 * random()) / 100,
    };
    visits.push(visit);
    await sendVisit(index, visit, Math.round(startMs));
  }
}

async function sendVisit(index: number, visit: Visit, startMs: number): Promise<void> {
  const context = { pageUrl: "/shop", sessionId: `session-${index}`, pageViewId: `page-view-${index}` };
  const at = (share: number) => Math.round(startMs + share * visit.lengthMs);
  const event = (name: string, share: number, attributes: object = {}) => ({
    type: "event",
    timeMs: at(share),
    name,
    attributes,
  });
  const order = {
    order_id: `order-${index}`,
    revenue: visit.revenue,
    currency: index % 3 === 0 ? "usd" : "EUR",
  };
  await post("/api/events", {
    ...context,
    items: [
      { type: "page_view", timeMs: startMs, navigationType: "navigate" },
      event("product_view", 0.1),
      event("product_view", 0.2),
      ...(visit.hasCart ? [event("add_to_cart", 0.4)] : []),
      ...(visit.hasCheckout ? [event("checkout", 0.6)] : []),
      // The page of thanks is loaded twice: one order.
      ...(visit.hasOrder ? [event("order", 0.8, order), event("order", 0.9, order)] : []),
      event("search", 1),
      event("something_else", 0.5),
    ],
  });
  const vital = { name: "LCP", id: `v6-${index}`, timestamp: startMs + 1, ...context };
  // Reported twice: the last value counts, and once.
  await post("/api/web-vitals", [{ ...vital, value: 10 }]);
  await post("/api/web-vitals", [{ ...vital, value: visit.lcpMs, timestamp: startMs + 2 }]);
}

/** The server tells of orders, too: some that browsers told of, one of its own, and how they ended. */
async function sendRecords(): Promise<void> {
  const ordered = visits.flatMap((visit, index) => (visit.hasOrder ? [index] : []));
  const [a = 0, b = 0, c = 0] = ordered;
  await sendLogs([
    {
      name: "order",
      agoMs: 45 * MINUTE_MS,
      attributes: {
        order_id: `order-${a}`,
        revenue: visits[a]?.revenue ?? 0,
        currency: a % 3 === 0 ? "USD" : "EUR",
      },
    },
    {
      name: "order",
      agoMs: 45 * MINUTE_MS,
      attributes: { order_id: "of-the-server", revenue: 1000.25, currency: "EUR" },
    },
    { name: "order_completed", agoMs: MINUTE_MS, attributes: { order_id: `order-${b}` } },
    { name: "order_cancelled", agoMs: MINUTE_MS, attributes: { order_id: `order-${c}` } },
    { name: "not_ours", agoMs: MINUTE_MS, attributes: { order_id: "x" } },
  ]);
}

/** Amounts that are none, a currency that is none, an end without an order. */
async function sendOdd(): Promise<void> {
  await sendLogs(
    ["NaN", "-5", "1e300", "Infinity", "'; DROP TABLE", ""].map((revenue, index) => ({
      name: "order",
      agoMs: 100 * MINUTE_MS,
      attributes: { order_id: `odd-${index}`, revenue, currency: "€€€" },
    })),
  );
  await sendLogs([
    { name: "order_completed", agoMs: MINUTE_MS, attributes: { order_id: "nobody-placed-it" } },
  ]);
}

async function read(query = "range=6h", project = "default"): Promise<BusinessPage> {
  const answer = await product.ask(`/api/business?project=${project}&${query}`);
  assert.equal(answer.statusCode, 200, answer.body);
  return businessPage.parse(answer.json());
}

const near = (actual: number | null | undefined, expected: number, message: string): void =>
  assert.ok(
    actual !== null && actual !== undefined && Math.abs(actual - expected) < 1e-6 * Math.max(1, expected),
    `${message}: ${actual} and ${expected}`,
  );

describe("GET /api/business", () => {
  it("counts what was sent: events each time, orders once, sessions that are over", async () => {
    const page = await read();
    assert.equal(page.hasEvents, true);
    const kpi = (id: string) => page.kpis.find((one) => one.id === id);
    const over = visits.filter(({ isOver }) => isOver);
    const ordered = visits.filter(({ hasOrder }) => hasOrder);
    assert.equal(kpi("sessions")?.value, visits.length);
    assert.equal(kpi("productViews")?.value, 2 * visits.length);
    assert.equal(kpi("searches")?.value, visits.length);
    // And one of the server, and six with odd amounts.
    assert.equal(kpi("orders")?.value, ordered.length + 1 + 6);
    assert.equal(kpi("activeOrders")?.value, ordered.length + 1 + 6 - 2);
    const checkouts = over.filter(({ hasCheckout }) => hasCheckout);
    near(
      kpi("conversion")?.value,
      (100 * checkouts.filter(({ hasOrder }) => hasOrder).length) / checkouts.length,
      "conversion",
    );
    assert.equal(kpi("conversion")?.sampleCount, checkouts.length);
    const carts = over.filter(({ hasCart }) => hasCart);
    near(
      kpi("abandonment")?.value,
      (100 * carts.filter(({ hasOrder }) => !hasOrder).length) / carts.length,
      "abandonment",
    );
    const lengths = over.map(({ lengthMs }) => lengthMs).toSorted((a, b) => a - b);
    const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
    assert.ok(
      Math.abs((kpi("sessionLength")?.value ?? 0) * 1000 - median) < 5000,
      "the median session length",
    );
    const sum = (values: readonly (number | null)[]) =>
      values.reduce<number>((total, value) => total + (value ?? 0), 0);
    assert.equal(sum(page.series.productViews), 2 * visits.length);
    assert.equal(sum(page.series.orders), ordered.length + 7);
  });

  it("adds revenue up by currency, without what was cancelled and what is no amount", async () => {
    const { revenue } = await read();
    const cancelled = visits.flatMap(({ hasOrder }, index) => (hasOrder ? [index] : []))[2];
    const expected = (isUsd: boolean) =>
      visits
        .filter((_, index) => (index % 3 === 0) === isUsd && index !== cancelled)
        .reduce((sum, visit) => sum + (visit.hasOrder ? visit.revenue : 0), isUsd ? 0 : 1000.25);
    assert.deepEqual(revenue.map(({ currency }) => currency).toSorted(), ["", "EUR", "USD"]);
    const of = (wanted: string) => revenue.find(({ currency }) => currency === wanted);
    near(of("EUR")?.total, expected(false), "EUR");
    near(of("USD")?.total, expected(true), "USD");
    assert.deepEqual([of("")?.orders, of("")?.total], [6, 0]);
    near(
      of("EUR")?.byPoint.reduce((sum, value) => sum + value, 0),
      expected(false),
      "EUR by point",
    );
    near((of("EUR")?.perHour ?? 0) * 24, of("EUR")?.perDay ?? 0, "a day has 24 hours");
  });

  it("shows conversion by page speed with its n, and compares bands of 200 sessions only", async () => {
    const { latency } = await read();
    const over = visits.filter(({ isOver }) => isOver);
    const of = (band: string) => latency.bands.find((one) => one.band === band);
    const fast = over.filter(({ lcpMs }) => lcpMs <= 1000);
    const slow = over.filter(({ lcpMs }) => lcpMs > 2500 && lcpMs <= 4000);
    assert.deepEqual(
      [of("up to 1 s")?.n, of("up to 1 s")?.k],
      [fast.length, fast.filter(({ hasOrder }) => hasOrder).length],
    );
    assert.deepEqual(
      [of("2.5 – 4 s")?.n, of("2.5 – 4 s")?.k],
      [slow.length, slow.filter(({ hasOrder }) => hasOrder).length],
    );
    assert.deepEqual([of("over 4 s")?.n, of("over 4 s")?.rate], [0, null]);
    assert.equal(latency.sessions, over.length);
    assert.equal(latency.reason, null);
    const { rate, low, high } = of("up to 1 s") ?? {};
    assert.ok(rate != null && low != null && high != null && low < rate && rate < high);
  });

  it("compares with the period before", async () => {
    const page = await read(`from=${nowMs - 40 * MINUTE_MS}&to=${nowMs}`);
    const views = page.kpis.find(({ id }) => id === "productViews");
    const total = (await read()).kpis.find(({ id }) => id === "productViews")?.value ?? 0;
    assert.ok((views?.value ?? 0) > 0 && (views?.previous ?? 0) > 0);
    assert.ok((views?.value ?? 0) + (views?.previous ?? 0) <= total);
  });

  it("says what is missing where nothing was sent, and shows no other project's numbers", async () => {
    const page = await read("range=6h", "throughline");
    assert.equal(page.hasEvents, false);
    assert.deepEqual([page.revenue, page.latency.bands], [[], []]);
    for (const { id, value, reason } of page.kpis) {
      assert.ok(value === null || value === 0, id);
      assert.ok(reason !== null && reason.length > 10, id);
    }
    const answer = await product.ask("/api/business?project=nobody");
    assert.equal(problem.parse(answer.json()).code, "unknown_project");
    assert.equal(problem.parse((await product.ask("/api/business?range=2h")).json()).code, "invalid_query");
  });
});
