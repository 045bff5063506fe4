/** `GET /api/visits` and `GET /api/visits/{sessionId}` on the product as main.ts composes it, against what was sent. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { errorPage, trace, visit, visitsPage, type Visit, type VisitsPage } from "@throughline/contract";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

let product: TestProduct;
const NOW = Date.now() - 60_000;
const TRACE = "a".repeat(31) + "1";
const PAGE_TRACE = "a".repeat(31) + "2";

before(async () => {
  product = await openTestProduct();
  await product.send("default", { spans: [{ name: "GET /api/stock", route: "/api/stock", traceId: TRACE }] });
  await sendVisits();
  const stored = await product.ask("/api/web-vitals?project=default&verify=true");
  assert.equal(stored.json().isVerified, true);
});
after(() => product.close());

async function post(path: string, body: unknown): Promise<void> {
  const answer = await product.ask({
    method: "POST",
    url: `${path}?project=default`,
    headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
    payload: JSON.stringify(body),
  });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.json().refused, undefined, answer.body);
}

/** Three visits: a slow one on a phone with an error, a good one on a desktop, and one that told vitals alone. */
async function sendVisits(): Promise<void> {
  const slow = {
    sessionId: "session-slow",
    pageViewId: "view-slow-1",
    pageUrl: "http://localhost:3000/products/42?token=secret",
    deviceType: "mobile",
    connectionType: "3g",
    release: "2.0.0",
    traceId: PAGE_TRACE,
  };
  const later = {
    ...slow,
    pageViewId: "view-slow-2",
    pageUrl: "http://localhost:3000/cart",
    traceId: undefined,
  };
  const good = {
    sessionId: "session-good",
    pageViewId: "view-good-1",
    pageUrl: "http://localhost:3000/products/7",
    deviceType: "desktop",
  };
  await post("/api/events", {
    ...slow,
    items: [
      { type: "page_view", timeMs: NOW, navigationType: "navigate", title: "Lamp", loadDurationMs: 5200 },
      {
        type: "request",
        timeMs: NOW + 1000,
        durationMs: 300,
        method: "GET",
        url: "http://localhost:3000/api/stock?id=1",
        statusCode: 200,
        traceId: TRACE,
        spanId: "b".repeat(16),
      },
      {
        type: "error",
        timeMs: NOW + 2000,
        name: "TypeError",
        message: "x is not a function",
        stack:
          "TypeError: x is not a function\n    at buy (http://localhost:3000/app.js:3:14)\n    at <anonymous>",
        isHandled: false,
      },
      { type: "event", timeMs: NOW + 2500, name: "add_to_cart", attributes: { price: 12.5 } },
      {
        type: "long_animation_frame",
        timeMs: NOW + 1500,
        durationMs: 400,
        blockingDurationMs: 350,
        scripts: [
          {
            sourceUrl: "http://localhost:3000/app.js",
            functionName: "buy",
            charPosition: 120,
            invoker: "BUTTON#buy.onclick",
            invokerType: "event-listener",
            durationMs: 390,
            forcedStyleAndLayoutDurationMs: 3,
          },
        ],
      },
      {
        type: "resources",
        timeMs: NOW + 6000,
        origins: [
          {
            origin: "http://cdn.example",
            isThirdParty: true,
            count: 2,
            transferSizeBytes: 90_000,
            durationMs: 700,
            scriptCount: 1,
          },
        ],
        longest: [
          {
            url: "http://cdn.example/hero.jpg?v=2",
            initiatorType: "img",
            startMs: 900,
            durationMs: 3000,
            transferSizeBytes: 80_000,
            isRenderBlocking: false,
          },
        ],
      },
    ],
  });
  await post("/api/events", {
    ...later,
    items: [{ type: "page_view", timeMs: NOW + 8000, navigationType: "soft-navigation", title: "Cart" }],
  });
  await post("/api/events", {
    ...good,
    items: [{ type: "page_view", timeMs: NOW + 1, navigationType: "navigate", title: "Pen" }],
  });
  const vital = (name: string, value: number, visitor: object, attribution: object, at = NOW + 3000) => ({
    name,
    value,
    id: `${name}-${JSON.stringify(visitor).length}-${Math.random()}`,
    timestamp: at,
    ...visitor,
    attribution,
  });
  const lcp = vital("LCP", 1000, slow, {});
  await post("/api/web-vitals", [
    lcp,
    vital("LCP", 900, good, {}),
    vital("TTFB", 700, slow, { waitingDuration: 20, requestDuration: 680 }),
    vital("CLS", 0.3, later, { largestShiftTarget: "#banner", largestShiftTime: 9000 }, NOW + 9500),
    vital("INP", 650, slow, { interactionTarget: "#buy", interactionTime: 1400, processingDuration: 600 }),
    vital("LCP", 4500, { sessionId: "session-alone", pageViewId: "view-alone-1", pageUrl: "/landing" }, {}),
  ]);
  // The same vital again: only its last value counts.
  await post("/api/web-vitals", [
    { ...lcp, value: 4200, timestamp: NOW + 4000, attribution: { target: "img" } },
  ]);
}

