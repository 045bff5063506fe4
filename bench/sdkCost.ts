/**
 * What measuring costs the page that is measured, on a processor four times slower: the script time of our SDK, of
 * web-vitals alone and of other SDKs, until the page is loaded and until a second later. The same page, one visit of
 * each after the other, round after round; every browser context is new, so nothing of the code is in a cache.
 */
import type { Browser } from "playwright-core";
import { launchBrowser, openPage } from "../test/pages/browser.ts";
import { KEY, pageWith, startSite, type Site } from "../test/sdk/site.ts";
import { bundle, OTHER_SDKS } from "./lib/browserSdks.ts";
import { median, report, type Figure } from "./lib/figures.ts";
import { benchOptions } from "./lib/options.ts";

const VISITS = benchOptions().isQuick ? 10 : 40;
const SLOWER = 4;
const NOTHING = "nothing";
const OURS = "@throughline/browser";

const BODY = `<h1>Shop</h1><img src="/hero.svg" width="600" height="400" alt="">${"<p>Some text of a product.</p>".repeat(200)}
  <script src="/own.js"></script>`;

interface Visit {
  /** Scripts until the page's load event is over. */
  readonly loadScriptMs: number;
  /** Scripts until a second after the first paint. */
  readonly scriptMs: number;
  readonly taskMs: number;
  readonly paintMs: number;
}

const site = await startSite();
const browser = await launchBrowser();
const pages = new Map<string, string>([
  [NOTHING, "/"],
  [OURS, "/ours"],
]);
site.pages.set("/", pageWith(BODY));
const ours = `<script defer src="/throughline.js" data-key="${KEY}" data-endpoint="${site.endpoint}"></script>`;
site.pages.set("/ours", pageWith(BODY, { tag: ours }));
for (const [index, [name, source]] of Object.entries(OTHER_SDKS).entries()) {
  // It loads a second script from its own servers.
  if (name.startsWith("@vercel/")) continue;
  site.pages.set(`/sdk-${index}.js`, await bundle(source));
  site.headers.set(`/sdk-${index}.js`, { "content-type": "text/javascript" });
  site.pages.set(`/with-${index}`, pageWith(BODY, { tag: `<script defer src="/sdk-${index}.js"></script>` }));
  pages.set(name, `/with-${index}`);
}
const visits = new Map<string, Visit[]>([...pages.keys()].map((name) => [name, []]));
// The first round starts the browser's own parts and is not counted.
for (let turn = -1; turn < VISITS; turn++) {
  for (const [name, path] of pages) {
    const visit = await measureVisit(browser, site, path);
    if (turn >= 0) visits.get(name)?.push(visit);
  }
}
await browser.close();
await site.close();

const pick = (name: string, part: keyof Visit): number =>
  median((visits.get(name) ?? []).map((visit) => visit[part]));
const costOf = (name: string, part: keyof Visit): number => pick(name, part) - pick(NOTHING, part);
const vitalsAlone = [...pages.keys()].find((name) => name.startsWith("web-vitals")) ?? "";
const figures: Figure[] = [
  {
    title: "Browser SDK, script time until the page is loaded, 4× slower processor, p50",
    value: costOf(OURS, "loadScriptMs"),
    unit: "ms",
    better: "lower",
    floor: 5,
    aim: 3,
    note: `web-vitals alone ${costOf(vitalsAlone, "loadScriptMs").toFixed(1)} ms; ${VISITS} visits each`,
  },
  {
    title: "The same, with what it does when the page is idle, until a second after the first paint",
    value: costOf(OURS, "scriptMs"),
    unit: "ms",
    note: `web-vitals alone ${costOf(vitalsAlone, "scriptMs").toFixed(1)} ms`,
  },
  {
    title: "All main-thread tasks, added",
    value: costOf(OURS, "taskMs"),
    unit: "ms",
    note: `${pick(NOTHING, "taskMs").toFixed(1)} ms without it`,
  },
  {
    title: "The page's own first paint, added",
    value: costOf(OURS, "paintMs"),
    unit: "ms",
    note: `${pick(NOTHING, "paintMs").toFixed(1)} ms without it`,
  },
];
report({
  name: "sdkCost",
  figures,
  details: [
    "Added to the page without any, median ms on a processor four times slower:",
    "",
    "| SDK | script until loaded | script until 1 s after paint | all tasks |",
    "|---|---|---|---|",
    ...[...pages.keys()]
      .filter((name) => name !== NOTHING)
      .map((name) => {
        const cells = (["loadScriptMs", "scriptMs", "taskMs"] as const).map((part) =>
          costOf(name, part).toFixed(1),
        );
        return `| ${name === OURS ? `**${name}, complete**` : name} | ${cells.join(" | ")} |`;
      }),
  ],
});

async function measureVisit(browser: Browser, { url }: Site, path: string): Promise<Visit> {
  const { page } = await openPage(browser);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  // Time of the thread, not of the clock: other processes on the machine must not count.
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const metricMs = async (): Promise<(name: string) => number> => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    return (name) => (metrics.find((metric) => metric.name === name)?.value ?? Number.NaN) * 1000;
  };
  await page.goto(url + path, { waitUntil: "load" });
  const loadScriptMs = (await metricMs())("ScriptDuration");
  const paintMs = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const paint = list.getEntriesByName("first-contentful-paint")[0];
          if (paint) setTimeout(() => resolve(paint.startTime), 1000);
        }).observe({ type: "paint", buffered: true });
      }),
  );
  const inMs = await metricMs();
  await page.context().close();
  return { loadScriptMs, scriptMs: inMs("ScriptDuration"), taskMs: inMs("TaskDuration"), paintMs };
}
