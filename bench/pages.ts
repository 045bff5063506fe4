/** What a browser loads and does for the first screen: bytes of script, time to the largest paint, calls to the API. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { loadWebBundle } from "../apps/server/src/http/pages/webBundle.ts";
import { startProduct } from "../test/harness/product.ts";
import { launchBrowser, openPage, visit } from "../test/pages/browser.ts";
import { DIST_DIR, ensureBuilt } from "../test/pages/fixtureServer.ts";
import { quantile, report } from "./lib/figures.ts";
import { generate } from "./lib/generator.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";
import { pause } from "./lib/server.ts";

const VISITS = benchOptions().isQuick ? 5 : 20;

await withScratch(async (dataDir) => {
  await ensureBuilt();
  const bundle = await loadWebBundle(DIST_DIR);
  let scriptBytes = 0;
  for (const file of bundle.scriptsOf("src/overview/OverviewPage.tsx"))
    scriptBytes += gzipSync(await readFile(join(DIST_DIR, "client", file)), { level: 9 }).length;

  const product = await startProduct({ dataDir });
  await generate({
    port: Number(new URL(product.otlpUrl).port),
    durationMs: 5000,
    connections: 4,
    spansPerSecond: 2000,
  });
  await pause(3000);
  const browser = await launchBrowser();
  const paintMs: number[] = [];
  let apiCalls = 0;
  for (let turn = 0; turn < VISITS; turn++) {
    const { page } = await openPage(browser);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (new URL(request.url()).pathname.startsWith("/api/")) asked.push(request.url());
    });
    await visit(page, `${product.url}/?project=default`);
    await page.waitForLoadState("load");
    await pause(500);
    paintMs.push(await page.evaluate(largestPaint));
    apiCalls = Math.max(apiCalls, asked.length);
    await page.context().close();
  }
  await browser.close();
  await product.stop();
  report({
    name: "pages",
    figures: [
      {
        title: "Scripts of the first load, gzip",
        value: scriptBytes / 1000,
        unit: "kB",
        better: "lower",
        floor: 45,
        aim: 30,
      },
      {
        title: "Largest contentful paint on loopback, p75",
        value: quantile(paintMs, 0.75) / 1000,
        unit: "s",
        better: "lower",
        floor: 1,
        aim: 0.4,
        note: `p50 ${Math.round(quantile(paintMs, 0.5))} ms of ${VISITS} visits with an empty cache`,
      },
      {
        title: "API calls on the first load",
        value: apiCalls,
        unit: "",
        better: "lower",
        floor: 3,
        aim: 2,
        note: "the live stream included",
      },
    ],
  });
});

/** Runs in the page. https://web.dev/articles/lcp */
async function largestPaint(): Promise<number> {
  return await new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? NaN)).observe({
      type: "largest-contentful-paint",
      buffered: true,
    });
  });
}
