/** What the pages do: live updates, navigation, keys, charts, preferences. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { LiveOverview } from "@throughline/contract";
import type { Browser, Page } from "playwright-core";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { NOW_MS, overview, tailPage, trace, TRACE_ID } from "./fixtures.ts";
import { startFixtureServer, type FixtureServer } from "./fixtureServer.ts";

const tracePath = `/traces/${TRACE_ID}`;
let browser: Browser;
let server: FixtureServer;

before(async () => {
  browser = await launchBrowser();
  server = await startFixtureServer("full");
});
after(async () => {
  await browser.close();
  await server.close();
});
beforeEach(() => {
  server.requests.length = 0;
});

function withPage(name: string, path: string, work: (page: Page) => Promise<void>, options = {}): void {
  test(name, { timeout: 60_000 }, async () => {
    const { page, complaints } = await openPage(browser, options);
    try {
      await visit(page, server.url + path);
      await work(page);
      assert.deepEqual(
        complaints.filter((text) => !text.includes("404")),
        [],
      );
    } finally {
      await page.context().close();
    }
  });
}

/** An event in which the response time, a route and the newest point changed. */
const event: LiveOverview = {
  beneath: null,
  health: overview.health,
  kpis: overview.kpis.map((kpi) => (kpi.id === "p95" ? { ...kpi, value: 999 } : kpi)),
  seriesTail: {
    timesMs: [NOW_MS],
    p50Ms: [70],
    p95Ms: [333],
    p99Ms: [555],
    requestsPerSecond: [40],
    errorsPerSecond: [0],
  },
  services: overview.services,
  routes: overview.routes.map((row) => (row.route === "GET /search" ? { ...row, p95Ms: 4321 } : row)),
  errors: overview.errors,
  newestDataMs: NOW_MS,
  oldestReceivedAtMs: NOW_MS - 400,
  atMs: NOW_MS,
};

const live = (page: Page) => page.locator(".live");

describe("live", () => {
  withPage("an event changes the numbers, in the text nodes that are there", "/", async (page) => {
    await page.getByText("live", { exact: true }).waitFor();
    await page.evaluate(() => {
      Reflect.set(window, "valueNode", document.querySelector(".kpi b")?.firstChild);
    });
    server.emit("overview", event, "7");
    await page.locator(".kpi b", { hasText: "999" }).waitFor();
    const isSame = await page.evaluate(
      () => Reflect.get(window, "valueNode") === document.querySelector(".kpi b")?.firstChild,
    );
    assert.ok(isSame, "the text node was replaced");
    await page.getByRole("cell", { name: "4 321" }).waitFor();
    await page.locator(".legend", { hasText: "333 ms" }).waitFor();
    await live(page).getByText("0.4 s behind").waitFor();
  });

  withPage("a broken stream is opened again and asks for what it missed", "/", async (page) => {
    await live(page).getByText("live").waitFor();
    server.emit("overview", event, "41");
    await page.locator(".kpi b", { hasText: "999" }).waitFor();
    server.dropStreams();
    await live(page).getByText("reconnecting").waitFor();
    await live(page).getByText("live").waitFor();
    assert.match(server.requests.at(-1) ?? "", /stream\?.*after=41/);
  });

  withPage("a planned reconnect happens at once", "/", async (page) => {
    await live(page).getByText("live").waitFor();
    server.emit("overview", event, "42");
    server.emit("reconnect", {});
    await until("asked for what came after", async () => (server.requests.at(-1) ?? "").includes("after=42"));
    await live(page).getByText("live").waitFor();
  });

  withPage("when too much was missed the page is fetched again", "/", async (page) => {
    await live(page).getByText("live").waitFor();
    server.emit("resync", {}, "43");
    await until("fetched again", async () => server.requests.some((url) => url.startsWith("/api/overview")));
  });

  withPage("a hidden page holds no connection and catches up when it is seen again", "/", async (page) => {
    await live(page).getByText("live").waitFor();
    const open = server.openStreams();
    await setVisibility(page, "hidden");
    await live(page).getByText("paused").waitFor();
    await until("closed", async () => server.openStreams() < open);
    await setVisibility(page, "visible");
    await live(page).getByText("live").waitFor();
  });

  withPage(
    "a range that has ended is not live",
    "/?range=custom&from=1763700000000&to=1763703600000",
    async (page) => {
      assert.equal(await live(page).textContent(), "");
      assert.ok(
        server.requests.every((url) => !url.includes("stream")),
        server.requests.join(),
      );
    },
  );

  withPage("leaving a page closes its stream", "/", async (page) => {
    await live(page).getByText("live").waitFor();
    await page.getByRole("link", { name: "Help" }).click();
    await page.getByRole("heading", { name: "Connect & help" }).waitFor();
    await until("closed", async () => server.openStreams() === 0);
  });
});

