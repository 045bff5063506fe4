/** Endpoints, resources, bottlenecks and health on a real product with telemetry that was really sent. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { otlpJson, type SentSpan } from "../../apps/server/src/insight/testRig.ts";
import { type Product, startProduct } from "../harness/product.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { fitsPhone, refusedByAxe } from "./windows.ts";

const PAGES = ["/", "/services", "/endpoints", "/resources", "/bottlenecks"] as const;
const DETAIL = "/endpoints/detail?project=default&service=shop-api&route=GET+%2Forders";

/** Forty slow requests that ask for each order's items one by one and answer with megabytes. */
const spans: SentSpan[] = Array.from({ length: 40 }, (_, index) => {
  const traceId = (0xc00000 + index).toString(16).padStart(32, "0");
  const spanId = (0xd00000 + index).toString(16).padStart(16, "0");
  const call = (text: string, durationMs: number): SentSpan => ({
    name: "SELECT shop",
    kind: 3,
    traceId,
    parentSpanId: spanId,
    durationMs,
    attributes: { "db.system.name": "postgresql", "db.query.text": text },
  });
  return [
    {
      name: "GET /orders",
      route: "/orders",
      traceId,
      spanId,
      durationMs: 900,
      attributes: {
        "http.request.method": "GET",
        "http.response.status_code": index < 4 ? 500 : 200,
        "http.response.body.size": 1_500_000,
      },
    },
    call("select * from orders where customer = 'SECRET'", 500),
    ...Array.from({ length: 6 }, (__, id) => call(`select * from items where id = ${id}`, 4)),
  ];
}).flat();

async function send(product: Product, signal: string, body: unknown): Promise<void> {
  const answer = await fetch(`${product.otlpUrl}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200);
}

describe("the performance pages", { timeout: 300_000 }, () => {
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

  test("teach the first step while there is no data", async () => {
    for (const path of ["/endpoints", "/resources", "/bottlenecks"] as const) {
      await visit(page, `${product.url}${path}?project=default`);
      await page
        .getByText(/4318|OTLP/)
        .first()
        .waitFor();
      assert.deepEqual(await refusedByAxe(page), [], path);
    }
  });

  test("name an endpoint's numbers and lead to it", async () => {
    const gauges = ["nodejs.eventloop.utilization"];
    for (const { signal, body } of otlpJson({ service: "shop-api", version: "1.4.2", spans, gauges }))
      await send(product, signal, body);
    const listed = page.getByRole("link", { name: "GET /orders" });
    for (let tries = 0; (await listed.count()) === 0; tries++) {
      assert.ok(tries < 40, "the endpoint is not listed");
      await visit(page, `${product.url}/endpoints?project=default`);
    }
    const row = page.getByRole("group", { name: "Endpoints", exact: true }).getByRole("row").nth(1);
    assert.match(await row.innerText(), /GET \/orders[\s\S]*40[\s\S]*10[\s\S]*0\.5[\s\S]*1\.5 MB/);
    await page.getByLabel("Apdex T in ms").fill("1000");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/apdexMs=1000/);
    await listed.click();
    await page.waitForURL(/\/endpoints\/detail\?.*apdexMs=1000/);
    await page.getByRole("heading", { name: "GET /orders" }).waitFor();
    await page.getByText("Apdex, T 1 s").waitFor();
    const statuses = page.getByRole("group", { name: "Requests by status" });
    await statuses.getByRole("row", { name: /^500 4 4/ }).waitFor();
    const statements = page.getByRole("group", { name: "Statements that the endpoint runs" });
    await statements.getByRole("link", { name: "select * from orders where customer = ?" }).waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("name bottlenecks with what to do, and lead to the evidence", async () => {
    const cards = page.getByRole("region", { name: "Bottlenecks" });
    await visit(page, `${product.url}/?project=default`);
    for (const kind of ["Slow query", "N+1 query", "Large payload"]) await cards.getByText(kind).waitFor();
    await cards.getByRole("link", { name: "All, with advice" }).click();
    await page.waitForURL(/\/bottlenecks/);
    const payload = page.getByRole("region", { name: /^Large payload/ });
    await payload.getByText("What to do").waitFor();
    assert.doesNotMatch(await page.content(), /SECRET/);
    assert.deepEqual(await refusedByAxe(page), []);
    await payload.getByRole("link", { name: "A trace that shows it" }).click();
    await page.waitForURL(/\/traces\/0+c000/);
  });

  test("show the health with its reasons, by keyboard too", async () => {
    await visit(page, `${product.url}/?project=default`);
    const strip = page.getByRole("region", { name: "Health", exact: true });
    await strip.getByText("Reliability").first().waitFor();
    await strip.getByRole("button", { name: /^Why\?/ }).focus();
    await page.keyboard.press("Enter");
    const why = page.getByRole("dialog", { name: "The health of this project" });
    await why.getByText("4 of 40 requests failed").waitFor();
    await why.getByText("half the worst part").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await page.keyboard.press("Escape");
    assert.equal(await why.isVisible(), false);
    await visit(page, `${product.url}/services?project=default`);
    await page.getByRole("button", { name: /Why: the health of shop-api/ }).click();
    await page.getByRole("dialog", { name: "The health of shop-api" }).getByText("Apdex").waitFor();
  });

  test("draw what processes use, and say what is not sent", async () => {
    await visit(page, `${product.url}/resources?project=default`);
    await page.getByRole("region", { name: /^Event loop busy/ }).waitFor();
    await page.getByText("No process.cpu.utilization is sent: import @throughline/node").waitFor();
    await page.getByRole("group", { name: "Instances" }).getByRole("link", { name: "shop-api" }).click();
    await page.waitForURL(/service=shop-api/);
    await page.getByRole("link", { name: "Show all" }).waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    assert.deepEqual(complaints, []);
  });

  test("mark releases on the charts of processes, here and on the overview", async () => {
    const gauges = ["process.memory.usage"];
    const newer = { service: "shop-api", version: "1.4.3", spans: [{ name: "GET /orders" }], gauges };
    for (const { signal, body } of otlpJson(newer)) await send(product, signal, body);
    const marker = page
      .getByRole("group", { name: "Resident memory: deployments and releases" })
      .getByRole("link", { name: /^shop-api 1\.4\.3/ });
    for (const path of ["/resources", "/"]) {
      for (let tries = 0; (await marker.count()) === 0; tries++) {
        assert.ok(tries < 40, `${path} has no marker`);
        await visit(page, `${product.url}${path}?project=default`);
      }
      assert.deepEqual(await refusedByAxe(page), [], path);
    }
    assert.match((await marker.getAttribute("href")) ?? "", /^\/changes\?/);
  });

  test("say so when nothing is found", async () => {
    await visit(page, `${product.url}/endpoints?project=default&q=nothing-like-this`);
    await page.getByText("No endpoint matches this filter").waitFor();
    await visit(page, `${product.url}/endpoints/detail?project=default&service=shop-api&route=none`);
    await page.getByText("It took no request in this range").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await visit(page, `${product.url}/bottlenecks?project=throughline`);
    await page.getByRole("region", { name: "What is looked for" }).waitFor();
  });

  test("fit a phone", async () => {
    const phone = await openPage(browser, { viewport: PHONE, hasTouch: true });
    for (const path of [...PAGES.map((each) => `${each}?project=default`), DETAIL]) {
      await visit(phone.page, product.url + path);
      await fitsPhone(phone.page, path);
    }
  });
});
