/** From a page in a browser to the numbers about it: the script that the product serves, its key, its store. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { createdKey, vitalsPage } from "@throughline/contract";
import type { Browser } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage } from "../pages/browser.ts";

const OWNER = { email: "ada@example.com", password: "correct horse battery staple" };

describe("a site with the script tag", { timeout: 180_000 }, () => {
  let product: Product;
  let browser: Browser;
  let site: Server;
  let origin: string;
  let key = "";
  let cookie = "";

  before(async () => {
    [product, browser] = await Promise.all([
      startProduct({
        env: { THROUGHLINE_OWNER_EMAIL: OWNER.email, THROUGHLINE_OWNER_PASSWORD: OWNER.password },
      }),
      launchBrowser(),
    ]);
    site = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end(`<!doctype html><title>Shop</title>
        <script defer src="${product.url}/throughline.js" data-key="${key}" data-release="1.4.0"></script>
        <h1 id="hero" style="font-size: 60px">The shop with a large heading</h1>`);
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    cookie = await signIn();
    const made = await post("/api/ingest-keys", {
      name: "shop",
      projectId: "default",
      kind: "browser",
      allowedOrigins: [origin],
    });
    key = createdKey.parse(await made.json()).key;
  });
  after(async () => {
    await browser.close();
    site.close();
    await product.stop();
  });

  async function post(path: string, body: object): Promise<Response> {
    const answer = await fetch(`${product.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: product.url, cookie },
      body: JSON.stringify(body),
    });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer;
  }

  async function signIn(): Promise<string> {
    const answer = await post("/api/auth/sign-in/email", OWNER);
    return answer.headers
      .getSetCookie()
      .map((each) => each.split(";", 1)[0])
      .join("; ");
  }

  async function vitalsOf(page: string) {
    const answer = await fetch(
      `${product.url}/api/web-vitals?project=default&range=1h&page=${encodeURIComponent(page)}`,
      { headers: { cookie } },
    );
    assert.ok(answer.ok, `${answer.status} ${await answer.clone().text()}`);
    return vitalsPage.parse(await answer.json());
  }

  test("is measured: its paints are there under the page's folded address", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${origin}/products/42?secret=1`);
    await page.locator("#hero").waitFor();
    // Whoever leaves makes the SDK report what it has.
    await page.goto("about:blank");
    await page.close();
    const names = async () => (await vitalsOf("/products/:id")).vitals.map(({ name }) => name);
    await until("LCP, FCP and TTFB have arrived", async () => {
      const there = await names();
      return ["LCP", "FCP", "TTFB"].every((name) => there.some((each) => each === name));
    });
    const { vitals } = await vitalsOf("/products/:id");
    const lcp = vitals.find(({ name }) => name === "LCP");
    assert.ok(lcp !== undefined && lcp.sampleCount === 1);
    assert.deepEqual(complaints, []);
  });

  test("that the key does not name is refused", async () => {
    const answer = await fetch(`${product.url}/api/web-vitals?key=${key}`, {
      method: "POST",
      headers: { origin: "https://evil.example", "content-type": "text/plain" },
      body: "[]",
    });
    assert.equal(answer.status, 403);
  });
});