/** Chromium without a window never hides a page, so the page is told so. */
async function setVisibility(page: Page, state: "hidden" | "visible"): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { value: value === "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

describe("moving about", () => {
  withPage("a link shows the next page without loading the document again", "/?range=6h", async (page) => {
    await page.evaluate(() => Reflect.set(window, "isSameDocument", true));
    await page
      .getByRole("group", { name: "Services", exact: true })
      .getByRole("link", { name: "shop-api", exact: true })
      .click();
    await page.getByRole("heading", { level: 1, name: "shop-api" }).waitFor();
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/services/shop-api?range=6h");
    assert.equal(await page.title(), "shop-api · Throughline");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    assert.ok(await page.evaluate(() => Reflect.get(window, "isSameDocument")));
  });

  withPage("going back returns to where the page was read", "/traces", async (page) => {
    await page.evaluate(() => scrollTo(0, 700));
    await page.getByRole("link", { name: "Services" }).click();
    await page.getByRole("heading", { level: 1, name: "Services" }).waitFor();
    await until("at the top", () => page.evaluate(() => scrollY === 0));
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Traces" }).waitFor();
    await until("scrolled back", () => page.evaluate(() => scrollY === 700));
  });

  withPage("a refusal is shown with its reason, and the way back works", "/", async (page) => {
    await page.getByRole("link", { name: "24 h" }).evaluate((link: HTMLAnchorElement) => {
      link.href = "/?project=broken";
    });
    await page.getByRole("link", { name: "24 h" }).click();
    await page.getByRole("alert").getByText("There is no such project").waitFor();
    await page.getByText("unknown_project").waitFor();
    await page.getByRole("link", { name: "Go to the overview" }).click();
    await page.getByRole("region", { name: "Key numbers" }).waitFor();
  });

  withPage("a filter becomes the address, and the address the filter", "/traces?range=7d", async (page) => {
    await page.getByLabel("Service").fill("shop-api");
    await page.getByLabel("From ms").fill("250");
    await page.getByLabel("Status").selectOption("error");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/range=7d&service=shop-api&minDurationMs=250&status=error$/);
    await page.reload();
    assert.equal(await page.getByLabel("Service").inputValue(), "shop-api");
    assert.equal(await page.getByLabel("Status").inputValue(), "error");
    await page.getByRole("link", { name: "Older traces" }).click();
    await page.waitForURL(/cursor=next$/);
    await page.getByRole("link", { name: "Clear" }).click();
    await page.waitForURL(/\/traces\?range=7d$/);
  });

  withPage("the project switcher lists projects and keeps the range", "/?range=24h", async (page) => {
    await page.getByRole("button", { name: "Project: default" }).click();
    await page
      .getByRole("link", { name: /throughline/ })
      .last()
      .click();
    await page.waitForURL(/\/\?range=24h&project=throughline$/);
  });

  withPage(
    "a custom range is entered in the reader's zone",
    "/",
    async (page) => {
      await page.getByRole("button", { name: "Custom" }).click();
      await page.getByLabel("From").fill("2026-11-21T13:00:00");
      await page.getByLabel("To", { exact: true }).fill("2026-11-21T12:00:00");
      await page.getByRole("button", { name: "Show this range" }).click();
      await page.getByText("must end after it starts").waitFor();
      await page.getByLabel("To", { exact: true }).fill("2026-11-21T14:30:00");
      await page.getByRole("button", { name: "Show this range" }).click();
      const fromMs = Date.UTC(2026, 10, 21, 8, 0);
      await page.waitForURL(new RegExp(`range=custom&from=${fromMs}&to=${fromMs + 90 * 60_000}$`));
      await page.getByRole("button", { name: "21 Nov 13:00–14:30" }).waitFor();
    },
    { timezoneId: "Asia/Karachi" },
  );
});

describe("keys", () => {
  withPage("the first stop skips to the content", "/", async (page) => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "content");
  });

  withPage("g and a letter go to a page, / to its filter, ? lists them", "/?range=24h", async (page) => {
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.waitForURL(/\/traces\?range=24h$/);
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("name")), "service");
    await page.keyboard.type("g?");
    assert.equal(await page.getByLabel("Service").inputValue(), "g?", "letters belong to the field");
    await page.getByRole("heading", { level: 1 }).focus();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor({ state: "hidden" });
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  });
});

