/** What the browser SDK tells of real pages in a real browser, and what it leaves alone. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { VitalName, WebVital } from "@throughline/contract";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage, PHONE } from "../pages/browser.ts";
import { KEY, pageWith, startSite, type Site } from "./site.ts";

let browser: Browser;
let site: Site;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());
// A site for each test: the last words of a page that is closed must not reach the next test.
beforeEach(async () => {
  site = await startSite();
});
afterEach(() => site.close());

/** As a site would write it. */
const tag = (): string =>
  `<script src="/throughline.js" data-key="${KEY}" data-endpoint="${site.endpoint}" data-flush-interval-ms="20" data-release="1.4.0" data-environment="test"></script>`;

/** For options that HTML can't hold. */
const initWith = (options: string): string =>
  `<script src="/throughline.js"></script><script>throughline.init({ key: "${KEY}", endpoint: "${site.endpoint}", flushIntervalMs: 20, ${options} });</script>`;

function sdkTest(
  name: string,
  work: (page: Page, complaints: string[]) => Promise<void>,
  options: BrowserContextOptions = {},
): void {
  test(name, { timeout: 120_000 }, async () => {
    const { page, complaints } = await openPage(browser, options);
    try {
      await work(page, complaints);
      assert.deepEqual(site.problems, []);
    } finally {
      await page.context().close();
    }
  });
}

async function visit(
  page: Page,
  body: string,
  more: { tag?: string; head?: string; path?: string } = {},
): Promise<void> {
  const path = more.path ?? "/";
  site.pages.set(path, pageWith(body, { tag: tag(), ...more }));
  await page.goto(site.url + path);
}

/** The visitor goes elsewhere, which hides and unloads the page. */
async function leave(page: Page): Promise<void> {
  await page.goto("about:blank");
}

const last = (name: VitalName): WebVital | undefined => site.vitals.findLast((vital) => vital.name === name);
const vital = (name: VitalName): Promise<WebVital> => until(name, async () => last(name));

