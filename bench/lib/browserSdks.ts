/** What a browser loads to be measured: our SDK, and others' as they document their set-up, built as one script each. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { minify } from "terser";
import { build } from "vite";

/** What is nearest to our set of signals. Nobody listens at the addresses. */
export const OTHER_SDKS: Readonly<Record<string, string>> = {
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

export interface BundleSize {
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly brotliBytes: number;
}

export function sizeOf(code: string): BundleSize {
  return {
    bytes: Buffer.byteLength(code),
    gzipBytes: gzipSync(code, { level: 9 }).length,
    brotliBytes: brotliCompressSync(code).length,
  };
}

/** @param source of the entry; its imports are those of the bench workspace. */
export async function bundle(source: string): Promise<string> {
  const folder = await mkdtemp(join(import.meta.dirname, "../entry-"));
  try {
    const entry = join(folder, "entry.js");
    await writeFile(entry, source);
    const built = await build({
      root: folder,
      configFile: false,
      logLevel: "warn",
      define: { "process.env.NODE_ENV": '"production"' },
      build: {
        write: false,
        target: "es2022",
        minify: false,
        lib: { entry, formats: ["iife"], name: "_" },
      },
    });
    const [output] = Array.isArray(built) ? built : [built];
    if (output === undefined || !("output" in output)) throw new Error("Nothing was built.");
    const { code } = await minify(output.output[0].code, {
      ecma: 2020,
      compress: { passes: 3, toplevel: true },
      mangle: { toplevel: true },
    });
    return code ?? "";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
