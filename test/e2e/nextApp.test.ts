/** A Next.js application with both SDKs, from a click in a browser to the numbers, and one trace through both. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { servicePage, trace, visit, visitsPage, vitalsPage, type Visit } from "@throughline/contract";
import type { Browser } from "playwright-core";
import { freePort, startNextApp, type NextApp } from "../harness/nextApp.ts";
import { OWNER_ENV, signInOwner, type Owner } from "../harness/owner.ts";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage } from "../pages/browser.ts";

const SERVICE = "@throughline-examples/next";
const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-01$/;

describe("a Next.js application with two lines on each side", { timeout: 900_000 }, () => {
  let product: Product;
  let owner: Owner;
  let browser: Browser;
  let app: NextApp;
  let complaints: string[];
  /** `traceparent` of each request to the route handler, as the browser sent it. */
  const sent: string[] = [];

  before(async () => {
    [product, browser] = await Promise.all([startProduct({ env: OWNER_ENV }), launchBrowser()]);
    owner = await signInOwner(product);
    const port = await freePort();
    app = await startNextApp(port, {
      NEXT_PUBLIC_THROUGHLINE_KEY: await owner.makeBrowserKey(`http://127.0.0.1:${port}`),
      NEXT_PUBLIC_THROUGHLINE_ENDPOINT: product.url,
      NEXT_PUBLIC_THROUGHLINE_RELEASE: "1.4.0",
      OTEL_EXPORTER_OTLP_ENDPOINT: product.otlpUrl,
    });
    await visitShop();
  });
  after(async () => {
    await browser?.close();
    await app?.stop();
    await product?.stop();
  });

  /** Loads a product, asks for its stock, goes to the list and to another product by links, meets an error, and leaves. */
  async function visitShop(): Promise<void> {
    const opened = await openPage(browser);
    ({ complaints } = opened);
    const { page } = opened;
    page.setDefaultTimeout(120_000);
    page.on("request", (request) => {
      if (request.url().includes("/api/stock/")) sent.push(request.headers()["traceparent"] ?? "");
    });
    await page.goto(`${app.url}/products/101?from=mail`);
    // A click before the page is alive is lost.
    await until("the page answers", async () => {
      await page.getByRole("button").click();
      return (await page.getByRole("status").textContent()) === "7 left";
    });
    await page.getByRole("link", { name: "Chairs" }).click();
    await page.waitForURL(`${app.url}/`);
    await page.getByRole("link", { name: "Ladderback" }).click();
    await page.getByRole("heading", { name: "Ladderback" }).waitFor();
    await page.evaluate(() => fetch("/api/stock/broken"));
    await page.goto("about:blank");
  }

  async function openVisit(isWhole: (visit: Visit) => boolean): Promise<Visit> {
    return await until("the visit is there", async () => {
      const { visits } = await owner.get("/api/visits?project=default&range=1h", visitsPage);
      if (visits.length === 0) return null;
      assert.equal(visits.length, 1);
      const found = await owner.get(`/api/visits/${visits[0]?.sessionId}`, visit);
      return isWhole(found) && found;
    });
  }

  test("its vitals arrive under the page's folded address, with the release", async () => {
    const { vitals } = await until("the paints are there", async () => {
      const page = encodeURIComponent("/products/:id");
      const found = await owner.get(
        `/api/web-vitals?project=default&range=1h&release=1.4.0&page=${page}`,
        vitalsPage,
      );
      const names = new Set(found.vitals.map(({ name }) => name));
      return ["LCP", "FCP", "TTFB", "CLS", "INP"].every((name) => names.has(name as "LCP")) && found;
    });
    assert.ok(vitals.every(({ pageUrl }) => pageUrl.startsWith("/products/")));
    // Of the load only: the browser tells no first byte of a navigation without one.
    assert.equal(vitals.find(({ name }) => name === "TTFB")?.sampleCount, 1);
  });

  test("each navigation of the router is a page view of the same visit", async () => {
    const { pageViews } = await openVisit((each) => each.pageViews.length >= 3);
    assert.deepEqual(
      pageViews.map(({ url, page, navigationType, title }) => [url, page, navigationType, title]),
      [
        [`${app.url}/products/101`, "/products/:id", "navigate", "Windsor"],
        [`${app.url}/`, "/", "soft-navigation", "Chairs"],
        [`${app.url}/products/102`, "/products/:id", "soft-navigation", "Ladderback"],
      ],
    );
  });

  test("the page view leads to the trace that rendered it, and a request to the trace it began", async () => {
    const { pageViews } = await openVisit(
      (each) =>
        each.pageViews[0]?.isTraceStored === true &&
        each.pageViews[0].items.some(
          (item) => item.type === "request" && item.url.endsWith("/api/stock/101") && item.isTraceStored,
        ),
    );
    const [load] = pageViews;
    const rendered = await owner.get(`/api/traces/${load?.traceId}`, trace);
    assert.ok(
      rendered.spans.some(({ name }) => name === "render route (app) /products/[id]"),
      JSON.stringify(rendered.spans.map(({ name }) => name)),
    );
    const [, traceId, spanId] = TRACEPARENT.exec(sent[0] ?? "") ?? [];
    const answered = await owner.get(`/api/traces/${traceId}`, trace);
    const [root] = answered.spans;
    // What the browser sent is the parent of the server's span: one trace through both.
    assert.deepEqual(
      [root?.parentSpanId, root?.service, root?.name, root?.kind],
      [spanId, SERVICE, "GET /api/stock/[id]", "server"],
    );
    assert.ok(answered.spans.some(({ name }) => name === "executing api route (app) /api/stock/[id]"));
    for (const { visit } of [rendered, answered]) assert.equal(visit?.path, "/products/101");
  });

  test("the server's requests have the routes of the router, and each counts once", async () => {
    const page = await until("both outcomes of the route handler are counted", async () => {
      const found = await owner.get(
        `/api/services/${encodeURIComponent(SERVICE)}?project=default&range=1h`,
        servicePage,
      );
      const stock = found.routes.find(({ route }) => route === "GET /api/stock/[id]");
      return stock !== undefined && stock.requests >= sent.length && stock.errors > 0 && found;
    });
    const stock = page.routes.find(({ route }) => route === "GET /api/stock/[id]");
    assert.deepEqual([stock?.requests, stock?.errors], [sent.length, 1]);
    assert.ok(page.routes.some(({ route }) => route === "GET /products/[id]"));
    assert.ok(page.errors.some(({ type }) => type === "RangeError"));
  });

  test("neither side says anything of its own", () => {
    assert.doesNotMatch(app.output(), /\[throughline\]/);
    // The browser's word for the answer of 500.
    assert.deepEqual(
      complaints.filter((text) => !text.includes("Failed to load resource")),
      [],
    );
  });
});