/** Until the browser has measured it: what is painted is told to observers some frames later. */
async function measured(page: Page, type: string, condition = "true"): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const isWanted = (entry) => ${condition};
    const observer = new PerformanceObserver((list) => { if (list.getEntries().some(isWanted)) resolve(); });
    observer.observe({ type: ${JSON.stringify(type)}, buffered: true, durationThreshold: 16 });
  })`);
}

/** The first paint was measured, and the SDK said so. */
const shown = async (): Promise<void> => void (await vital("FCP"));

/** Chromium without a window never hides a page, so the page is told so. */
async function setVisibility(page: Page, state: "hidden" | "visible"): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "visibilityState", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, state);
}

/** Keeps the main thread busy; long enough for any clock. */
const BLOCK = `function block(ms) { const end = performance.now() + ms; while (performance.now() < end); }`;

describe("vitals", () => {
  sdkTest("all five come with their context, once the page is left", async (page) => {
    await visit(page, `<h1>Hello</h1><button>Buy</button>`);
    await shown();
    await page.getByRole("button").click();
    await measured(page, "first-input");
    await leave(page);
    for (const name of ["LCP", "CLS", "INP", "FCP", "TTFB"] as const) {
      const { pageUrl, sessionId, pageViewId, release, environment, deviceType, navigationType } =
        await vital(name);
      assert.equal(pageUrl, `${site.url}/`);
      assert.deepEqual(
        [release, environment, deviceType, navigationType],
        ["1.4.0", "test", "desktop", "navigate"],
      );
      assert.match(sessionId ?? "", /^[\da-f]{32}$/);
      const views = site.events.filter(({ items }) => items.some(({ type }) => type === "page_view"));
      assert.equal(pageViewId, views[0]?.pageViewId);
    }
    assert.ok((last("TTFB")?.attribution?.requestDuration as number) >= 0);
  });

  sdkTest("a late hero image is named, with the parts of its delay", async (page) => {
    const release = site.hold("/hero.svg");
    // Asked for by a script, so that the load does not wait for it.
    const addHero = `onload = () => { const hero = new Image(600, 400); hero.id = "hero"; hero.src = "/hero.svg?w=600"; document.body.append(hero); }`;
    await visit(page, `<p>Loading</p><script>${addHero}</script>`);
    await shown();
    release();
    await measured(page, "largest-contentful-paint", `entry.url.includes("hero")`);
    await leave(page);
    const { value, attribution = {} } = await vital("LCP");
    assert.equal(attribution.target, "#hero");
    assert.equal(attribution.url, `${site.url}/hero.svg`, "without its query");
    const parts = ["timeToFirstByte", "resourceLoadDelay", "resourceLoadDuration", "elementRenderDelay"];
    const sum = parts.reduce((total, part) => total + (attribution[part] as number), 0);
    assert.ok(Math.abs(sum - value) < 0.01, `the parts make ${sum} of ${value}`);
  });

  sdkTest("a click handler that blocks is named, with its script", async (page) => {
    const handler = `${BLOCK} document.querySelector("#buy").onclick = function buyNow() { block(300); }`;
    await visit(page, `<button id="buy">Buy</button><script>${handler}</script>`);
    await shown();
    await page.getByRole("button").click();
    await measured(page, "event", "entry.interactionId > 0 && entry.duration >= 296");
    await leave(page);
    const { value, attribution = {} } = await vital("INP");
    assert.ok(value >= 296, `${value} ms`);
    assert.equal(attribution.interactionTarget, "#buy");
    assert.equal(attribution.interactionType, "pointer");
    assert.equal(attribution.longestScriptInvoker, "BUTTON#buy.onclick");
    assert.equal(attribution.longestScriptFunctionName, "buyNow");
    assert.equal(attribution.longestScriptUrl, `${site.url}/`);
    assert.equal(attribution.longestScriptSubpart, "processing-duration");
    assert.ok((attribution.processingDuration as number) >= 290);
    const frame = await until("its frame", async () =>
      site.items("long_animation_frame").find(({ scripts }) => scripts[0]?.functionName === "buyNow"),
    );
    assert.ok(frame.durationMs >= 300 && frame.blockingDurationMs > 0);
  });

  sdkTest("a banner that pushes the page down is named", async (page) => {
    await visit(page, `<main id="list" style="height: 600px; background: #ccc">List</main>`);
    await shown();
    await page.evaluate(() => {
      const banner = document.createElement("div");
      banner.style.height = "200px";
      document.body.prepend(banner);
    });
    await measured(page, "layout-shift");
    await leave(page);
    const { value, attribution = {} } = await vital("CLS");
    assert.ok(value > 0.05, String(value));
    assert.equal(attribution.largestShiftTarget, "#list");
  });

  sdkTest("the last value counts when the page is hidden more than once", async (page) => {
    await visit(page, `<main style="height: 600px; background: #ccc">List</main>`);
    await shown();
    await setVisibility(page, "hidden");
    const first = await vital("CLS");
    assert.equal(first.value, 0);
    await setVisibility(page, "visible");
    await page.evaluate(() => {
      const banner = document.createElement("div");
      banner.style.height = "200px";
      document.body.prepend(banner);
    });
    await measured(page, "layout-shift");
    await setVisibility(page, "hidden");
    const second = await until("a new value", async () =>
      site.vitals.find(({ name, value }) => name === "CLS" && value > 0),
    );
    assert.equal(second.id, first.id, "the same metric of the same page view");
  });

  sdkTest("a soft navigation is a page view of its own, without a first byte", async (page) => {
    const go = `document.querySelector("a").onclick = (event) => {
      event.preventDefault();
      history.pushState({}, "", "/cart?step=1");
      document.title = "Cart";
      document.querySelector("main").innerHTML = "<h1>Your cart</h1><p>" + "nothing in it ".repeat(200) + "</p>";
    }`;
    await visit(page, `<a href="/cart">Cart</a><main>Shop</main><script>${go}</script>`);
    await shown();
    await page.getByRole("link").click();
    await until("the soft navigation's paint", async () =>
      site.vitals.find(({ name, navigationType }) => name === "FCP" && navigationType === "soft-navigation"),
    );
    await leave(page);
    const views = await until("both page views", async () => {
      const found = site.items("page_view");
      return found.length === 2 ? found : null;
    });
    assert.deepEqual(
      views.map(({ navigationType, title }) => [navigationType, title]),
      [
        ["navigate", "Shop"],
        ["soft-navigation", "Cart"],
      ],
    );
    assert.equal(views[1]?.referrer, `${site.url}/`);
    const soft = await until("its LCP", async () =>
      site.vitals.find(({ name, navigationType }) => name === "LCP" && navigationType === "soft-navigation"),
    );
    assert.equal(soft.pageUrl, `${site.url}/cart`);
    const event = site.events.find(({ items }) =>
      items.some((item) => item.type === "page_view" && item.title === "Cart"),
    );
    assert.equal(soft.pageViewId, event?.pageViewId);
    const hard = await vital("TTFB");
    assert.equal(hard.navigationType, "navigate", "none of the soft navigation");
    assert.notEqual(hard.pageViewId, soft.pageViewId);
  });
});

describe("leaving and coming back", () => {
  sdkTest("what happened in the last moment arrives after a navigation", async (page) => {
    await visit(page, `<p>Text</p>`, { tag: initWith("flushIntervalMs: 600000") });
    await page.evaluate(() => throughline?.track("order", { revenue: 12.5, currency: "EUR", isFirst: true }));
    await leave(page);
    const order = await until("the event", async () => site.items("event")[0]);
    assert.deepEqual(
      [order.name, order.attributes],
      ["order", { revenue: 12.5, currency: "EUR", isFirst: true }],
    );
  });

  sdkTest("what happened in the last moment arrives after the tab is closed", async (page) => {
    await visit(page, `<p>Text</p>`, { tag: initWith("flushIntervalMs: 600000") });
    await page.evaluate(() => throughline?.track("order"));
    await page.close({ runBeforeUnload: true });
    await until("the event", async () => site.items("event")[0]);
  });

  sdkTest("more than a beacon holds is split, and all of it arrives", async (page) => {
    await visit(page, `<p>Text</p>`, { tag: initWith("flushIntervalMs: 600000") });
    await page.evaluate(() => {
      for (let n = 0; n < 50; n++) throughline?.track("note", { n, text: "é".repeat(1000) });
    });
    await setVisibility(page, "hidden");
    await until("all", async () => site.items("event").length === 50);
    assert.deepEqual(
      site
        .items("event")
        .map(({ attributes }) => attributes.n)
        .toSorted((a, b) => Number(a) - Number(b)),
      Array.from({ length: 50 }, (_, n) => n),
    );
  });

  sdkTest("what can't be sent without a network is sent when it is back, in order", async (page) => {
    await visit(page, `<p>Text</p>`);
    await shown();
    await page.context().setOffline(true);
    await page.evaluate(() => throughline?.track("first"));
    await page.evaluate(() => throughline?.captureException(new Error("second")));
    await page.context().setOffline(false);
    await until("both", async () => site.items("event").length === 1 && site.items("error").length === 1);
  });

  sdkTest("what fails is tried again, and nothing twice", async (page) => {
    site.answer = "failing";
    await visit(page, `<p>Text</p>`);
    await page.evaluate(() => throughline?.track("order"));
    await until("refused twice", async () => site.received > 1);
    site.answer = "ok";
    await until("the event", async () => site.items("event")[0]);
    await leave(page);
    await vital("CLS");
    assert.equal(site.items("event").length, 1);
    assert.equal(site.items("page_view").length, 1);
  });
});

describe("sessions", () => {
  sdkTest("last for the tab, without a cookie", async (page) => {
    await visit(page, `<p>One</p>`, { path: "/one" });
    await shown();
    await visit(page, `<p>Two</p>`, { path: "/two" });
    const views = await until("both views", async () =>
      new Set(site.events.map(({ pageUrl }) => pageUrl)).size === 2 ? site.events : null,
    );
    assert.equal(new Set(views.map(({ sessionId }) => sessionId)).size, 1);
    assert.equal(new Set(views.map(({ pageViewId }) => pageViewId)).size, 2);
    assert.deepEqual(await page.context().cookies(), []);
  });

  sdkTest("end after half an hour without anything", async (page) => {
    await visit(page, `<p>One</p>`);
    await shown();
    const [before] =
      site.events.length > 0 ? site.events : [await until("a view", async () => site.events[0])];
    await page.evaluate(() => {
      const [atMs = "", id = ""] = (sessionStorage.throughline as string).split(" ");
      sessionStorage.throughline = `${Number(atMs) - 31 * 60_000} ${id}`;
    });
    await page.evaluate(() => throughline?.track("back"));
    const later = await until("the event", async () =>
      site.events.find(({ items }) => items.some(({ type }) => type === "event")),
    );
    assert.notEqual(later.sessionId, before?.sessionId);
  });

  sdkTest("go on in memory where storage is blocked", async (page, complaints) => {
    const head = `<script>Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("blocked", "SecurityError"); } });</script>`;
    await visit(page, `<p>Text</p>`, { head });
    await shown();
    await page.evaluate(() => throughline?.track("one"));
    await until("the event", async () => site.items("event")[0]);
    assert.equal(new Set([...site.events, ...site.vitals].map(({ sessionId }) => sessionId)).size, 1);
    assert.deepEqual(complaints, []);
  });
});

describe("the back/forward cache", () => {
  let cached: Browser;
  before(async () => {
    cached = await launchBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  });
  after(() => cached.close());

  test("a page that comes back is a new page view with its own vitals", { timeout: 120_000 }, async () => {
    const { page } = await openPage(cached);
    try {
      await visit(page, `<a href="/next">Next</a>`);
      await shown();
      site.pages.set("/next", pageWith("<p>Next</p>"));
      await page.getByRole("link").click();
      await page.getByText("Next", { exact: true }).waitFor();
      await page.evaluate(() => setTimeout(() => history.back()));
      const back = await until("the view", async () =>
        site.items("page_view").find(({ navigationType }) => navigationType === "back-forward-cache"),
      );
      assert.equal(back.title, "Shop");
      const restored = await until("its LCP", async () =>
        site.vitals.find(
          ({ name, navigationType }) => name === "LCP" && navigationType === "back-forward-cache",
        ),
      );
      const first = site.vitals.find(
        ({ name, navigationType }) => name === "FCP" && navigationType === "navigate",
      );
      assert.ok(first);
      assert.notEqual(restored.pageViewId, first.pageViewId);
      assert.equal(restored.sessionId, first.sessionId);
      assert.deepEqual(site.problems, []);
    } finally {
      await page.context().close();
    }
  });
});

describe("errors", () => {
  sdkTest(
    "nobody caught come with their stack, of scripts and promises, and caught ones as handled",
    async (page) => {
      await visit(page, `<img src="/missing.png" alt=""><p>Text</p>`);
      await page.evaluate(() => {
        setTimeout(function checkOut() {
          throw new TypeError("cart is empty");
        });
        void Promise.reject(new RangeError("no stock"));
        throughline?.captureException(new Error("declined"));
        throughline?.captureException("just a text");
      });
      await until("all", async () => site.items("error").length === 4);
      const errors = new Map(site.items("error").map((error) => [error.message, error]));
      const thrown = errors.get("cart is empty");
      assert.deepEqual([thrown?.name, thrown?.isHandled], ["TypeError", false]);
      assert.match(thrown?.stack ?? "", /checkOut/);
      assert.equal(errors.get("no stock")?.isHandled, false);
      assert.equal(errors.get("declined")?.isHandled, true);
      assert.equal(errors.get("just a text")?.name, "Error");
    },
  );

  sdkTest("in a loop are bounded", async (page) => {
    await visit(page, `<p>Text</p>`);
    await page.evaluate(() => {
      for (let n = 0; n < 500; n++) throughline?.captureException(new Error(`error ${n}`));
      throughline?.track("done");
    });
    await until("the end", async () => site.items("event")[0]);
    assert.equal(site.items("error").length, 50);
  });
});

describe("requests", () => {
  const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-01$/;

  sdkTest("carry traceparent to the own origin and to none else", async (page) => {
    await visit(page, `<p>Text</p>`);
    await page.evaluate(async (other) => {
      await fetch("/api/cart?item=1", { method: "post", body: "x", headers: { "x-own": "kept" } });
      await fetch(new Request("/api/request", { headers: [["x-own", "kept"]], method: "PUT", body: "y" }));
      await fetch(`${other}/api/other`);
      const xhr = new XMLHttpRequest();
      xhr.open("GET", "/api/xhr");
      xhr.setRequestHeader("x-own", "kept");
      await new Promise((resolve) => {
        xhr.onloadend = resolve;
        xhr.send();
      });
      await fetch("/api/broken");
    }, `http://localhost:${site.port}`);
    const spans = await until("all five", async () => {
      const found = site.items("request");
      return found.length === 5 ? found : null;
    });
    const asked = new Map(site.asked.map((request) => [request.path, request]));
    for (const path of ["/api/cart", "/api/request", "/api/xhr", "/api/broken"]) {
      const [, traceId, spanId] = TRACEPARENT.exec(asked.get(path)?.traceparent ?? "") ?? [];
      const span = spans.find(({ url }) => url === site.url + path);
      assert.deepEqual([span?.traceId, span?.spanId], [traceId, spanId], path);
      assert.match(traceId ?? "", /./, path);
    }
    for (const path of ["/api/cart", "/api/request", "/api/xhr"])
      assert.equal(asked.get(path)?.headers["x-own"], "kept", path);
    assert.equal(asked.get("/api/other")?.traceparent, undefined);
    const byPath = Object.fromEntries(
      spans.map(({ url, method, statusCode }) => [new URL(url).pathname, [method, statusCode]]),
    );
    assert.deepEqual(byPath, {
      "/api/cart": ["POST", 200],
      "/api/request": ["PUT", 200],
      "/api/other": ["GET", 200],
      "/api/xhr": ["GET", 200],
      "/api/broken": ["GET", 503],
    });
  });

  sdkTest("carry traceparent to the origins that are listed, by text or pattern", async (page) => {
    await visit(page, `<p>Text</p>`, { tag: initWith("traceOrigins: [/^http:..localhost/]") });
    await page.evaluate(async (other) => {
      await fetch(`${other}/api/other`);
      await fetch("/api/own");
    }, `http://localhost:${site.port}`);
    const asked = new Map(site.asked.map((request) => [request.path, request]));
    assert.match(asked.get("/api/other")?.traceparent ?? "", TRACEPARENT);
    assert.equal(asked.get("/api/own")?.traceparent, undefined, "a list stands for itself");
  });

  sdkTest("that the page marks itself are left as they are", async (page) => {
    const own = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    await visit(page, `<p>Text</p>`);
    await page.evaluate((traceparent) => fetch("/api/own", { headers: { traceparent } }), own);
    assert.equal(site.asked.find(({ path }) => path === "/api/own")?.traceparent, own);
  });

  sdkTest("fail as they would without the SDK", async (page) => {
    await visit(page, `<p>Text</p>`);
    const outcomes = await page.evaluate(async () => {
      const outcome = async (work: () => Promise<unknown>): Promise<string> =>
        work().then(String, (error: Error) => error.name);
      const aborted = new AbortController();
      aborted.abort();
      const used = new Request("/api/used", { method: "POST", body: "x" });
      await used.text();
      return [
        await outcome(() => fetch("http://127.0.0.1:1/")),
        await outcome(() => fetch("/api/aborted", { signal: aborted.signal })),
        await outcome(() => fetch("http://user:secret@127.0.0.1/")),
        await outcome(() => fetch(used)),
        await outcome(() => fetch("data:text/plain,hello").then((response) => response.text())),
        await new Promise<string>((resolve) => {
          addEventListener("unhandledrejection", () => resolve("unhandled"), { once: true });
          void fetch("http://127.0.0.1:1/");
        }),
      ];
    });
    assert.deepEqual(outcomes, ["TypeError", "AbortError", "TypeError", "TypeError", "hello", "unhandled"]);
  });

  for (const [name, more] of [
    ["a meta tag", { head: `<meta name="traceparent" content="00-${"c".repeat(32)}-${"d".repeat(16)}-01">` }],
    ["Server-Timing", {}],
  ] as const) {
    sdkTest(`the trace of the document is told by ${name}`, async (page) => {
      if (name === "Server-Timing") {
        site.headers.set("/", {
          "server-timing": `db;dur=5, traceparent;desc="00-${"c".repeat(32)}-${"d".repeat(16)}-01"`,
        });
      }
      await visit(page, `<p>Text</p>`, more);
      await shown();
      assert.equal(last("FCP")?.traceId, "c".repeat(32));
    });
  }
});

