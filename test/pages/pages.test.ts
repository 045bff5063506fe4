/** The pages in a real browser, on fixture answers: rendering, hydration, size, access. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { DESKTOP, launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { trace, TRACE_ID } from "./fixtures.ts";
import { startFixtureServer, type FixtureServer } from "./fixtureServer.ts";

const PATHS = [
  "/",
  "/services",
  "/services/shop-api",
  "/traces",
  `/traces/${TRACE_ID}`,
  `/traces/${TRACE_ID}?span=${trace.spans[6]?.spanId}`,
  "/deployments",
  "/changes",
  "/business",
  "/tail",
  "/system",
  "/help",
];
const REFUSED = "/?project=broken";

let browser: Browser;
let full: FixtureServer;
let empty: FixtureServer;
let own: FixtureServer;

before(async () => {
  browser = await launchBrowser();
  full = await startFixtureServer("full");
  empty = await startFixtureServer("empty");
  own = await startFixtureServer("own");
});
after(async () => {
  await browser.close();
  for (const server of [full, empty, own]) await server.close();
});

/** All screens worth looking at. */
function screens(): [string, string][] {
  return [
    ...PATHS.map((path): [string, string] => [full.url + path, path]),
    [full.url + REFUSED, "a refusal"],
    [`${full.url}/traces/${"1".repeat(32)}`, "a trace of 3 000 spans"],
    [empty.url, "a project without data"],
    [`${empty.url}/tail`, "a tail without lines"],
    [`${empty.url}/deployments`, "a project without deployments"],
    [`${own.url}/changes`, "a range without a change point"],
    [`${empty.url}/business`, "a project without business events"],
    [own.url, "the product observing itself"],
  ];
}

async function withPage(
  options: Parameters<typeof openPage>[1],
  work: (page: Page, complaints: string[]) => Promise<void>,
): Promise<void> {
  const { page, complaints } = await openPage(browser, options);
  try {
    await work(page, complaints);
  } finally {
    await page.context().close();
  }
}

describe("every page", () => {
  test("shows its content without scripts", async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(full.url);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      assert.match(
        (await page.getByRole("region", { name: "Routes by share of time" }).first().textContent()) ?? "",
        /POST \/checkout/,
      );
      assert.match((await page.locator(".kpi").first().textContent()) ?? "", /268.*ms/);
      await page.getByRole("link", { name: "24 h" }).click();
      assert.match(page.url(), /range=24h/);
      await page.getByRole("link", { name: "Traces" }).click();
      await page.getByRole("heading", { name: "Traces" }).waitFor();
    });
  });

  test("takes over the server's HTML without changing an element, and complains of nothing", async () => {
    for (const [url, name] of screens()) {
      await withPage({}, async (page, complaints) => {
        await page.addInitScript(watchHydration);
        await visit(page, url);
        const changes = await page.evaluate(() => Reflect.get(window, "hydrationChanges"));
        assert.deepEqual(changes, [], name);
        const expected =
          name === "a refusal" ? complaints.filter((text) => !text.includes("404")) : complaints;
        assert.deepEqual(expected, [], name);
      });
    }
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`breaks no accessibility rule in ${colorScheme}`, async () => {
      for (const [url, name] of screens()) {
        await withPage({ colorScheme }, async (page) => {
          await visit(page, url);
          const { violations } = await new AxeBuilder({ page }).analyze();
          const found = violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
          );
          assert.deepEqual(found, [], name);
        });
      }
    });
  }

  test("fits a phone without scrolling sideways, and its links are large enough to hit", async () => {
    for (const [url, name] of screens()) {
      await withPage({ viewport: PHONE, hasTouch: true }, async (page) => {
        await visit(page, url);
        const overhang = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(overhang <= 0, `${name}: ${overhang} px`);
        for (const link of await page.getByRole("navigation", { name: "Pages" }).getByRole("link").all()) {
          const box = await link.boundingBox();
          assert.ok(box !== null && box.height >= 40 && box.width >= 40, name);
        }
      });
    }
  });

  test("moves nothing while it loads, becomes live and is read", async () => {
    for (const viewport of [DESKTOP, PHONE]) {
      for (const [url, name] of screens()) {
        await withPage({ viewport }, async (page) => {
          await page.addInitScript(watchLayoutShifts);
          await visit(page, url);
          await page.evaluate(() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)));
          assert.deepEqual(
            await page.evaluate(() => Reflect.get(window, "layoutShifts")),
            [],
            `${name} at ${viewport.width}`,
          );
        });
      }
    }
  });

  test("asks the network for no data on its first load but the live stream", async () => {
    for (const path of PATHS) {
      full.requests.length = 0;
      await withPage({}, async (page) => {
        await visit(page, full.url + path);
        await page.waitForLoadState("load");
        const asked = full.requests.map((url) => url.split("?", 1)[0]);
        assert.ok(asked.length <= 1, asked.join());
        for (const url of asked) assert.equal(url, "/api/admin/dashboard/stream");
      });
    }
  });
});

/**
 * Runs in the page: collects every element that comes or goes under the root until the page is ready, and whether a word
 * changed. (Text nodes are split: HTML can't tell two neighbours from one.)
 */
function watchHydration(): void {
  const changes: string[] = [];
  Reflect.set(window, "hydrationChanges", changes);
  let served: string | undefined;
  let isReady = false;
  const root = (): Element | null => document.querySelector("#root");
  document.addEventListener("DOMContentLoaded", () => (served = root()?.textContent ?? ""), {
    capture: true,
  });
  new MutationObserver((records) => {
    // The embedded state follows the root: when it is parsed, the root is whole.
    if (served === undefined) {
      if (document.querySelector("#state") !== null) served = root()?.textContent ?? "";
      return;
    }
    for (const { type, target, addedNodes, removedNodes } of records) {
      if (isReady) return;
      if (type === "attributes" && target === document.documentElement) {
        isReady = true;
        if (root()?.textContent !== served)
          changes.push(`a text changed: ${served} → ${root()?.textContent}`);
        continue;
      }
      const isInRoot = target instanceof Element && target.closest("#root") !== null;
      if (!isInRoot) continue;
      for (const node of [...addedNodes, ...removedNodes]) {
        if (node instanceof Element) changes.push(`${target.className}: ${node.outerHTML.slice(0, 100)}`);
      }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"] });
}

/** Runs in the page: collects layout shifts that no input caused. https://web.dev/articles/cls */
function watchLayoutShifts(): void {
  const shifts: string[] = [];
  Reflect.set(window, "layoutShifts", shifts);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) shifts.push(JSON.stringify(entry));
  }).observe({ type: "layout-shift", buffered: true });
}
