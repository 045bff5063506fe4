/**
 * Pictures of every page for docs/images/, of a running product: `node test/pages/screenshots.ts [http://127.0.0.1:3300]`.
 * Both themes, desktop and phone. To be looked at, not compared.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { MonitoringTraces, Trace } from "@throughline/contract";
import { DESKTOP, launchBrowser, openPage, PHONE, visit } from "./browser.ts";

const FOLDER = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const base = process.argv[2] ?? "http://127.0.0.1:3300";
/** Charts and live numbers have come to rest. */
const SETTLED_MS = 1500;

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(base + path);
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}.`);
  return (await answer.json()) as T;
}

const { traces } = await ask<MonitoringTraces>("/api/monitoring/traces?project=default&limit=50");
const interesting = await Promise.all(traces.map(({ traceId }) => ask<Trace>(`/api/traces/${traceId}`)));
const [trace] = interesting.toSorted(
  (a, b) => b.services.length - a.services.length || b.spans.length - a.spans.length,
);
if (trace === undefined) throw new Error("There are no traces: run npm run demo beside it for a minute.");
const slowest = trace.spans.toSorted((a, b) => b.selfMs - a.selfMs)[0];

const pages = {
  overview: "/?project=default",
  services: "/services?project=default",
  service: `/services/${encodeURIComponent(trace.rootService)}?project=default`,
  traces: "/traces?project=default",
  trace: `/traces/${trace.traceId}?project=default&span=${slowest?.spanId ?? ""}`,
  tail: "/tail?project=default",
  system: "/system",
  help: "/help",
} as const;

await mkdir(FOLDER, { recursive: true });
const browser = await launchBrowser();
for (const [name, path] of Object.entries(pages)) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      const { page } = await openPage(browser, { viewport, colorScheme, hasTouch: device === "phone" });
      await visit(page, base + path);
      await page.waitForTimeout(SETTLED_MS);
      await page.screenshot({ path: `${FOLDER}${name}-${device}-${colorScheme}.png` });
      await page.context().close();
    }
  }
}
await browser.close();