describe("resources", () => {
  sdkTest("are weighed by origin, third parties apart", async (page) => {
    const other = `http://localhost:${site.port}`;
    await visit(
      page,
      `<script src="/own.js?v=1"></script><script src="${other}/third.js"></script><img src="/hero.svg" alt="">`,
    );
    await shown();
    await leave(page);
    const { origins, longest } = await until("the sums", async () => site.items("resources")[0]);
    const own = origins.find(({ origin }) => origin === site.url);
    const third = origins.find(({ origin }) => origin === other);
    assert.deepEqual([own?.isThirdParty, own?.count, own?.scriptCount], [false, 3, 2]);
    assert.deepEqual([third?.isThirdParty, third?.count, third?.scriptCount], [true, 1, 1]);
    assert.ok((own?.transferSizeBytes ?? 0) > 30_000);
    const script = longest.find(({ url }) => url === `${other}/third.js`);
    assert.equal(script?.transferSizeBytes, null, "another origin does not tell");
    assert.ok(longest.every(({ url }) => !url.includes("/api/") && !url.includes("?")));
  });
});

describe("privacy", () => {
  /** A second visit that does speak shows that the first one would have been heard by now. */
  async function saysNothing(page: Page, more: { tag?: string; head?: string }): Promise<void> {
    await visit(page, `<p>Quiet</p>`, { path: "/quiet", ...more });
    await page.evaluate(() => throughline?.track("secret"));
    await page.evaluate(() => fetch("/api/own"));
    await leave(page);
    await visit(page, `<p>Loud</p>`, { path: "/loud" });
    await shown();
    await leave(page);
    await vital("CLS");
    assert.deepEqual(
      [...site.vitals, ...site.events].filter(({ pageUrl }) => pageUrl.endsWith("/quiet")),
      [],
    );
    assert.equal(site.asked.find(({ path }) => path === "/api/own")?.traceparent, undefined);
  }
  const signal = (name: string, value: string): string =>
    `<script>Object.defineProperty(Navigator.prototype, "${name}", { get: () => ${value} });</script>`;

  sdkTest("Do-Not-Track is respected", (page) => saysNothing(page, { head: signal("doNotTrack", `"1"`) }));
  sdkTest("Global Privacy Control is respected", (page) =>
    saysNothing(page, { head: signal("globalPrivacyControl", "true") }),
  );
  sdkTest("a session that is not drawn says nothing", (page) =>
    saysNothing(page, { tag: initWith("sampleRate: 0") }),
  );
  sdkTest("nothing leaves before consent", (page) =>
    saysNothing(page, { tag: initWith("consent: () => new Promise(() => {})") }),
  );

  sdkTest("nothing is stored before consent", async (page) => {
    await visit(page, `<p>Text</p>`, { tag: initWith("consent: () => new Promise(() => {})") });
    await page.evaluate(() => throughline?.track("secret"));
    assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage)), []);
  });
  sdkTest("nothing leaves after a refusal", (page) =>
    saysNothing(page, { tag: initWith("consent: async () => false") }),
  );
  sdkTest("nothing leaves when the question fails", (page) =>
    saysNothing(page, { tag: initWith("consent: () => { throw new Error('no') }") }),
  );

  sdkTest("the signals can be overruled where the law asks for nothing", async (page) => {
    await visit(page, `<p>Text</p>`, {
      head: signal("doNotTrack", `"1"`),
      tag: initWith("respectPrivacySignals: false"),
    });
    await shown();
  });

  sdkTest("what was seen before consent is sent after it", async (page) => {
    await visit(page, `<p>Text</p>`, {
      tag: initWith("consent: () => new Promise((resolve) => { window.agree = resolve; })"),
    });
    await page.evaluate(() => throughline?.track("early"));
    assert.equal(site.received, 0);
    await page.evaluate("agree(true)");
    await until("the event", async () => site.items("event")[0]);
    await shown();
  });

  sdkTest("beforeSend changes and drops, and what it breaks stays in", async (page) => {
    const hook = `beforeSend: (body) => {
      if (!("items" in body)) return body.name === "TTFB" ? null : { ...body, pageUrl: "/masked" };
      if (body.items.some((item) => item.name === "broken")) throw new Error("mine");
      return { ...body, pageUrl: "/masked" };
    }`;
    await visit(page, `<p>Text</p>`, { tag: initWith(hook) });
    await shown();
    await page.evaluate(() => throughline?.track("whole"));
    await until("the event", async () => site.items("event")[0]);
    await page.evaluate(() => throughline?.track("broken"));
    await leave(page);
    await vital("CLS");
    assert.deepEqual(
      new Set([...site.vitals, ...site.events].map(({ pageUrl }) => pageUrl)),
      new Set(["/masked"]),
    );
    assert.equal(last("TTFB"), undefined);
    assert.deepEqual(
      site.items("event").map(({ name }) => name),
      ["whole"],
    );
  });
});

