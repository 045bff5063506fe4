/**
 * Visitors with a real browser: what the shop's pages report is measured, on phones and desktops, on fast and slow
 * networks. One at a time, so that they measure the shop and not this machine's other visitors.
 */
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { products } from "./db/catalogue.ts";
import { seededRandom } from "./traffic.ts";

const PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const THINK_MS = { min: 700, max: 2200 };
const PAUSE_MS = 1000;
/** A page that does not come in this time is left. */
const PATIENCE_MS = 20_000;

/** A path, or the sentence why there are no visits of a browser. */
export function findBrowser(
  env: NodeJS.ProcessEnv,
): { readonly path: string } | { readonly missing: string } {
  const asked = env.CHROME_PATH;
  const path = asked === undefined || asked === "" ? PATHS.find((each) => existsSync(each)) : asked;
  if (path !== undefined && existsSync(path)) return { path };
  return {
    missing:
      path === undefined
        ? "There is no Chromium or Chrome here, so pages are asked for and not looked at: install one, or set CHROME_PATH."
        : `CHROME_PATH names ${path}, which does not exist.`,
  };
}

interface Profile {
  readonly name: string;
  readonly context: BrowserContextOptions;
  /** How much slower than this machine its processor is. */
  readonly cpuSlowdown: number;
  /** Null: as fast as this machine. */
  readonly network: { readonly latencyMs: number; readonly bytesPerSecond: number } | null;
}

const PHONE_AGENT =
  "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  userAgent: PHONE_AGENT,
  hasTouch: true,
  isMobile: true,
};

/** A good phone, a slow one in a train, and a desktop twice. */
const PROFILES: readonly Profile[] = [
  { name: "desktop", context: { viewport: { width: 1440, height: 900 } }, cpuSlowdown: 1, network: null },
  {
    name: "phone, 4G",
    context: phone,
    cpuSlowdown: 3,
    network: { latencyMs: 60, bytesPerSecond: 1_100_000 },
  },
  { name: "laptop", context: { viewport: { width: 1280, height: 720 } }, cpuSlowdown: 2, network: null },
  {
    name: "slow phone, 3G",
    context: phone,
    cpuSlowdown: 5,
    network: { latencyMs: 300, bytesPerSecond: 200_000 },
  },
];

export interface BrowserVisitorsOptions {
  readonly url: string;
  readonly browserPath: string;
  readonly seed?: number;
  readonly signal: AbortSignal;
}

/** Sends visitors until the signal; resolves to how many there were. */
export async function driveBrowsers(options: BrowserVisitorsOptions): Promise<{ visits: number }> {
  const { url, browserPath, seed = 1, signal } = options;
  const { chromium } = await import("playwright-core");
  const random = seededRandom(seed * 104_729);
  const browser = await chromium.launch({
    executablePath: browserPath,
    // Ctrl-C is the demo's to handle: the last visit is to be sent first.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  let visits = 0;
  try {
    for (let turn = 0; !signal.aborted; turn++) {
      const profile = PROFILES[turn % PROFILES.length] as Profile;
      if (await beVisitor(browser, profile, url, random, signal)) visits++;
      await wait(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await browser.close();
  }
  return { visits };
}

/** @returns false when the visit broke off */
async function beVisitor(
  browser: Browser,
  { context: options, cpuSlowdown, network }: Profile,
  url: string,
  random: () => number,
  signal: AbortSignal,
): Promise<boolean> {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: cpuSlowdown });
    if (network !== null) {
      await session.send("Network.enable");
      await session.send("Network.emulateNetworkConditions", {
        offline: false,
        latency: network.latencyMs,
        downloadThroughput: network.bytesPerSecond,
        uploadThroughput: network.bytesPerSecond / 2,
      });
    }
    await lookAround(page, url, random, signal);
    // Whoever leaves makes the page report what it has.
    await page.goto("about:blank");
    return true;
  } catch (error) {
    if (signal.aborted || isPageError(error)) return false;
    throw error;
  } finally {
    await context.close();
  }
}

/** A page that fails or does not come is part of a visit, as with people. */
function isPageError(error: unknown): boolean {
  return error instanceof Error && /Timeout|net::ERR|Target.*closed|Execution context/.test(error.message);
}

async function lookAround(page: Page, url: string, random: () => number, signal: AbortSignal): Promise<void> {
  const think = () => wait(THINK_MS.min + random() * (THINK_MS.max - THINK_MS.min), undefined, { signal });
  await page.goto(url);
  await think();
  const looks = 1 + Math.floor(random() * 3);
  for (let look = 0; look < looks; look++) {
    const id = 1 + Math.floor(random() ** 2 * products.length);
    const link = page.locator(`a.card[href="/product/${id}"]`);
    // Products that are not on this page are looked up by their address, as from a search engine.
    if ((await link.count()) > 0) await link.first().click();
    else await page.goto(`${url}/product/${id}`);
    await page.waitForLoadState("load");
    await think();
  }
  if (random() < 0.6) {
    await page.getByRole("button", { name: "Add to cart" }).click();
    await page.waitForURL("**/cart");
    await think();
    if (random() < 0.6) {
      await page.getByRole("link", { name: "Checkout" }).click();
      await page.getByRole("button", { name: "Place order" }).click();
      await page.waitForLoadState("load");
      await think();
    }
  }
}
