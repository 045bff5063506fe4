/** The usage page of the real product: meters, quotas, the banner, the export. In this order. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, fitsPhone, inWindow, refusedByAxe, signIn } from "./windows.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";

describe("the usage page", { timeout: 240_000 }, () => {
  let browser: Browser;
  let product: Product;
  let page: Page;
  let complaints: string[];
  before(async () => {
    await ensureBuilt();
    browser = await launchBrowser();
    product = await startProduct({
      env: {
        THROUGHLINE_OWNER_EMAIL: EMAIL,
        THROUGHLINE_OWNER_PASSWORD: PASSWORD,
        THROUGHLINE_DAILY_QUOTA_EVENTS: "100",
      },
    });
    ({ page, complaints } = await openPage(browser));
    page.setDefaultTimeout(10_000);
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  const usage = () => `${product.url}/settings/usage`;
  const meter = (name: string) =>
    page.getByRole("region", { name: "Today" }).getByRole("listitem").filter({ hasText: name });

  async function send(logRecords: readonly object[]): Promise<Response> {
    return await fetch(`${product.otlpUrl}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    });
  }
  const records = (count: number, record: object): object[] => Array.from({ length: count }, () => record);

  test("shows what was taken today beside its quota", async () => {
    assert.equal((await send(records(40, { severityText: "info" }))).status, 200);
    assert.equal((await send(records(85, { eventName: "page_view" }))).status, 200);
    await visit(page, usage());
    await signIn(EMAIL, PASSWORD, page);
    await arrivesAtUrl(usage(), page);
    await meter("Logs").getByText("40").waitFor();
    await meter("Logs").getByText("no quota").waitFor();
    await meter("Events").getByText("of 100").waitFor();
    await meter("Events").getByText("nearly used up").waitFor();
    const today = new Date().toISOString().slice(0, 8);
    await page
      .getByRole("rowheader", { name: new RegExp(`^${today}`) })
      .first()
      .waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("every page says that a quota is nearly used up", async () => {
    await visit(page, product.url);
    await page.getByText(/Used so far: 85.* % of the daily quota of events\./).waitFor();
    await page.getByRole("note").getByRole("link", { name: "Usage" }).click();
    await page.getByRole("heading", { level: 1, name: "Usage" }).waitFor();
  });

  test("a quota is set for the organisation; past it senders are refused and told until when", async () => {
    await page.getByRole("button", { name: "Change the quotas of Default" }).click();
    const dialog = page.getByRole("dialog", { name: "Daily quotas of Default" });
    await dialog.getByLabel("Logs").fill("many");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("alert").getByText("logs").waitFor();
    await dialog.getByLabel("Logs").fill("40");
    await dialog.getByLabel("Spans").fill("none");
    await dialog.getByLabel("Reason (optional)").fill("a trial");
    assert.deepEqual(await refusedByAxe(page), []);
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.locator(".toast", { hasText: "The quotas of Default are changed." }).waitFor();
    await meter("Logs").getByText("used up, refused").waitFor();
    const refused = await send(records(1, { severityText: "info" }));
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    await visit(page, `${product.url}/system`);
    await page.getByText("Default has used up its daily quota of logs").waitFor();
    await page.getByText("The daily quota of logs is used up").waitFor();
    // The one that was meant to be refused.
    assert.deepEqual(
      complaints.filter((each) => !each.includes("400 (Bad Request)")),
      [],
    );
  });

  test("breaks no accessibility rule in light and dark, and fits a phone", async () => {
    const storageState = await page.context().storageState();
    for (const colorScheme of ["light", "dark"] as const)
      await inWindow(
        async () => {
          const context = await browser.newContext({ colorScheme, viewport: PHONE, storageState });
          return await context.newPage();
        },
        async (on) => {
          await visit(on, usage());
          await on.getByRole("heading", { level: 1, name: "Usage" }).waitFor();
          assert.deepEqual(await refusedByAxe(on), [], colorScheme);
          await fitsPhone(on, "/settings/usage");
        },
      );
  });

  test("the export is a file whose last line says that it is whole", async () => {
    await visit(page, usage());
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export all data" }).click();
    const download = await downloading;
    assert.match(download.suggestedFilename(), /^throughline-.*\.ndjson\.gz$/);
    const lines = gunzipSync(await readFile(await download.path()))
      .toString()
      .trimEnd()
      .split("\n");
    const last: { end?: boolean } = JSON.parse(lines.at(-1) ?? "");
    assert.equal(last.end, true);
    assert.ok(lines.some((line) => line.includes('"section":"projects"')));
  });
});
