/**
 * Pictures of every page for docs/images/, of a running product that the demo has filled and that has no owner yet:
 * `npm run images -- [http://127.0.0.1:3300] [page…]`. To be looked at, not compared.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { MonitoringTraces, Trace, VisitsPage } from "@throughline/contract";
import { DESKTOP, launchBrowser, openPage, PHONE, visit } from "./browser.ts";

const FOLDER = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const [, , base = "http://127.0.0.1:3300", ...wanted] = process.argv;
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

const { visits } = await ask<VisitsPage>("/api/visits?project=default&range=24h&sort=slowest&limit=20");
const [visited] = visits.toSorted((a, b) => b.errors - a.errors || b.requests - a.requests);
if (visited === undefined) throw new Error("There are no visits: run npm run demo beside it for a minute.");

/** In both themes, on desktop and phone. */
const pages: Readonly<Record<string, string>> = {
  overview: "/?project=default",
  services: "/services?project=default",
  service: `/services/${encodeURIComponent(trace.rootService)}?project=default`,
  traces: "/traces?project=default",
  trace: `/traces/${trace.traceId}?project=default&span=${slowest?.spanId ?? ""}`,
  tail: "/tail?project=default",
  system: "/system",
  help: "/help",
};
/** Of these one of each is enough: light on a desktop, dark on a phone. */
const pagesOfUsers: Readonly<Record<string, string>> = {
  vitals: "/vitals?project=default&range=24h",
  "vitals-page": `/vitals?project=default&range=24h&page=${encodeURIComponent(visited.entryPath)}`,
  visits: "/visits?project=default&range=24h",
  visit: `/visits/${encodeURIComponent(visited.sessionId)}?project=default`,
  changes: "/changes?project=default&range=24h&metric=LCP",
  business: "/business?project=default&range=24h",
  deployments: "/deployments?project=default",
};

await mkdir(FOLDER, { recursive: true });
const browser = await launchBrowser();
const themes = ["light", "dark"] as const;
const devices = { desktop: DESKTOP, phone: PHONE } as const;
for (const [name, path] of Object.entries({ ...pages, ...pagesOfUsers })) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const colorScheme of themes) {
    for (const device of ["desktop", "phone"] as const) {
      if (name in pagesOfUsers && (colorScheme === "light") !== (device === "desktop")) continue;
      const viewport = devices[device];
      const { page } = await openPage(browser, { viewport, colorScheme, hasTouch: device === "phone" });
      await visit(page, base + path);
      await page.waitForTimeout(SETTLED_MS);
      await page.screenshot({ path: `${FOLDER}${name}-${device}-${colorScheme}.png` });
      await page.context().close();
    }
  }
}
await browser.close();
