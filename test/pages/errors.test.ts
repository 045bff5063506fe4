/** The pages of errors on a real product with errors that were really sent. In this order. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { otlpJson, type SentLine } from "../../apps/server/src/insight/testRig.ts";
import { type Product, startProduct } from "../harness/product.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, fitsPhone, refusedByAxe, signIn } from "./windows.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";
const TRACE_ID = "7e".repeat(16);

describe("the pages of errors", { timeout: 300_000 }, () => {
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

  const errors = (query = "") => `${product.url}/errors?project=default${query}`;
  const rows = () => page.getByRole("group", { name: "Errors", exact: true }).locator("tr[data-row]");
  const toast = (text: string) => page.locator(".toast", { hasText: text }).waitFor();

  async function send(logs: readonly SentLine[], version = "1.0"): Promise<void> {
    for (const { signal, body } of otlpJson({ service: "shop-api", version, logs })) {
      const answer = await fetch(`${product.otlpUrl}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, 200);
    }
  }
  const error = (type: string, traceId?: string): SentLine => ({
    text: `${type} happened`,
    exceptionType: type,
    ...(traceId === undefined ? {} : { traceId, spanId: "8f".repeat(8) }),
  });

  test("list what came, live, and say so where there is nothing", async () => {
    await send([{ text: "hello" }]);
    const empty = page.getByText("No unresolved errors in this range");
    for (let tries = 0; (await empty.count()) === 0; tries++) {
      assert.ok(tries < 40, "the empty list is not shown");
      await visit(page, errors());
    }
    assert.deepEqual(await refusedByAxe(page), []);
    // Without loading anything again.
    await send([error("TypeError", TRACE_ID), error("TypeError"), error("RangeError")]);
    await page.getByRole("link", { name: "RangeError" }).first().waitFor();
    assert.equal(await rows().count(), 2);
    await rows().filter({ hasText: "TypeError" }).getByText("2", { exact: true }).waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("resolve one, take that back, and find it by its state", async () => {
    await page.getByRole("button", { name: /^Resolve RangeError/ }).click();
    await toast("The error is resolved.");
    await rows().filter({ hasText: "RangeError" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await rows().filter({ hasText: "RangeError" }).waitFor();
    await page.getByRole("button", { name: /^Resolve RangeError/ }).click();
    await rows().filter({ hasText: "RangeError" }).waitFor({ state: "detached" });
    await page.getByLabel("State").selectOption("resolved");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/state=resolved/);
    await rows().filter({ hasText: "RangeError" }).waitFor();
    assert.equal(await rows().count(), 1);
  });

  test("tell when a resolved one came back", async () => {
    await send([error("RangeError")], "1.1");
    await visit(page, errors());
    await rows().filter({ hasText: "came back" }).waitFor();
    await page.getByText("Came back in 1.1").waitFor();
  });

  test("show one with its trace and history, decided by keyboard", async () => {
    await rows().getByRole("link", { name: "TypeError" }).click();
    await page.getByRole("heading", { name: "TypeError" }).waitFor();
    await page
      .getByRole("link", { name: "Trace", exact: true, includeHidden: true })
      .waitFor({ state: "attached" });
    assert.deepEqual(await refusedByAxe(page), []);
    await page.keyboard.press("i");
    const dialog = page.getByRole("dialog", { name: "Ignore this error" });
    await dialog.getByLabel("Until it was seen so many times more").fill("many");
    await dialog.getByRole("button", { name: "Ignore" }).click();
    await dialog.getByRole("alert").getByText("untilCount").waitFor();
    await dialog.getByLabel("Until it was seen so many times more").fill("100");
    await dialog.getByRole("button", { name: "Ignore" }).click();
    await page.getByText("It is ignored until it was seen 100 times more.").waitFor();
    await page.getByText(/ ignored it$/).waitFor();
    await page.locator("h1").focus();
    await page.keyboard.press("e");
    await toast("The error is open again.");
    await page.getByText("Nobody has resolved it yet.").waitFor();
    // What the count that is no number was refused with.
    assert.deepEqual(
      complaints.filter((text) => !text.includes("400 (Bad Request)")),
      [],
    );
  });

  test("fit a phone", async () => {
    const phone = await openPage(browser, {
      viewport: PHONE,
      hasTouch: true,
      storageState: await page.context().storageState(),
    });
    await visit(phone.page, errors());
    await phone.page.getByRole("link", { name: "TypeError" }).first().waitFor();
    await fitsPhone(phone.page, "the list");
    await phone.page
      .getByRole("link", { name: /^TypeError/ })
      .last()
      .click();
    await phone.page.getByRole("heading", { name: "Occurrences" }).waitFor();
    await fitsPhone(phone.page, "one error");
    assert.deepEqual(await refusedByAxe(phone.page), []);
  });
});
