/** The pages of database statements on a real product with spans that were really sent. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { otlpJson, type SentSpan } from "../../apps/server/src/insight/testRig.ts";
import { type Product, startProduct } from "../harness/product.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { fitsPhone, refusedByAxe } from "./windows.ts";

const POSTGRES = { "db.system.name": "postgresql", "db.namespace": "shop" };
const TRACE_ID = "5b".repeat(16);
const PARENT = "6c".repeat(8);

const call = (text: string, durationMs: number): SentSpan => ({
  name: "SELECT shop",
  kind: 3,
  traceId: TRACE_ID,
  parentSpanId: PARENT,
  durationMs,
  attributes: { ...POSTGRES, "db.query.text": text },
});

describe("the query pages", { timeout: 240_000 }, () => {
  let browser: Browser;
  let product: Product;
  let page: Page;
  let complaints: string[];
  before(async () => {
    await ensureBuilt();
    browser = await launchBrowser();
    product = await startProduct();
    ({ page, complaints } = await openPage(browser));
    page.setDefaultTimeout(10_000);
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  test("rank statements without their values, and lead to the endpoints that run them", async () => {
    const spans = [
      { name: "GET /orders", route: "/orders", traceId: TRACE_ID, spanId: PARENT, durationMs: 500 },
      call("select * from orders where customer = 'SECRET'", 300),
      ...Array.from({ length: 8 }, (_, id) => call(`select * from products where id = ${id}`, 4)),
    ];
    for (const { signal, body } of otlpJson({ service: "shop-api", version: "1.4.2", spans })) {
      const answer = await fetch(`${product.otlpUrl}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, 200);
    }
    const listed = page.getByRole("link", { name: "select * from products where id = ?" });
    for (let tries = 0; (await listed.count()) === 0; tries++) {
      assert.ok(tries < 40, "the statement is not listed");
      await visit(page, `${product.url}/queries?project=default`);
    }
    const rows = page.getByRole("group", { name: "Statements", exact: true }).getByRole("row");
    assert.equal(await rows.count(), 3);
    assert.match(await rows.nth(1).innerText(), /select \* from orders where customer = \?/);
    await rows.nth(2).getByText("N+1?").waitFor();
    assert.doesNotMatch(await page.content(), /SECRET/);
    assert.deepEqual(await refusedByAxe(page), []);
    await page.getByLabel("Order by").selectOption("repeated");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/sort=repeated/);
    assert.match(await rows.nth(1).innerText(), /products/);
    await listed.click();
    await page.getByText("One span ran it again and again: 8 runs in all").waitFor();
    const endpoints = page.getByRole("group", { name: "Endpoints that run the statement" });
    await endpoints.getByRole("link", { name: "/orders" }).waitFor();
    await page
      .getByRole("group", { name: /^Releases/ })
      .getByText("1.4.2")
      .waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await page
      .getByRole("link", { name: TRACE_ID.slice(0, 12) })
      .first()
      .click();
    await page.waitForURL(new RegExp(`/traces/${TRACE_ID}`));
    assert.deepEqual(complaints, []);
  });

  test("say so when nothing is found", async () => {
    await visit(page, `${product.url}/queries?project=default&q=nothing-asks-this`);
    await page.getByText("No statement matches this filter").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await page.getByRole("link", { name: "Clear the filter" }).click();
    await page.getByRole("link", { name: /from products/ }).waitFor();
  });

  test("fit a phone", async () => {
    const phone = await openPage(browser, { viewport: PHONE, hasTouch: true });
    await visit(phone.page, `${product.url}/queries?project=default`);
    await fitsPhone(phone.page, "the list");
    await phone.page.getByRole("link", { name: /from products/ }).click();
    await phone.page.getByRole("heading", { name: "Endpoints that run it" }).waitFor();
    await fitsPhone(phone.page, "one statement");
  });
});
