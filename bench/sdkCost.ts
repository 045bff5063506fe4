/**
 * What measuring costs the page that is measured: main-thread time until a second after its load, on a processor four
 * times slower, and the page's own paint; each visit without the SDK beside one with it.
 */
import type { Browser } from "playwright-core";
import { launchBrowser, openPage } from "../test/pages/browser.ts";
import { KEY, pageWith, startSite, type Site } from "../test/sdk/site.ts";
import { median, report } from "./lib/figures.ts";
import { benchOptions } from "./lib/options.ts";

const VISITS = benchOptions().isQuick ? 10 : 40;
const SLOWER = 4;

const BODY = `<h1>Shop</h1><img src="/hero.svg" width="600" height="400" alt="">${"<p>Some text of a product.</p>".repeat(200)}
  <script src="/own.js"></script>`;

interface Visit {
  readonly scriptMs: number;
  readonly taskMs: number;
  readonly paintMs: number;
}

const site = await startSite();
const browser = await launchBrowser();
site.pages.set("/without", pageWith(BODY));
const tag = `<script defer src="/throughline.js" data-key="${KEY}" data-endpoint="${site.endpoint}"></script>`;
site.pages.set("/with", pageWith(BODY, { tag }));
const without: Visit[] = [];
const withSdk: Visit[] = [];
// The first pair warms the browser's caches of code and is not counted.
for (let turn = -1; turn < VISITS; turn++) {
  for (const [path, visits] of [
    ["/without", without],
    ["/with", withSdk],
  ] as const) {
    const visit = await measureVisit(browser, site, path);
    if (turn >= 0) visits.push(visit);
  }
}
await browser.close();
await site.close();

const pick = (visits: readonly Visit[], part: keyof Visit): number =>
  median(visits.map((visit) => visit[part]));
const costOf = (part: keyof Visit): number => pick(withSdk, part) - pick(without, part);
report({
  name: "sdkCost",
  figures: [
    {
      title: "Browser SDK, script time on load, 4× slower processor, p50",
      value: costOf("scriptMs"),
      unit: "ms",
      better: "lower",
      floor: 5,
      aim: 3,
      note: `of ${pick(withSdk, "scriptMs").toFixed(1)} ms with it, ${VISITS} visits each`,
    },
    {
      title: "All main-thread tasks, added",
      value: costOf("taskMs"),
      unit: "ms",
      note: `${pick(without, "taskMs").toFixed(1)} ms without it`,
    },
    {
      title: "The page's own first paint, added",
      value: costOf("paintMs"),
      unit: "ms",
      note: `${pick(without, "paintMs").toFixed(1)} ms without it`,
    },
  ],
});

async function measureVisit(browser: Browser, { url }: Site, path: string): Promise<Visit> {
  const { page } = await openPage(browser);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  // Time of the thread, not of the clock: other processes on the machine must not count.
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.goto(url + path);
  const paintMs = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const paint = list.getEntriesByName("first-contentful-paint")[0];
          if (paint) setTimeout(() => resolve(paint.startTime), 1000);
        }).observe({ type: "paint", buffered: true });
      }),
  );
  const { metrics } = await cdp.send("Performance.getMetrics");
  const secondsOf = (name: string): number =>
    metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  await page.context().close();
  return { scriptMs: secondsOf("ScriptDuration") * 1000, taskMs: secondsOf("TaskDuration") * 1000, paintMs };
}