async function list(query: Record<string, string>): Promise<VisitsPage> {
  const answer = await product.ask(`/api/visits?${new URLSearchParams({ project: "default", ...query })}`);
  assert.equal(answer.statusCode, 200, answer.body);
  return visitsPage.parse(answer.json());
}

async function ids(query: Record<string, string>): Promise<string[]> {
  return (await list(query)).visits.map(({ sessionId }) => sessionId.replace("session-", ""));
}

async function open(sessionId: string): Promise<Visit> {
  const answer = await product.ask(`/api/visits/${sessionId}?project=default`);
  assert.equal(answer.statusCode, 200, answer.body);
  return visit.parse(answer.json());
}

describe("GET /api/visits", () => {
  it("says of each visit where it began, how long it was and what was worst in it", async () => {
    const { visits } = await list({});
    const slow = visits.find(({ sessionId }) => sessionId === "session-slow");
    assert.deepEqual(slow, {
      sessionId: "session-slow",
      startMs: NOW,
      durationMs: 9500,
      deviceType: "mobile",
      connectionType: "3g",
      country: "",
      release: "2.0.0",
      entryPath: "/products/42",
      pageViews: 2,
      worstVital: { name: "INP", value: 650, rating: "poor" },
      errors: 1,
      requests: 1,
    });
  });

  it("lists exactly the visits that a filter means", async () => {
    assert.deepEqual((await ids({ device: "mobile" })).sort(), ["slow"]);
    assert.deepEqual((await ids({ page: "/products/:id" })).sort(), ["good", "slow"]);
    assert.deepEqual(await ids({ page: "/products/9", device: "desktop" }), ["good"]);
    assert.deepEqual(await ids({ page: "/cart" }), ["slow"]);
    assert.deepEqual(await ids({ connection: "3g" }), ["slow"]);
    assert.deepEqual(await ids({ release: "2.0.0" }), ["slow"]);
    assert.deepEqual(await ids({ errors: "true" }), ["slow"]);
    assert.deepEqual((await ids({ metric: "LCP", rating: "poor" })).sort(), ["alone", "slow"]);
    assert.deepEqual(
      await ids({ metric: "LCP", rating: "good" }),
      ["good"],
      "not by a value that was replaced",
    );
    assert.deepEqual(await ids({ metric: "LCP", rating: "poor", page: "/products/:id" }), ["slow"]);
    assert.deepEqual(await ids({ metric: "CLS", rating: "poor", page: "/products/:id" }), []);
    assert.deepEqual(await ids({ country: "DE" }), []);
  });

  it("orders by the worst value, and pages without losing or repeating one", async () => {
    assert.deepEqual(await ids({ sort: "slowest" }), ["alone", "slow", "good"]);
    for (const sort of ["slowest", "newest"]) {
      const whole = await ids({ sort, metric: "LCP" });
      const paged: string[] = [];
      let cursor = "";
      do {
        const page = await list({ sort, metric: "LCP", limit: "1", ...(cursor === "" ? {} : { cursor }) });
        paged.push(...page.visits.map(({ sessionId }) => sessionId.replace("session-", "")));
        cursor = page.nextCursor ?? "";
      } while (cursor !== "");
      assert.deepEqual(paged, whole, sort);
    }
  });

  it("refuses what it can't understand", async () => {
    for (const query of [
      "rating=awful",
      "metric=FID",
      "sort=oldest",
      "cursor=xyz",
      "limit=0",
      "errors=maybe",
    ]) {
      const answer = await product.ask(`/api/visits?project=default&${query}`);
      assert.equal(answer.statusCode, 400, query);
    }
  });
});