describe("the page", () => {
  for (const answer of ["failing", "hanging", "refusing"] as const) {
    sdkTest(`is not disturbed by a server that is ${answer}`, async (page, complaints) => {
      site.answer = answer;
      await visit(page, `<button onclick="this.textContent = 'Bought'">Buy</button>`);
      await until("asked", async () => site.received > 0);
      await page.evaluate(() => throughline?.track("order"));
      await page.getByRole("button").click();
      await page.getByRole("button", { name: "Bought" }).waitFor();
      assert.equal(await page.evaluate(() => fetch("/api/own").then(({ status }) => status)), 200);
      // The browser itself notes an answer that is no success.
      assert.deepEqual(
        complaints.filter((text) => !text.includes("Failed to load resource")),
        [],
      );
    });
  }

  sdkTest("may give the SDK nonsense", async (page, complaints) => {
    await visit(page, `<p>Text</p>`);
    await page.evaluate(() => {
      const sdk = throughline as unknown as Record<string, (...args: unknown[]) => void>;
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      for (const value of [undefined, null, 0, "", {}, circular, Symbol("s"), () => 1, Number.NaN, 10n]) {
        sdk.track?.(value);
        sdk.track?.("named", { value, "": value, ["k".repeat(100)]: "v".repeat(5000) });
        sdk.track?.("Add to Cart!", value);
        sdk.captureException?.(value);
        sdk.init?.(value);
      }
      sdk.track?.("end");
    });
    await until("the end", async () => site.items("event").find(({ name }) => name === "end"));
    assert.ok(site.items("event").some(({ name }) => name === "add_to_cart_"));
    assert.deepEqual(complaints, []);
  });

  sdkTest("is measured once, whatever it loads twice", async (page) => {
    await visit(page, `<p>Text</p>`, {
      tag: tag() + tag() + `<script>throughline.init({ key: "other" })</script>`,
    });
    await shown();
    await page.evaluate(() => fetch("/api/own"));
    await leave(page);
    await vital("CLS");
    await until("the request", async () => site.items("request")[0]);
    assert.equal(site.items("request").length, 1);
    assert.equal(site.items("page_view").length, 1);
    assert.equal(site.vitals.filter(({ name }) => name === "FCP").length, 1);
  });

  sdkTest("gets everything back at shutdown", async (page) => {
    const keep = `<script>window.before = [fetch, XMLHttpRequest.prototype.open, history.pushState];</script>`;
    await visit(page, `<p>Text</p>`, { head: keep });
    await shown();
    const isPatched = () =>
      page.evaluate(
        `[fetch, XMLHttpRequest.prototype.open, history.pushState].some((each, n) => each !== before[n])`,
      );
    assert.equal(await isPatched(), true);
    await page.evaluate(() => throughline?.track("last"));
    await page.evaluate(() => throughline?.shutdown());
    assert.equal(await isPatched(), false);
    await until("what was there", async () => site.items("event")[0]);
    await page.evaluate(() => throughline?.track("after"));
    await leave(page);
    await visit(page, `<p>Text</p>`, { path: "/next" });
    await until("its paint", async () =>
      site.vitals.find(({ name, pageUrl }) => name === "FCP" && pageUrl.endsWith("/next")),
    );
    await leave(page);
    await until("the next page", async () =>
      site.vitals.find(({ name, pageUrl }) => name === "CLS" && pageUrl.endsWith("/next")),
    );
    assert.deepEqual(
      site.items("event").map(({ name }) => name),
      ["last"],
    );
  });

  sdkTest(
    "on a phone is told to be one",
    async (page) => {
      await visit(page, `<p>Text</p>`);
      await shown();
      assert.equal(last("FCP")?.deviceType, "mobile");
    },
    {
      viewport: PHONE,
      userAgent:
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36",
    },
  );

  sdkTest("without the Navigation API has soft navigations too", async (page) => {
    await visit(page, `<p>Text</p>`, {
      head: `<script>Object.defineProperty(window, "navigation", { value: undefined });</script>`,
    });
    await shown();
    await page.evaluate(() => history.pushState({}, "", "/two"));
    await page.evaluate(() => history.replaceState({}, "", "/two?same=page"));
    await page.evaluate(() => history.back());
    const views = await until("three views", async () =>
      site.items("page_view").length === 3 ? site.items("page_view") : null,
    );
    assert.deepEqual(
      views.map(({ navigationType }) => navigationType),
      ["navigate", "soft-navigation", "soft-navigation"],
    );
  });
});
