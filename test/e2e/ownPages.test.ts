/** The product's own pages, measured by its own SDK in a real browser, and told on a page. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { ownPerformance, visitsPage } from "@throughline/contract";
import type { Browser } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage } from "../pages/browser.ts";

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

/**
 * Opens the overview, uses it, and leaves. Says whether the SDK ran meanwhile. The window stays open until the test is over:
 * Chromium forgets the messages of a browser context that is closed before they are sent.
 */
async function useOverview(
  t: TestContext,
  product: Product,
  isOn: boolean,
): Promise<{ complaints: string[]; isMeasured: boolean }> {
  const { page, complaints } = await openPage(browser);
  t.after(() => page.close());
  await page.goto(product.url);
  await page.locator("html[data-ready]").waitFor();
  await page.getByRole("link", { name: "System", exact: true }).click();
  await page.waitForURL("**/system");
  await page.waitForLoadState("load");
  // The last thing that a page loads is the SDK.
  await page.waitForFunction((isOn) => !isOn || "__throughline" in window, isOn);
  const isMeasured = await page.evaluate(() => "__throughline" in window);
  await page.goto("about:blank");
  return { complaints, isMeasured };
}

async function read<T>(product: Product, path: string, shape: { parse(value: unknown): T }): Promise<T> {
  const answer = await fetch(product.url + path);
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return shape.parse(await answer.json());
}

describe("the product's own pages", { timeout: 180_000 }, () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  test("report into the product's own project, without a key, under a strict policy", async (t) => {
    const { complaints, isMeasured } = await useOverview(t, product, true);
    assert.deepEqual(complaints, []);
    assert.equal(isMeasured, true);
    // Vitals and events leave in messages of their own.
    await until("the vitals and the rendering are told on the page", async () => {
      const { vitals, metrics } = await read(product, "/api/system/performance", ownPerformance);
      const isRendered = metrics.some(
        ({ id, value }) => id === "dashboard.widget_render_ms" && value !== null,
      );
      return (
        isRendered &&
        ["LCP", "FCP", "TTFB"].every((name) => vitals.some(({ reading }) => reading.name === name))
      );
    });
    const { metrics } = await read(product, "/api/system/performance", ownPerformance);
    const render = metrics.find(({ id }) => id === "dashboard.widget_render_ms");
    assert.ok(render !== undefined && render.sampleCount >= 1 && (render.value ?? 0) > 0);
    assert.equal(metrics.length, 11);
    for (const { id, value, reason } of metrics) assert.ok((value === null) !== (reason === null), id);
    const { visits } = await read(product, "/api/visits?project=throughline&range=1h", visitsPage);
    assert.equal(visits.length, 1);
    assert.equal(visits[0]?.entryPath, "/");
  });

  test("are the only ones that may use their way in", async () => {
    for (const origin of ["https://evil.example", undefined, "null"]) {
      const answer = await fetch(`${product.url}/own/api/web-vitals?key=own`, {
        method: "POST",
        headers: { "content-type": "text/plain", ...(origin === undefined ? {} : { origin }) },
        body: "[]",
      });
      assert.equal(answer.status, 403, String(origin));
    }
  });
});

test(
  "nothing is measured where the product's own telemetry is switched off",
  { timeout: 180_000 },
  async (t) => {
    const product = await startProduct({ env: { THROUGHLINE_SELF_TELEMETRY: "off" } });
    t.after(() => product.stop());
    assert.equal((await useOverview(t, product, false)).isMeasured, false);
    const answer = await fetch(`${product.url}/own/api/web-vitals`, {
      method: "POST",
      headers: { "content-type": "text/plain", origin: product.url },
      body: "[]",
    });
    assert.equal(answer.status, 404);
    const { isMeasured, vitals, metrics } = await read(product, "/api/system/performance", ownPerformance);
    assert.deepEqual([isMeasured, vitals], [false, []]);
    // The server counts by itself what it keeps, and its live streams: it may not have noticed that the page has left.
    const own = ["dashboard.events_per_minute", "dashboard.cache_hit_rate"];
    const told = metrics.filter(({ id }) => !own.includes(id));
    assert.deepEqual(
      told.filter(({ value }) => value !== null),
      [],
    );
  },
);
