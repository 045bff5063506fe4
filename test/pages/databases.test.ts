/** The pages of watched databases on the real product beside a real PostgreSQL. In this order. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { otlpJson } from "../../apps/server/src/insight/testRig.ts";
import { type Product, startProduct } from "../harness/product.ts";
import { LITERAL, startWatchedPostgres, type WatchedPostgres } from "../harness/watchedPostgres.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, fitsPhone, refusedByAxe, signIn } from "./windows.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";
const VIEWS = ["overview", "activity", "statements", "tables", "plans"] as const;

describe("the pages of databases", { timeout: 300_000 }, () => {
  let browser: Browser;
  let product: Product;
  let postgres: WatchedPostgres;
  let page: Page;
  let complaints: string[];
  let url = "";
  before(async () => {
    await ensureBuilt();
    postgres = await startWatchedPostgres();
    browser = await launchBrowser();
    product = await startProduct({
      env: {
        THROUGHLINE_OWNER_EMAIL: EMAIL,
        THROUGHLINE_OWNER_PASSWORD: PASSWORD,
        THROUGHLINE_OUTGOING_ALLOW: "127.0.0.1",
      },
    });
    ({ page, complaints } = await openPage(browser));
    page.setDefaultTimeout(20_000);
  });
  after(async () => {
    await browser.close();
    await product.stop();
    await postgres.stop();
  });

  /** Loads anew until the collector's next look shows it. */
  async function until(address: string, isThere: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 120; tries++) {
      await visit(page, address);
      if (await isThere()) return;
      await page.waitForTimeout(500);
    }
    assert.fail(`it never came on ${address}`);
  }

  async function shoot(name: string, on = page): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (folder !== undefined) await on.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }

  test("without one: what it is, and the SQL that makes the role", async () => {
    const list = `${product.url}/databases?project=default`;
    await visit(page, list);
    await signIn(EMAIL, PASSWORD, page);
    await arrivesAtUrl(list, page);
    await page.getByText("No database is watched yet").waitFor();
    await page.getByText("grant pg_monitor to throughline").waitFor();
    await page.getByText("It runs inside this process").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await shoot("list-empty");
  });

  test("one is added, and looked at", async () => {
    const shop = await postgres.client();
    for (let n = 0; n < 5; n++)
      await shop.query(`select * from orders where mail = '${LITERAL}' and customer_id > ${n}`);
    await shop.query("select pg_stat_force_next_flush()");
    await page.getByRole("button", { name: "Add a database" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Shop");
    await dialog.getByLabel("Host").fill("127.0.0.1");
    await dialog.getByLabel("Port").fill(String(postgres.port));
    await dialog.getByLabel("Database", { exact: true }).fill(postgres.database);
    await dialog.getByLabel("User").fill(postgres.username);
    await dialog.getByLabel("Password").fill(postgres.password);
    await dialog.getByLabel("TLS").selectOption("disable");
    await dialog.getByLabel("Look every (s)").fill("10");
    await dialog.getByLabel("Slow from (ms)").fill("0");
    assert.deepEqual(await refusedByAxe(page), []);
    await shoot("add");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("link", { name: "Shop" }).waitFor();
    await until(
      `${product.url}/databases?project=default`,
      async () => (await page.getByText("watched", { exact: true }).count()) > 0,
    );
    assert.deepEqual(await refusedByAxe(page), []);
    await shoot("list");
    await page.getByRole("link", { name: "Shop" }).click();
    await page.getByRole("heading", { name: "Shop" }).waitFor();
    url = page.url().split("?")[0] ?? "";
  });

  test("the missing index is told with the plan and the statement that makes it", async () => {
    await until(
      `${url}?view=plans`,
      async () => (await page.getByText("create index concurrently").count()) > 0,
    );
    await page.getByText('on "public"."orders" ("mail", "customer_id")').waitFor();
    await page.getByText("Seq Scan").first().waitFor();
    assert.doesNotMatch(await page.content(), new RegExp(`${LITERAL}|${postgres.password}`));
  });

  test("from the bottleneck to the plan, the statement, and back", async () => {
    const span = { durationMs: 40, traceId: "a".repeat(32) };
    const text = "select * from orders where mail = $1 and customer_id > $2";
    for (const { signal, body } of otlpJson({
      service: "shop-api",
      spans: [
        { ...span, name: "GET /orders", route: "GET /orders", kind: 2, spanId: "b".repeat(16) },
        {
          ...span,
          name: "SELECT orders",
          kind: 3,
          spanId: "c".repeat(16),
          parentSpanId: "b".repeat(16),
          attributes: { "db.system.name": "postgresql", "db.query.text": text },
        },
      ],
    })) {
      const answer = await fetch(`${product.otlpUrl}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-throughline-project": "default" },
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, 200);
    }
    const plan = page.getByRole("link", { name: "Its plan in Shop" });
    await until(`${product.url}/bottlenecks?project=default`, async () => (await plan.count()) > 0);
    assert.deepEqual(await refusedByAxe(page), []);
    await shoot("bottleneck");
    await plan.click();
    await page.getByText("One statement is shown.").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await page.getByRole("link", { name: "As services ran it" }).click();
    await page.getByRole("heading", { name: "Plan in Shop: an index is missing" }).waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await shoot("statement");
    await page.getByRole("link", { name: "On the page of the database" }).click();
    await page.getByText('on "public"."orders" ("mail", "customer_id")').waitFor();
  });

  test("who blocks whom", async () => {
    const [holder, waiter] = [await postgres.client(), await postgres.client()];
    await holder.query("begin");
    await holder.query("update orders set total = 1 where id = 7");
    const waiting = waiter.query("update orders set total = 2 where id = 7");
    await until(
      `${url}?view=activity`,
      async () => (await page.getByText("blocks", { exact: true }).count()) > 0,
    );
    await page.getByText("waits", { exact: true }).waitFor();
    await page.getByText("pg_terminate_backend").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await shoot("blocked");
    await holder.query("rollback");
    await waiting;
  });

  test("the check says what is missing", async () => {
    await visit(page, url);
    await page.getByRole("button", { name: "Check" }).click();
    await page.getByText("The session is read-only.").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await shoot("check");
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  });

  test("every part passes axe, and fits a phone", async () => {
    const { cookies } = await page.context().storageState();
    const phone = await openPage(browser, { viewport: PHONE, hasTouch: true, colorScheme: "dark" });
    await phone.page.context().addCookies(cookies);
    for (const view of VIEWS) {
      await visit(page, `${url}?view=${view}`);
      assert.deepEqual(await refusedByAxe(page), [], view);
      await shoot(view);
      await visit(phone.page, `${url}?view=${view}`);
      await fitsPhone(phone.page, view);
      assert.deepEqual(await refusedByAxe(phone.page), [], `${view} on a phone`);
      await shoot(`${view}-phone-dark`, phone.page);
    }
    await visit(phone.page, `${product.url}/databases?project=default`);
    await fitsPhone(phone.page, "the list");
    await shoot("list-phone-dark", phone.page);
    assert.deepEqual(complaints, []);
  });

  test("the document of the API passes axe, and fits a phone", async () => {
    await page.goto(`${product.url}/docs`);
    assert.deepEqual(await refusedByAxe(page), []);
    const { cookies } = await page.context().storageState();
    const phone = await openPage(browser, { viewport: PHONE, hasTouch: true, colorScheme: "dark" });
    await phone.page.context().addCookies(cookies);
    await phone.page.goto(`${product.url}/docs`);
    await fitsPhone(phone.page, "/docs");
    assert.deepEqual(await refusedByAxe(phone.page), [], "on a phone");
    await shoot("docs-phone-dark", phone.page);
  });

  test("one that is not watched any more is gone", async () => {
    await visit(page, url);
    await page.getByRole("button", { name: "Stop watching" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop watching" }).click();
    await page.getByText("No database is watched yet").waitFor();
  });
});
