/** The retention page of the real product: what is kept, shortening it after a question, lengthening it. In this order. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { DESKTOP, launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, fitsPhone, inWindow, refusedByAxe, signIn } from "./windows.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";

describe("the retention page", { timeout: 240_000 }, () => {
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
    page.setDefaultTimeout(10_000);
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  const url = () => `${product.url}/settings/retention`;
  const kept = () => page.getByRole("region", { name: "How long data is kept" });
  const raw = () => page.getByLabel("Raw data, days");
  const aggregates = () => page.getByLabel("Aggregates, days");
  const save = () => page.getByRole("button", { name: "Save" });
  const question = () => page.getByRole("dialog", { name: "Delete what is older?" });
  /** By the server's clock's UTC day; either where the test runs over midnight. */
  const daysAgo = (days: number): RegExp => {
    const dayOf = (offset: number) =>
      new Date(Date.now() - (days + offset) * 86_400_000).toISOString().slice(0, 10);
    return new RegExp(`from before (${dayOf(0)}|${dayOf(1)}) \\(UTC\\)`);
  };

  test("says what is kept for how long", async () => {
    await visit(page, url());
    await signIn(EMAIL, PASSWORD, page);
    await arrivesAtUrl(url(), page);
    await kept().getByText("30 days").waitFor();
    await kept().getByText("365 days").waitFor();
    await kept().getByText("the default").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("what can't be is refused beside the button, without a question", async () => {
    for (const [days, expected] of [
      ["31", "at most 30 days"],
      ["0", "at least 1 day"],
      ["a week", "rawDays"],
    ] as const) {
      await raw().fill(days);
      await save().click();
      await page.getByRole("alert").getByText(expected).waitFor();
      assert.equal(await question().count(), 0, days);
    }
    assert.deepEqual(
      complaints.filter((each) => !each.includes("400 (Bad Request)")),
      [],
    );
    complaints.length = 0;
  });

  test("shortening asks first, and says what will be gone", async () => {
    await raw().fill("7");
    await save().click();
    await question().getByText(daysAgo(7)).waitFor();
    assert.equal(await question().getByText("Aggregates from before").count(), 0);
    assert.deepEqual(await refusedByAxe(page), []);
    await question().getByRole("button", { name: "Cancel" }).click();
    await kept().getByText("30 days").waitFor();

    await aggregates().fill("90");
    await save().click();
    await question().getByText(daysAgo(90)).waitFor();
    await question().getByLabel("Reason (optional)").fill("less is enough");
    await question().getByRole("button", { name: "Shorten and delete" }).click();
    await page.locator(".toast", { hasText: "How long data is kept is changed." }).waitFor();
    await kept().getByText("7 days", { exact: true }).waitFor();
    await kept().getByText("90 days", { exact: true }).waitFor();
    assert.equal(await aggregates().inputValue(), "90");
  });

  test("keeping it longer needs no question", async () => {
    await raw().fill("14");
    await save().click();
    await kept().getByText("14 days", { exact: true }).waitFor();
    assert.equal(await question().count(), 0);
    assert.deepEqual(complaints, []);
  });

  test("breaks no accessibility rule in light and dark, and fits phone and desktop", async () => {
    const storageState = await page.context().storageState();
    for (const colorScheme of ["light", "dark"] as const)
      for (const viewport of [PHONE, DESKTOP])
        await inWindow(
          async () => {
            const context = await browser.newContext({ colorScheme, viewport, storageState });
            return await context.newPage();
          },
          async (on) => {
            await visit(on, url());
            await on.getByRole("heading", { level: 1, name: "Retention" }).waitFor();
            assert.deepEqual(await refusedByAxe(on), [], colorScheme);
            await fitsPhone(on, "/settings/retention");
          },
        );
  });
});
