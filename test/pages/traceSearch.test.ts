/** Searching traces, the flame view, two traces compared, and releases: on a real product. In this order. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { otlpJson, type SentSpan } from "../../apps/server/src/insight/testRig.ts";
import { type Product, startProduct } from "../harness/product.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { fitsPhone, refusedByAxe } from "./windows.ts";

const BEFORE = "1a".repeat(16);
const AFTER = "2b".repeat(16);

/** One request with its statements: in the later release one takes longer and runs more often, and one is new. */
function request(traceId: string, runs: number, more: readonly string[]): SentSpan[] {
  const spanId = traceId.slice(0, 16);
  // A second is what a release's first sight is known to.
  const agoMs = runs === 1 ? 60_000 : 0;
  const call = (name: string, durationMs: number): SentSpan => ({
    name,
    kind: 3,
    traceId,
    parentSpanId: spanId,
    durationMs,
    agoMs,
    attributes: { "customer.id": "ada" },
  });
  return [
    { name: "GET /orders", route: "/orders", traceId, spanId, durationMs: 300 + 40 * runs, agoMs },
    ...Array.from({ length: runs }, () => call("SELECT orders", 30)),
    ...more.map((name) => call(name, 50)),
  ];
}

describe("traces, compared and searched", { timeout: 300_000 }, () => {
  let browser: Browser;
  let product: Product;
  let page: Page;
  let complaints: string[];
  before(async () => {
    await ensureBuilt();
    browser = await launchBrowser();
    product = await startProduct();
    ({ page, complaints } = await openPage(browser));
    page.setDefaultTimeout(20_000);
    await send("1.0", [
      ...request(BEFORE, 1, ["render old"]),
      ...[3, 9, 30, 90, 900].map((durationMs) => ({ name: "GET /other", route: "/other", durationMs })),
    ]);
    await send("1.1", request(AFTER, 4, ["render new"]));
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  async function send(version: string, spans: readonly SentSpan[]): Promise<void> {
    for (const { signal, body } of otlpJson({ service: "shop-api", version, spans })) {
      const answer = await fetch(`${product.otlpUrl}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, 200);
    }
  }
  const go = (path: string, on = page): Promise<void> => visit(on, product.url + path);
  const rows = (caption: string) =>
    page.getByRole("group", { name: caption, exact: true }).locator("tr[data-row]");

  test("a bar of the durations sets the filter, and so does dragging over several", async () => {
    const chart = page.getByRole("group", { name: /^Durations/ });
    for (let tries = 0; (await chart.count()) === 0 || (await rows("Traces").count()) < 7; tries++) {
      assert.ok(tries < 40, "the traces are not listed");
      await go("/traces?project=default");
    }
    assert.deepEqual(await refusedByAxe(page), []);
    await chart
      .getByRole("link", { name: /: 1, 0 failed$|: 1$/ })
      .first()
      .focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/minDurationMs=/);
    await page.waitForFunction(() => document.querySelectorAll("tr[data-row]").length === 1);
    await page.getByRole("link", { name: "All durations" }).click();
    await page.waitForFunction(() => document.querySelectorAll("tr[data-row]").length === 7);
    const box = await chart.boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 40, { steps: 4 });
    await page.mouse.move(box.x + box.width - 2, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/minDurationMs=/);
    await rows("Traces").first().waitFor();
    assert.ok((await rows("Traces").count()) < 7);
  });

  test("an attribute finds every span that has it", async () => {
    await go("/traces?project=default");
    await page.getByLabel("Attribute").fill("customer.id=ada");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/attribute=customer.id/);
    await page.getByText("every span that matches is listed").waitFor();
    assert.equal(await rows("Traces").count(), 7);
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("the flame view puts the same work together; a box shows its span", async () => {
    await go(`/traces/${AFTER}?project=default`);
    await page.getByRole("link", { name: "Flame", exact: true }).click();
    await page.waitForURL(/view=flame/);
    const box = page.getByRole("button", { name: /SELECT orders, 4 times/ });
    await box.waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await box.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/span=/);
    await page.getByRole("link", { name: "Compare…" }).click();
    await page.waitForURL(/\/traces\/compare\?/);
  });

  test("two traces: what came, what went, and what took longer", async () => {
    await page.getByLabel("Trace A").fill(BEFORE);
    await page.getByLabel("Trace B").fill(AFTER);
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText("1 added, 1 removed, 2 slower, 0 faster.").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await page.getByLabel("differences only").check();
    assert.equal(await rows("Work of both traces").count(), 4);
    await page.getByText("1 → 4", { exact: true }).waitFor();
    await go(`/traces/compare?project=default&a=${BEFORE}&b=${"3c".repeat(16)}`);
    await page.getByText("No span of this trace is stored").waitFor();
  });

  test("releases are listed and compared", async () => {
    await go("/releases?project=default");
    await page.getByRole("link", { name: "against 1.0" }).click();
    await page.getByRole("heading", { name: "1.1 against 1.0" }).waitFor();
    await page.getByText(/200 on each side are needed to judge/).waitFor();
    await page.getByRole("link", { name: "render new" }).waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await go("/releases?project=throughline&service=nothing&a=1&b=2");
    await page.getByText("No span of nothing names the release 1").waitFor();
    assert.deepEqual(
      complaints.filter((text) => !text.includes("404")),
      [],
    );
  });

  test("fit a phone", async () => {
    const phone = await openPage(browser, { viewport: PHONE, hasTouch: true });
    for (const [what, path] of Object.entries({
      traces: "/traces?project=default",
      flame: `/traces/${AFTER}?project=default&view=flame`,
      comparison: `/traces/compare?project=default&a=${BEFORE}&b=${AFTER}`,
      releases: "/releases?project=default&service=shop-api&a=1.0&b=1.1",
    })) {
      await go(path, phone.page);
      await phone.page.locator("main h1").waitFor();
      await fitsPhone(phone.page, what);
    }
  });
});
