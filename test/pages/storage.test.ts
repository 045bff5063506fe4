/** The storage page of the real product: empty, and with tables, total and growth. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { fitsPhone, inWindow, refusedByAxe } from "./windows.ts";

const HOUR_MS = 3_600_000;
const SPANS = 120;
const LOGS = 20;

describe("the storage page", { timeout: 240_000 }, () => {
  let browser: Browser;
  before(async () => {
    await ensureBuilt();
    browser = await launchBrowser();
  });
  after(() => browser.close());

  async function withProduct(work: (product: Product) => Promise<void>): Promise<void> {
    const product = await startProduct({ env: { THROUGHLINE_SELF_TELEMETRY: "off" } });
    try {
      await work(product);
    } finally {
      await product.stop();
    }
  }

  test("says what to do while nothing is stored", () =>
    withProduct(async (product) => {
      const { page, complaints } = await openPage(browser);
      await visit(page, `${product.url}/settings/storage`);
      await page.getByRole("heading", { level: 1, name: "Storage" }).waitFor();
      await page.getByText("Nothing is stored yet").waitFor();
      assert.equal(await page.getByRole("table").count(), 0);
      assert.deepEqual(await refusedByAxe(page), []);
      assert.deepEqual(complaints, []);
      await page.close();
    }));

  test("has the rows of each table, the total, and growth where there is a day of data", () =>
    withProduct(async (product) => {
      await send(product, "traces", {
        resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: SPANS }, (_, at) => span(at)) }] }],
      });
      await send(product, "logs", {
        resourceLogs: [{ scopeLogs: [{ logRecords: Array.from({ length: LOGS }, () => logRecord()) }] }],
      });
      await until("both are readable", async () => {
        const { spans, logs } = await stored(product);
        return spans === SPANS && logs === LOGS;
      });
      const { page, complaints } = await openPage(browser);
      await visit(page, `${product.url}/settings/usage`);
      await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Storage" }).click();
      await page.getByRole("heading", { level: 1, name: "Storage" }).waitFor();
      const row = (name: RegExp) =>
        page.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });
      await row(/^Spans spans$/)
        .getByRole("cell", { name: String(SPANS), exact: true })
        .waitFor();
      // Two days of spans, two hours of logs.
      assert.equal(
        await row(/^Spans spans$/)
          .getByText("not enough data")
          .count(),
        0,
      );
      const young = row(/^Logs logs$/).getByText("not enough data");
      assert.match((await young.getAttribute("title")) ?? "", /2 h old/);
      const total = page.getByRole("region", { name: "Telemetry on disk" });
      await total.getByText(/at the pace of the last 2\S* days, without .*logs/).waitFor();
      assert.equal(await row(/exceptions$/).count(), 0);
      await page.getByText(/^Empty: .*errors/).waitFor();
      assert.deepEqual(await refusedByAxe(page), []);
      assert.deepEqual(complaints, []);
      for (const colorScheme of ["light", "dark"] as const)
        await inWindow(
          async () => await (await browser.newContext({ colorScheme, viewport: PHONE })).newPage(),
          async (on) => {
            await visit(on, `${product.url}/settings/storage`);
            await on.getByRole("heading", { level: 1, name: "Storage" }).waitFor();
            assert.deepEqual(await refusedByAxe(on), [], colorScheme);
            await fitsPhone(on, "/settings/storage");
          },
        );
      await page.close();
    }));
});

/** Without asking for the report, which is kept for a minute. */
async function stored({ get }: Product): Promise<Record<string, number>> {
  const { tables } = await get<{ tables: { table: string; rows: number }[] }>("/api/system");
  return Object.fromEntries(tables.map(({ table, rows }) => [table, rows]));
}

async function send({ otlpUrl }: Product, signal: "traces" | "logs", body: object): Promise<void> {
  const answer = await fetch(`${otlpUrl}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** Spread over fifty hours. */
function span(index: number): object {
  const start = BigInt(Date.now() - Math.round((index * 50 * HOUR_MS) / (SPANS - 1))) * 1_000_000n;
  return {
    traceId: (index + 1).toString(16).padStart(32, "0"),
    spanId: (index + 1).toString(16).padStart(16, "0"),
    name: "GET /shop",
    kind: 2,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 5_000_000n),
  };
}

function logRecord(): object {
  return {
    timeUnixNano: String(BigInt(Date.now() - 2.5 * HOUR_MS) * 1_000_000n),
    body: { stringValue: "line" },
  };
}
