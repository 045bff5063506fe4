/** From a page in a browser to the numbers about it: the script that the product serves, its key, its store. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { visit, visitsPage, vitalsPage } from "@throughline/contract";
import type { Browser } from "playwright-core";
import { OWNER_ENV, signInOwner, type Owner } from "../harness/owner.ts";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage } from "../pages/browser.ts";

/** With some detail: Chromium takes no image for the largest paint that has next to no bytes for its size. */
const HERO = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="500"><rect width="800" height="500" fill="teal"/>${Array.from({ length: 400 }, (_, index) => `<circle cx="${(index * 37) % 800}" cy="${(index * 91) % 500}" r="9" fill="gold"/>`).join("")}</svg>`;

/** A hero image that a script puts in late, a button whose handler blocks, and a banner that nobody kept room for. */
const TROUBLED = `
  <style>
    #picture { height: 500px }
    #banner { height: 500px; background: gold }
  </style>
  <div id="picture"></div>
  <button id="buy">Buy</button>
  <p id="text">Some text below the picture</p>
  <script src="/app.js"></script>`;
const APP = `
setTimeout(() => {
  const image = new Image();
  image.id = "late";
  image.src = "/hero.svg";
  image.onload = () => setTimeout(() => document.documentElement.dataset.shown = "", 300);
  document.getElementById("picture").append(image);
}, 1500);
document.getElementById("buy").addEventListener("click", function block() {
  const end = performance.now() + 400;
  while (performance.now() < end);
  // Long after the click: a shift right after it would be expected.
  setTimeout(() => {
    const banner = document.createElement("div");
    banner.id = "banner";
    document.body.prepend(banner);
    requestAnimationFrame(() => requestAnimationFrame(() => document.documentElement.dataset.shifted = ""));
  }, 900);
});
`;

describe("a site with the script tag", { timeout: 180_000 }, () => {
  let product: Product;
  let browser: Browser;
  let site: Server;
  let origin: string;
  let key = "";
  let owner: Owner;

  before(async () => {
    [product, browser] = await Promise.all([startProduct({ env: OWNER_ENV }), launchBrowser()]);
    site = createServer((request, response) => {
      if (request.url === "/hero.svg") {
        response.writeHead(200, { "content-type": "image/svg+xml" });
        return void response.end(HERO);
      }
      if (request.url === "/app.js") {
        response.writeHead(200, { "content-type": "text/javascript" });
        return void response.end(APP);
      }
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end(`<!doctype html><title>Shop</title>
        <script defer src="${product.url}/throughline.js" data-key="${key}" data-release="1.4.0"></script>
        ${request.url === "/troubled" ? TROUBLED : `<h1 id="hero" style="font-size: 60px">The shop with a large heading</h1>`}`);
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    owner = await signInOwner(product);
    key = await owner.makeBrowserKey(origin);
  });
  after(async () => {
    await browser.close();
    site.close();
    await product.stop();
  });

  const vitalsOf = (page: string) =>
    owner.get(`/api/web-vitals?project=default&range=1h&page=${encodeURIComponent(page)}`, vitalsPage);

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

  test("gets exactly the diagnoses of a late hero image, a blocking click handler and a shifting banner", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${origin}/troubled`);
    await page.locator("html[data-shown]").waitFor();
    await page.locator("#buy").click();
    await page.locator("html[data-shifted]").waitFor();
    await page.goto("about:blank");
    await page.close();
    const vitalOf = async (name: string) =>
      (await vitalsOf("/troubled")).vitals.find((vital) => vital.name === name);
    await until("the diagnoses are there", async () => {
      const { vitals } = await vitalsOf("/troubled");
      return ["LCP", "INP", "CLS"].every((name) =>
        vitals.some((vital) => vital.name === name && vital.diagnosis !== null),
      );
    });
    const [lcp, inp, cls] = [await vitalOf("LCP"), await vitalOf("INP"), await vitalOf("CLS")];
    assert.equal(lcp?.causeId, "lcp.resource_load_delay", `${lcp?.value} ${lcp?.diagnosis}`);
    assert.match(lcp?.diagnosis ?? "", /#late, which loads http:\/\/127\.0\.0\.1:\d+\/hero\.svg/);
    assert.equal(inp?.causeId, "inp.processing_duration");
    assert.match(inp?.diagnosis ?? "", /interaction is with #buy.*\/app\.js, called by BUTTON#buy\.onclick/);
    assert.equal(cls?.causeId, "cls.largest_shift");
    assert.equal(cls?.rating, "poor");
    // What moved is what the banner pushed down.
    assert.match(cls?.diagnosis ?? "", /^#(picture|buy|text) is what moves most/);

    // From the number to the very visit, with the script that blocked it.
    const { visits } = await owner.get(
      "/api/visits?project=default&page=/troubled&metric=CLS&rating=poor",
      visitsPage,
    );
    assert.equal(visits.length, 1);
    const { pageViews } = await owner.get(`/api/visits/${visits[0]?.sessionId}`, visit);
    const script = pageViews[0]?.vitals.find(({ name }) => name === "INP")?.script;
    assert.match(script?.url ?? "", /\/app\.js$/);
    assert.equal(script?.functionName, "block");
  });

  test("that the key does not name is refused, and so is another project of the same organisation", async () => {
    const ask = (query: string, from: string) =>
      fetch(`${product.url}/api/web-vitals?key=${key}${query}`, {
        method: "POST",
        headers: { origin: from, "content-type": "text/plain" },
        body: "[]",
      });
    assert.equal((await ask("", "https://evil.example")).status, 403);
    const other = await ask("&project=throughline", origin);
    assert.equal(other.status, 403);
    assert.match(await other.text(), /another project/);
    // The key is good: what is wrong with its own is the empty body.
    assert.equal((await ask("", origin)).status, 400);
  });
});
