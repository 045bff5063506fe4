/** The Budget Monitor of the real product: empty, live, full, one page, budgets, phone. In this order. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { sendShop } from "./vitalsOfAShop.ts";
import { arrivesAtUrl, fitsPhone, inWindow, refusedByAxe, signIn } from "./windows.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";

describe("the Budget Monitor", { timeout: 480_000 }, () => {
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
    page.setDefaultTimeout(15_000);
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  const address = (query = "") => `${product.url}/vitals?project=default${query}`;
  const vital = (name: string) => page.getByRole("article", { name: new RegExp(`^${name} `) });

  async function send(value: number, pageUrl: string, id: string): Promise<void> {
    const answer = await fetch(`${product.url}/api/web-vitals?project=default`, {
      method: "POST",
      headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
      body: JSON.stringify([{ name: "LCP", value, id, pageUrl }]),
    });
    assert.equal(answer.status, 200, await answer.text());
  }

  test("an empty project says how vitals come", async () => {
    await visit(page, address());
    await signIn(EMAIL, PASSWORD, page);
    await arrivesAtUrl(address(), page);
    await page.getByRole("heading", { level: 1, name: "Web vitals" }).waitFor();
    await page.getByText("@throughline/browser").waitFor();
    await page.getByText("the published thresholds hold for every page").waitFor();
    await page.getByRole("link", { name: "Settings, Keys" }).waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("a card comes, and changes, by itself after a beacon", async () => {
    await page.getByText(/^live/).waitFor();
    await send(1800, "/live", "v6-live-1");
    await vital("LCP").getByText("1.8", { exact: true }).waitFor();
    await vital("LCP").getByText("n = 1 page views").waitFor();
    await vital("LCP")
      .getByText(/not enough data/)
      .first()
      .waitFor();
    await send(6000, "/live", "v6-live-2");
    await vital("LCP").getByText("6", { exact: true }).waitFor();
    await page.getByRole("status").getByText("1 critical issue").waitFor();
  });

  test("a full project shows verdicts with their evidence, and the breaches come by themselves", async () => {
    await sendShop(product.url, Date.now());
    // Nobody reloads: all that follows arrives over the stream.
    const events = page.getByRole("region", { name: "Breaches and recoveries" });
    await events.getByText("of the whole site").first().waitFor({ timeout: 90_000 });
    const breach = events.getByRole("listitem").filter({ hasText: "/checkout" }).filter({ hasText: "LCP" });
    // Budgets are judged once a minute, and the first time may be while the visits still come in.
    await breach.getByText("target 2.5 s").waitFor({ timeout: 90_000 });
    await vital("LCP").getByText("over budget").waitFor();
    const lcp = vital("LCP");
    // What is said of releases may be a minute old: of before all visits were there.
    await until(
      "both releases are known",
      async () => {
        await visit(page, address("&range=24h"));
        return await lcp.getByText(/Release 1\.4\.0 against 1\.3\.2/).isVisible();
      },
      120_000,
    );
    await lcp
      .getByText(/img\.hero/)
      .first()
      .waitFor();
    await lcp.getByText("Next step:").waitFor();
    await lcp.getByText("worse", { exact: true }).waitFor();
    await lcp.getByText(/^since \d/).waitFor();
    await lcp.getByText(/Nearest release: 1\.4\.0/).waitFor();
    await vital("TTFB").getByText("in budget").waitFor();
    await page.getByRole("button", { name: "How it is computed" }).click();
    const formula = page.getByRole("dialog", { name: "How the score is computed" });
    await formula.getByText(/ln\(p75/).waitFor();
    await formula.getByRole("rowheader", { name: "INP" }).waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await formula.getByRole("button", { name: "Close" }).click();
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("a page is drilled into: who has it slow, since when, its visits", async () => {
    await page.getByRole("group", { name: "Worst pages" }).getByRole("link", { name: "/checkout" }).click();
    await page.waitForURL(/page=%2Fcheckout/);
    await page.getByRole("region", { name: "By device" }).getByRole("link", { name: "mobile" }).waitFor();
    await page.getByRole("slider", { name: "LCP by day" }).waitFor();
    await page.getByText(/Dashed line: it changed on/).waitFor();
    const visits = page.getByRole("link", { name: "Visits of this page" });
    assert.match((await visits.getAttribute("href")) ?? "", /^\/visits\?.*page=%2Fcheckout/);
    assert.match(
      (await vital("LCP").getByRole("link").first().getAttribute("href")) ?? "",
      /^\/traces\/[0-9a-f]{32}/,
    );
    await page.getByRole("region", { name: "By device" }).getByRole("link", { name: "mobile" }).click();
    await page.waitForURL(/device=mobile/);
    assert.equal(await page.getByRole("combobox", { name: /^Device/ }).inputValue(), "mobile");
    assert.deepEqual(await refusedByAxe(page), []);
    // A pattern finds pages as well.
    await page.getByRole("combobox", { name: /^Device/ }).selectOption("");
    await page.getByRole("searchbox", { name: "Page" }).fill("/prod*");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/page=%2Fprod\*/);
    await vital("LCP").waitFor();
  });

  test("a budget is set, changed and deleted, and the card answers to it", async () => {
    await visit(page, address("&range=24h&page=/checkout"));
    await page.getByRole("button", { name: "Set a budget for LCP" }).click();
    const dialog = page.getByRole("dialog", { name: "New budget" });
    assert.equal(await dialog.getByLabel("Page").inputValue(), "/checkout");
    await dialog.getByLabel("Target").fill("soon");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog
      .getByRole("alert")
      .getByText(/target/)
      .waitFor();
    await dialog.getByLabel("Target").fill("60000");
    await dialog.getByLabel("Owner").selectOption({ index: 1 });
    await dialog.getByLabel("Note").fill("until the hero image is smaller");
    assert.deepEqual(await refusedByAxe(page), []);
    await dialog.getByRole("button", { name: "Save" }).click();
    const budgets = page.getByRole("group", { name: "Budgets" });
    await budgets.getByText("60 s").waitFor();
    await budgets.getByText("until the hero image is smaller").waitFor();
    await vital("LCP")
      .getByText(/Target 60 s/)
      .waitFor();
    await vital("LCP").getByText("in budget").waitFor();
    await page.getByRole("button", { name: "Change the budget of LCP of /checkout" }).click();
    await page.getByRole("dialog").getByLabel("Target").fill("1000");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await vital("LCP")
      .getByText(/Target 1 s/)
      .waitFor();
    await vital("LCP").getByText("over budget").waitFor();
    await page.getByText("Who changed what").click();
    await page.getByText(/target 60 s → 1 s/).waitFor();
    await page.getByRole("button", { name: "Delete the budget of LCP of /checkout" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await vital("LCP")
      .getByText(/Target 2\.5 s \(published\)/)
      .waitFor();
    assert.deepEqual(
      complaints.filter((text) => !text.includes("400")),
      [],
    );
  });

  test("on a phone everything is there, and nothing sticks out", async () => {
    const state = await page.context().storageState();
    await inWindow(
      async () => (await openPage(browser, { viewport: PHONE, hasTouch: true, storageState: state })).page,
      async (phone) => {
        for (const query of ["&range=24h", "&range=24h&page=/checkout", "&range=1h&page=/nobody"]) {
          await visit(phone, address(query));
          await fitsPhone(phone, query);
          assert.deepEqual(await refusedByAxe(phone), [], query);
        }
        await phone.getByText("No page view of this kind reported a vital").waitFor();
      },
    );
  });
});
