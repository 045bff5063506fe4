/** What a page loads to be measured: our SDK beside web-vitals alone and the SDKs of others, same bundler and settings. */
import { readFile } from "node:fs/promises";
import { bundle, OTHER_SDKS, sizeOf, type BundleSize } from "./lib/browserSdks.ts";
import { report } from "./lib/figures.ts";

const OURS = new URL("../packages/browser/dist/throughline.js", import.meta.url);

const ours = sizeOf(await readFile(OURS, "utf8"));
const rows = [row("**@throughline/browser, complete**", ours)];
let vitalsGzipBytes = 0;
for (const [name, source] of Object.entries(OTHER_SDKS)) {
  const size = sizeOf(await bundle(source));
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
