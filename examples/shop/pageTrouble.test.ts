/** Troubles that only a browser sees: what they promise to do to the product page, measured in one. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Shop, startShop } from "./shop.ts";
import { startTestReceiver, type TestReceiver } from "./testReceiver.ts";
import { form, testEnv, visit } from "./testVisit.ts";
import type { Trouble } from "./trouble.ts";

let receiver: TestReceiver;
let shop: Shop;
let browser: Browser;

before(async () => {
  receiver = await startTestReceiver();
  shop = await startShop({
    otlpEndpoint: receiver.url,
    databaseUrl: process.env.SHOP_TEST_DATABASE_URL,
    env: testEnv,
  });
  browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  });
});

after(async () => {
  await browser.close();
  await shop.stop();
  await receiver.close();
});

async function lookAtProduct<T>(
  trouble: Trouble,
  isOn: boolean,
  look: (page: Page) => Promise<T>,
): Promise<T> {
  const { status } = await visit(shop.url, receiver, "/trouble", form({ name: trouble, on: String(isOn) }));
  assert.equal(status, 303);
  const page = await browser.newPage();
  try {
    await page.goto(`${shop.url}/product/5`, { waitUntil: "load" });
    return await look(page);
  } finally {
    await page.close();
  }
}

test("late-hero: the picture is no part of the page, and a script asks for it long after", async () => {
  const isInHtml = async (page: Page): Promise<boolean> =>
    (await (await page.request.get(page.url())).text()).includes('<img src="/photo/5.svg"');
  assert.equal(await lookAtProduct("late-hero", false, isInHtml), true);
  assert.equal(await lookAtProduct("late-hero", true, isInHtml), false);
  const askedAtMs = await lookAtProduct("late-hero", true, async (page) => {
    const entry = await page.waitForFunction(() =>
      performance.getEntriesByName(new URL("/photo/5.svg", location.href).href).at(0)?.toJSON(),
    );
    return ((await entry.jsonValue()) as PerformanceEntry).startTime;
  });
  // The script waits that long, however slow everything else is.
  assert.ok(askedAtMs >= 1800, `${askedAtMs} ms`);
});

test("blocking-click: adding to the cart keeps the browser busy", async () => {
  const busyMs = await lookAtProduct("blocking-click", true, async (page) => {
    // The cart would open, and take with it what was measured.
    await page.evaluate(() =>
      document
        .querySelector('form[action="/cart"]')
        ?.addEventListener("submit", (event) => event.preventDefault()),
    );
    const measured = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries() as PerformanceEventTiming[])
              if (entry.name === "click") resolve(entry.processingEnd - entry.processingStart);
          }).observe({ type: "event", durationThreshold: 16, buffered: true } as PerformanceObserverInit);
        }),
    );
    await page.getByRole("button", { name: "Add to cart" }).click();
    return await measured;
  });
  assert.ok(busyMs >= 440, `${busyMs} ms`);
});