describe("charts", () => {
  withPage("arrow keys read the values, both charts point at the same time", "/", async (page) => {
    const chart = page.getByRole("slider", { name: /Response time/ });
    await chart.focus();
    await page.keyboard.press("Home");
    assert.match(
      (await chart.getAttribute("aria-valuetext")) ?? "",
      /^13:30: p99 .* ms, p95 .* ms, p50 .* ms$/,
    );
    await page.keyboard.press("ArrowRight");
    assert.match((await chart.getAttribute("aria-valuetext")) ?? "", /^13:31/);
    const other = page.getByRole("slider", { name: /Requests/ });
    assert.match((await other.getAttribute("aria-valuetext")) ?? "", /^13:31: all .*\/s, failed/);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".chart-cursor").count(), 0);
  });

  withPage("the pointer reads exact times and values", "/", async (page) => {
    const chart = page.getByRole("slider", { name: /Response time/ });
    const box = await chart.boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + box.width / 2, box.y + 40);
    await page.locator(".chart-time").first().getByText("14:00", { exact: true }).waitFor();
    assert.equal(await page.locator(".chart-time").count(), 2);
    await page.mouse.move(box.x + box.width / 2, box.y - 60);
    await until("no read-out", async () => (await page.locator(".chart-time").count()) === 0);
  });

  withPage("dragging over a span of time makes it the range", "/?project=default", async (page) => {
    const chart = page.getByRole("slider", { name: /Response time/ });
    const box = await chart.boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 });
    await page.locator(".chart-selection").waitFor();
    await page.mouse.up();
    await page.waitForURL(/project=default&range=custom/);
    const search = new URL(page.url()).searchParams;
    const minutes = [search.get("from"), search.get("to")].map((ms) =>
      Math.round((Number(ms) - overview.range.fromMs) / 60_000),
    );
    assert.deepEqual(minutes, [15, 30]);
  });

  withPage("the same numbers stand in a table", "/", async (page) => {
    await page.getByRole("button", { name: "Response time as a table" }).click();
    const table = page.getByRole("region", { name: "Response time, values" }).getByRole("table");
    assert.equal(await table.getByRole("row").count(), 61);
    await table.getByRole("rowheader", { name: "21 Nov 14:29" }).waitFor();
  });
});

describe("tables", () => {
  withPage("a head orders the rows, and again the other way", "/", async (page) => {
    const table = page.getByRole("group", { name: "Routes by share of time" });
    const first = () => table.getByRole("rowheader").first().textContent();
    await table.getByRole("button", { name: "p95 ms" }).click();
    assert.match((await first()) ?? "", /recommendations/);
    assert.equal(
      await table.getByRole("columnheader", { name: "p95 ms" }).getAttribute("aria-sort"),
      "descending",
    );
    await table.getByRole("button", { name: "p95 ms" }).click();
    assert.match((await first()) ?? "", /GET \/orders/);
  });
});

const rows = (page: Page) => page.getByRole("tree", { name: "Spans" }).getByRole("treeitem");
const details = (page: Page) => page.getByRole("complementary", { name: /^Span / });

