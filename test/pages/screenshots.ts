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

/** The first link of a page that begins so. */
interface LinkOn {
  readonly page: string;
  readonly link: string;
}

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
const others: Readonly<Record<string, string | LinkOn>> = {
  vitals: "/vitals?project=default&range=24h",
  "vitals-page": `/vitals?project=default&range=24h&page=${encodeURIComponent(visited.entryPath)}`,
  visits: "/visits?project=default&range=24h",
  visit: `/visits/${encodeURIComponent(visited.sessionId)}?project=default`,
  changes: "/changes?project=default&range=24h&metric=LCP",
  business: "/business?project=default&range=24h",
  deployments: "/deployments?project=default",
  endpoints: "/endpoints?project=default",
  endpoint: { page: "/endpoints?project=default", link: "/endpoints/detail" },
  releases: "/releases?project=default",
  errors: "/errors?project=default",
  error: { page: "/errors?project=default", link: "/errors/" },
  queries: "/queries?project=default",
  query: { page: "/queries?project=default", link: "/queries/" },
  databases: "/databases?project=default",
  database: { page: "/databases?project=default", link: "/databases/" },
  resources: "/resources?project=default",
  bottlenecks: "/bottlenecks?project=default",
  performance: "/system/performance",
  usage: "/settings/usage",
  retention: "/settings/retention",
  storage: "/settings/storage",
};

await mkdir(FOLDER, { recursive: true });
const browser = await launchBrowser();
for (const [name, target] of Object.entries({ ...pages, ...others })) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const path = typeof target === "string" ? target : await pathOf(target);
  if (path === null) {
    process.stderr.write(`${name} has no picture: its list is empty.\n`);
    continue;
  }
  for (const colorScheme of ["light", "dark"] as const) {
    for (const device of ["desktop", "phone"] as const) {
      if (name in others && (colorScheme === "light") !== (device === "desktop")) continue;
      const viewport = { desktop: DESKTOP, phone: PHONE }[device];
      const { page } = await openPage(browser, { viewport, colorScheme, hasTouch: device === "phone" });
      await visit(page, base + path);
      await page.waitForTimeout(SETTLED_MS);
      await page.screenshot({ path: `${FOLDER}${name}-${device}-${colorScheme}.png` });
      await page.context().close();
    }
  }
}

/** Where the first row of a list leads; null when there is none. */
async function pathOf({ page: list, link }: LinkOn): Promise<string | null> {
  const { page } = await openPage(browser);
  await visit(page, base + list);
  const path = await page.evaluate(
    (start) => document.querySelector(`main a[href^="${start}"]`)?.getAttribute("href") ?? null,
    link,
  );
  await page.context().close();
  return path;
}

await browser.close();