describe("GET /api/visits/{sessionId}", () => {
  it("has every page view with everything at its moment", async () => {
    const { pageViews, ...facts } = await open("session-slow");
    assert.deepEqual([facts.startMs, facts.durationMs, facts.deviceType], [NOW, 9000, "mobile"]);
    const [first, second] = pageViews;
    assert.ok(first !== undefined && second !== undefined && pageViews.length === 2);
    assert.deepEqual(
      [first.url, first.page, first.title, first.loadDurationMs],
      ["http://localhost:3000/products/42", "/products/:id", "Lamp", 5200],
    );
    assert.deepEqual([first.traceId, first.isTraceStored], [PAGE_TRACE, false]);
    assert.deepEqual(
      first.items.map(({ type, offsetMs }) => [type, offsetMs]),
      [
        ["resource", 900],
        ["request", 1000],
        ["long_frame", 1500],
        ["error", 2000],
        ["event", 2500],
      ],
    );
    assert.deepEqual(
      first.ttfbPhases.map(({ name, durationMs }) => [name, durationMs]),
      [
        ["waitingDuration", 20],
        ["requestDuration", 680],
      ],
    );
    const moments = Object.fromEntries(first.vitals.map(({ name, offsetMs }) => [name, offsetMs]));
    assert.deepEqual(moments, { LCP: 4200, TTFB: 700, INP: 1400 });
    assert.equal(first.origins[0]?.transferSizeBytes, 90_000);
    // Attribution counts from the document, which began with the page view before.
    assert.equal(second.vitals[0]?.offsetMs, 1000);
    assert.match(second.vitals[0]?.diagnosis ?? "", /^#banner is what moves most\./);
  });

  it("leads from a request to its trace, and from the trace back", async () => {
    const { pageViews } = await open("session-slow");
    const request = pageViews[0]?.items.find(({ type }) => type === "request");
    assert.ok(request?.type === "request");
    assert.deepEqual([request.traceId, request.isTraceStored], [TRACE, true]);
    const answer = await product.ask(`/api/traces/${TRACE}`);
    assert.deepEqual(trace.parse(answer.json()).visit, { sessionId: "session-slow", path: "/products/42" });
  });

  it("reads the frames of a stack", async () => {
    const { pageViews } = await open("session-slow");
    const error = pageViews[0]?.items.find(({ type }) => type === "error");
    assert.ok(error?.type === "error");
    const group = await product.ask(`/api/errors/${error.fingerprint}?project=default&range=24h`);
    assert.equal(group.statusCode, 200, group.body);
    assert.equal(errorPage.parse(group.json()).error.type, "TypeError");
    assert.deepEqual(error.frames, [
      { functionName: "buy", url: "http://localhost:3000/app.js", line: 3, column: 14, original: null },
    ]);
  });

  it("shows a visit of a sender that reports vitals alone", async () => {
    const { pageViews } = await open("session-alone");
    assert.deepEqual(
      pageViews.map(({ page, vitals }) => [page, vitals[0]?.value]),
      [["/landing", 4500]],
    );
  });

  it("knows nothing of another project's visits, nor of one that never was", async () => {
    for (const address of ["/api/visits/session-slow?project=throughline", "/api/visits/session-none"]) {
      const answer = await product.ask(address);
      assert.deepEqual([answer.statusCode, answer.json().code], [404, "unknown_visit"], address);
    }
  });
});