describe("a trace", () => {
  withPage(
    "a span's details open with a click, and the address brings them back",
    tracePath,
    async (page) => {
      await rows(page).filter({ hasText: "bank.example" }).click();
      await details(page).getByText("TimeoutError", { exact: true }).waitFor();
      await details(page).getByText("pay.ts:12:9").waitFor();
      assert.equal(new URL(page.url()).searchParams.get("span"), trace.spans[6]?.spanId);
      await page.reload();
      await details(page).getByRole("heading", { name: "POST bank.example" }).waitFor();
      await page.getByRole("button", { name: "Close the span" }).click();
      await details(page).waitFor({ state: "detached" });
      assert.equal(new URL(page.url()).search, "");
      assert.deepEqual(server.requests, [], "nothing was asked for again");
    },
  );

  withPage("keys move through the tree, fold it and close the details", tracePath, async (page) => {
    await page.getByRole("tree", { name: "Spans" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await details(page).getByText("shop-api", { exact: false }).first().waitFor();
    assert.equal(await rows(page).count(), 8);
    await page.keyboard.press("ArrowLeft");
    await until("folded", async () => (await rows(page).count()) === 3);
    await page.keyboard.press("ArrowRight");
    await until("unfolded", async () => (await rows(page).count()) === 8);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await details(page).getByRole("heading", { name: "POST", exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await details(page).waitFor({ state: "detached" });
    await page.keyboard.press("End");
    await details(page).getByRole("heading", { name: "POST /checkout" }).waitFor();
  });

  withPage("what is looked for is left with its ancestors", tracePath, async (page) => {
    await page.keyboard.press("/");
    await page.keyboard.type("orders");
    await until("found", async () => (await rows(page).count()) === 4);
    await page.getByRole("searchbox", { name: /^Find in spans/ }).fill("nothing like it");
    await page.getByText("No span matches").waitFor();
    await page.getByRole("searchbox", { name: /^Find in spans/ }).fill("");
    await page.getByRole("checkbox", { name: "errors only" }).check();
    await until("errors", async () => (await rows(page).count()) === 5);
  });

  withPage("dragging over the picture zooms, and the button shows all again", tracePath, async (page) => {
    const picture = page.getByRole("img", { name: /at a glance/ });
    const box = await picture.boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + box.width / 2, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 10, { steps: 4 });
    await page.mouse.up();
    await page.locator(".waterfall-axis").getByText("206 ms").waitFor();
    await page.getByRole("button", { name: "Show all of 412 ms" }).click();
    await page.locator(".waterfall-axis").getByText("103 ms").waitFor();
  });

  withPage("a log line leads to the span that wrote it", tracePath, async (page) => {
    await page.getByRole("button", { name: "checkout started" }).click();
    await details(page).getByRole("heading", { name: "POST /checkout" }).waitFor();
  });

  withPage("of thousands of spans only those in sight exist", `/traces/${"1".repeat(32)}`, async (page) => {
    assert.ok((await rows(page).count()) < 150);
    await page.getByRole("tree", { name: "Spans" }).focus();
    await page.keyboard.press("End");
    await details(page).getByRole("heading", { name: "step 2999" }).waitFor();
    await rows(page).filter({ hasText: "step 2999" }).waitFor();
    assert.ok((await rows(page).count()) < 150);
  });
});

describe("the live tail", () => {
  const line = { ...tailPage.items[0], text: "a new line", spanId: "f".repeat(16) };

  withPage("shows lines as they come; while paused they wait", "/tail", async (page) => {
    await live(page).getByText("live").waitFor();
    server.emit("tail", { items: [line], dropped: 0 }, "1");
    await page.getByText("a new line").waitFor();
    await page.keyboard.press("p");
    await page.getByRole("heading", { name: "Paused" }).waitFor();
    server.emit(
      "tail",
      { items: [{ ...line, text: "a waiting line", spanId: "e".repeat(16) }], dropped: 0 },
      "2",
    );
    await page.getByRole("button", { name: "1 new" }).waitFor();
    assert.equal(await page.getByText("a waiting line").count(), 0);
    await page.getByRole("button", { name: "1 new" }).click();
    await page.getByText("a waiting line").waitFor();
  });

  withPage("says what came too fast for it, and that it was away for too long", "/tail", async (page) => {
    const note = page.getByRole("status").filter({ hasText: "not in this list" });
    await live(page).getByText("live").waitFor();
    server.emit("tail", { items: [line], dropped: 1200 }, "1");
    await note.getByText(/1\s?200 lines came faster/).waitFor();
    server.emit("tail", { items: [], dropped: 34 }, "2");
    await note.getByText(/1\s?234 lines/).waitFor();
    server.emit("resync", { reason: "too long" }, "3");
    await note.getByText("were loaded anew", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Got it" }).click();
    await note.waitFor({ state: "detached" });
  });

  withPage("a filter is the address, and the stream's too", "/tail", async (page) => {
    await page.getByLabel("Show").selectOption("log");
    await page.getByLabel("Contains").fill("paid");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/\/tail\?kind=log&q=paid$/);
  });
});

describe("the system page", () => {
  withPage(
    "shows a line that does not add up, however old, and all lines when asked",
    "/system",
    async (page) => {
      const table = page.getByRole("group", { name: "Ingest ledger" });
      await table.locator(".bad", { hasText: "3" }).waitFor();
      assert.equal(await table.getByRole("row").count(), 32);
      await page.getByRole("button", { name: "Show all 60 lines" }).click();
      await until("all", async () => (await table.getByRole("row").count()) === 61);
    },
  );
});

describe("preferences", () => {
  withPage("the theme is kept and comes with the HTML, so nothing flashes", "/", async (page) => {
    const toggle = page.getByRole("button", { name: /^Theme/ });
    await toggle.click();
    await toggle.click();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    const html = await page.evaluate(async () => await (await fetch(location.href)).text());
    assert.match(html, /<html lang="en" data-theme="dark">/);
    await toggle.click();
    await page.reload();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), undefined);
  });

  withPage(
    "times follow the reader's zone, or UTC when that is chosen",
    "/traces",
    async (page) => {
      const first = page.locator("td time").first();
      await first.getByText("21 Nov 19:30:00").waitFor();
      await page.getByRole("button", { name: /^Times/ }).click();
      await first.getByText("21 Nov 14:30:00").waitFor();
      await page.reload();
      await first.getByText("21 Nov 14:30:00").waitFor();
    },
    { timezoneId: "Asia/Karachi" },
  );

  withPage(
    "on a phone the pages are at the thumb",
    "/",
    async (page) => {
      await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Traces" }).tap();
      await page.getByRole("heading", { level: 1, name: "Traces" }).waitFor();
    },
    { viewport: PHONE, hasTouch: true },
  );
});
