/** Business, What changed and Deployments of the real product: what arrives is shown without reloading. In this order. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, refusedByAxe, signIn } from "./windows.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";

describe("pages that hear of news", { timeout: 240_000 }, () => {
  let browser: Browser;
  let product: Product;
  let page: Page;
  let complaints: string[];
  /** What the page asked for since it was opened. */
  let asked: string[];
  before(async () => {
    await ensureBuilt();
    browser = await launchBrowser();
    product = await startProduct({
      env: { THROUGHLINE_OWNER_EMAIL: EMAIL, THROUGHLINE_OWNER_PASSWORD: PASSWORD },
    });
    ({ page, complaints } = await openPage(browser));
    page.setDefaultTimeout(20_000);
    asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await visit(page, `${product.url}/sign-in`);
    await signIn(EMAIL, PASSWORD, page);
    await arrivesAtUrl(`${product.url}/`, page);
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  /** Opens it, and marks the document: one that was loaded again has no mark. */
  async function open(path: string): Promise<void> {
    await visit(page, product.url + path);
    await page.getByText(/^live/).waitFor();
    await page.evaluate(() => Reflect.set(window, "isSameDocument", true));
    asked.length = 0;
  }
  async function wasNotReloaded(): Promise<void> {
    assert.equal(await page.evaluate(() => Reflect.get(window, "isSameDocument")), true);
    assert.deepEqual(complaints, []);
  }

  async function sendEvent(
    name: string,
    attributes: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    const answer = await fetch(`${product.url}/api/events?project=default`, {
      method: "POST",
      headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
      body: JSON.stringify({
        pageUrl: "/shop",
        pageViewId: `view-${name}`,
        sessionId: `session-${name}`,
        items: [{ type: "event", timeMs: Date.now(), name, attributes }],
      }),
    });
    assert.equal(answer.status, 200, await answer.text());
  }
  async function deploy(id: string, status: string): Promise<void> {
    const code = await page.evaluate(
      async (body) =>
        (
          await fetch("/api/deployments", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          })
        ).status,
      { project: "default", id, service: "shop", release: id, environment: "production", status },
    );
    assert.ok(code === 200 || code === 201, String(code));
  }
  async function setHidden(isHidden: boolean): Promise<void> {
    await page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  }

  test("Business: the first event ends the explanation, and orders count up", async () => {
    await open("/business?project=default&range=1h");
    await page.getByRole("heading", { name: "No business events yet" }).waitFor();
    await sendEvent("order", { order_id: "a", revenue: 20, currency: "EUR" });
    const orders = page.locator(".kpi").filter({ has: page.getByText("Orders", { exact: true }) });
    await orders.locator("b", { hasText: /^1$/ }).waitFor();
    await sendEvent("order", { order_id: "b", revenue: 30, currency: "EUR" });
    await orders.locator("b", { hasText: /^2$/ }).waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await wasNotReloaded();
  });

  test("Business: a hidden page asks nothing, and catches up when it is seen", async () => {
    await setHidden(true);
    await page.locator(".live").getByText("paused").waitFor();
    asked.length = 0;
    await sendEvent("order", { order_id: "c", revenue: 50, currency: "EUR" });
    await until("the third order can be read", async () => {
      const answer = await page.request.get(`${product.url}/api/business?project=default&range=1h`);
      const { kpis } = (await answer.json()) as Orders;
      return kpis.some(({ id, value }) => id === "orders" && value === 3);
    });
    const shown = page.locator(".kpi").filter({ has: page.getByText("Orders", { exact: true }) });
    assert.equal(await shown.locator("b").textContent(), "2");
    // What pages tell of themselves is sent when they are left.
    assert.deepEqual(
      asked.filter((path) => !path.startsWith("/own/")),
      [],
    );
    await setHidden(false);
    await shown.locator("b", { hasText: /^3$/ }).waitFor();
    await wasNotReloaded();
  });

  test("Deployments: told elsewhere, there at once; and how it ended", async () => {
    await open("/deployments?project=default");
    await page.getByRole("heading", { name: "No deployments yet" }).waitFor();
    await deploy("v7", "started");
    const row = page.locator("tr[data-row]").filter({ hasText: "v7" });
    await row.getByText("started").first().waitFor();
    await deploy("v7", "succeeded");
    await row.getByText("succeeded").first().waitFor();
    await wasNotReloaded();
  });

  test("What changed: the first page views, and a deployment among what happened", async () => {
    await open("/changes?project=default&range=1h&metric=LCP");
    const send = async (id: string): Promise<void> => {
      const answer = await fetch(`${product.url}/api/web-vitals?project=default`, {
        method: "POST",
        headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
        body: JSON.stringify([{ name: "LCP", value: 2100, id, pageUrl: "/shop" }]),
      });
      assert.equal(answer.status, 200, await answer.text());
    };
    await page.getByText("shop v7 deployed").waitFor();
    await send("v6-news-1");
    await page.getByRole("option", { name: "/shop" }).waitFor({ state: "attached" });
    await deploy("v8", "failed");
    await page.getByText("shop v8: deployment failed").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await wasNotReloaded();
  });
});

interface Orders {
  readonly kpis: readonly { readonly id: string; readonly value: number | null }[];
}
