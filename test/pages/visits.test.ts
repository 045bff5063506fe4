/** Visits of the real product, from beacons that were sent: found and opened by keyboard, errors and back, axe, phone. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, fitsPhone, inWindow, refusedByAxe, signIn } from "./windows.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";

describe("the pages of visits", { timeout: 240_000 }, () => {
  let browser: Browser;
  let product: Product;
  let page: Page;
  let complaints: string[];
  before(async () => {
    await ensureBuilt();
    browser = await launchBrowser();
    product = await startProduct({
      env: { THROUGHLINE_OWNER_EMAIL: EMAIL, THROUGHLINE_OWNER_PASSWORD: PASSWORD },
    });
    ({ page, complaints } = await openPage(browser));
    page.setDefaultTimeout(20_000);
    await visit(page, `${product.url}/sign-in`);
    await signIn(EMAIL, PASSWORD, page);
    await arrivesAtUrl(`${product.url}/`, page);
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  async function post(path: string, body: unknown): Promise<void> {
    const answer = await fetch(`${product.url}${path}?project=default`, {
      method: "POST",
      headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** One who met an error on a slow page, and one who met nothing. */
  async function send(): Promise<void> {
    const startMs = Date.now() - 30_000;
    for (const name of ["slow", "calm"]) {
      const context = {
        pageUrl: `http://localhost:3000/${name}`,
        pageViewId: `view-${name}`,
        sessionId: `session-${name}`,
        deviceType: "mobile",
        release: "1.0",
      };
      await post("/api/events", {
        ...context,
        items: [
          { type: "page_view", timeMs: startMs, navigationType: "navigate", title: name },
          ...(name === "slow"
            ? [
                {
                  type: "error",
                  timeMs: startMs + 2000,
                  name: "TypeError",
                  message: "cart is undefined",
                  stack: "TypeError: cart is undefined\n    at buy (http://localhost:3000/app.js:3:14)",
                  isHandled: false,
                },
              ]
            : []),
        ],
      });
      await post("/api/web-vitals", [
        {
          name: "LCP",
          value: name === "slow" ? 5200 : 900,
          id: `v6-${name}`,
          timestamp: startMs + 3000,
          ...context,
          attribution: { target: "img.hero" },
        },
      ]);
    }
  }

  const address = (query = "") => `${product.url}/visits?project=default&range=1h${query}`;
  const rows = () => page.locator("tr[data-row]");

  test("without any, the list says how they come", async () => {
    await visit(page, address());
    await page.getByText("Visits come from the browser SDK").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("are found by a filter and opened by keyboard", async () => {
    await send();
    await until("both visits are listed", async () => {
      await visit(page, address());
      return (await rows().count()) === 2;
    });
    assert.deepEqual(await refusedByAxe(page), []);
    // From the box of the list the next stops are its columns, then its rows.
    await page.getByRole("group", { name: "Visits" }).focus();
    const slow = rows().getByRole("link", { name: "/slow" });
    for (let stop = 0; stop < 20; stop++) {
      await page.keyboard.press("Tab");
      if (await slow.evaluate((link) => link === document.activeElement)) break;
    }
    assert.equal(await slow.evaluate((link) => link === document.activeElement), true);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/visits\/session-slow/);
    await page.locator("h1:focus").waitFor();
  });

  test("an error in a timeline leads to all like it, and from there back to the visit", async () => {
    const error = page.locator("summary").filter({ hasText: "cart is undefined" });
    await error.focus();
    await page.keyboard.press("Enter");
    const link = page.getByRole("link", { name: "all errors like this one" });
    await link.waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await link.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/errors\/\d+/);
    await page.getByRole("heading", { name: "TypeError" }).waitFor();
    await page.getByText("cart is undefined").first().waitFor();
    await page.getByRole("link", { name: "Visit", exact: true }).click();
    await page.waitForURL(/\/visits\/session-slow/);
  });

  test("their keys and those of every page are listed", async () => {
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keyboard" });
    for (const text of ["Go to Visits", "Error: resolve or reopen", "Error: ignore", "Go to Releases"])
      await dialog.getByText(text).waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await page.keyboard.press("g");
    await page.keyboard.press("u");
    await page.waitForURL(/\/visits\?/);
    assert.deepEqual(complaints, []);
  });

  for (const colorScheme of ["light", "dark"] as const)
    test(`fit a phone, in ${colorScheme}`, async () => {
      await inWindow(
        async () => {
          const phone = await openPage(browser, { viewport: PHONE, hasTouch: true, colorScheme });
          await phone.page.context().addCookies(await page.context().cookies());
          return phone.page;
        },
        async (phone) => {
          for (const url of [address(), `${product.url}/visits/session-slow?project=default`]) {
            await visit(phone, url);
            await fitsPhone(phone, url);
            assert.deepEqual(await refusedByAxe(phone), [], url);
          }
        },
      );
    });
});
