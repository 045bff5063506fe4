/** What a page loads to be measured: our SDK beside web-vitals alone and the SDKs of others, same bundler and settings. */
import { readFile } from "node:fs/promises";
import { bundleSize, sizeOf, type BundleSize } from "./lib/bundleSize.ts";
import { report } from "./lib/figures.ts";

const OURS = new URL("../packages/browser/dist/throughline.js", import.meta.url);

/** The set-up each documents, with what is nearest to our set of signals. */
const OTHERS: Readonly<Record<string, string>> = {
  "web-vitals, attribution build alone": `
    import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals/attribution";
    for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(console.log, { reportSoftNavs: true });`,
  "@vercel/speed-insights (loader; it fetches a second script)": `
    import { injectSpeedInsights } from "@vercel/speed-insights";
    injectSpeedInsights();`,
  "@grafana/faro-web-sdk": `
    import { getWebInstrumentations, initializeFaro } from "@grafana/faro-web-sdk";
    initializeFaro({ url: "/collect", app: { name: "shop" }, instrumentations: getWebInstrumentations() });`,
  "@sentry/browser, errors only": `
    import { init } from "@sentry/browser";
    init({ dsn: "https://key@example.com/1" });`,
  "@sentry/browser, errors and tracing": `
    import { browserTracingIntegration, init } from "@sentry/browser";
    init({ dsn: "https://key@example.com/1", integrations: [browserTracingIntegration()], tracesSampleRate: 1 });`,
};

const ours = sizeOf(await readFile(OURS, "utf8"));
const rows = [row("**@throughline/browser, complete**", ours)];
let vitalsGzipBytes = 0;
for (const [name, source] of Object.entries(OTHERS)) {
  const size = await bundleSize(source);
  if (name.startsWith("web-vitals")) vitalsGzipBytes = size.gzipBytes;
  rows.push(row(name, size));
}

report({
  name: "sdkSize",
  figures: [
    {
      title: "Browser SDK, complete, gzip",
      value: ours.gzipBytes / 1000,
      unit: "kB",
      better: "lower",
      floor: 8.192,
      aim: 6.5,
      note: `web-vitals with attribution alone is ${(vitalsGzipBytes / 1000).toFixed(2)} kB`,
    },
  ],
  details: ["| SDK | minified | gzip -9 | brotli 11 |", "|---|---|---|---|", ...rows],
});

function row(name: string, { bytes, gzipBytes, brotliBytes }: BundleSize): string {
  const [plain, gzip, brotli] = [bytes, gzipBytes, brotliBytes].map((each) => (each / 1000).toFixed(2));
  return `| ${name} | ${plain} kB | ${gzip} kB | ${brotli} kB |`;
}
