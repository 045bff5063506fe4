/** `GET /api/web-vitals` on the product as main.ts composes it, against what was sent and an independent count of it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { vitalsPage, type VitalReading, type VitalsPage } from "@throughline/contract";
import { seededRandom } from "../../../../../test/durability/server.ts";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

let product: TestProduct;
before(async () => {
  product = await openTestProduct();
});
after(() => product.close());

let requests = 0;

/** From an address of this machine that is not at its limit. */
async function send(path: string, body: unknown, project = "default"): Promise<void> {
  requests += 1;
  const answer = await product.ask({
    remoteAddress: `127.0.${Math.floor(requests / 50) % 256}.1`,
    method: "POST",
    url: `${path}?project=${project}`,
    headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
    payload: JSON.stringify(body),
  });
  assert.equal(answer.statusCode, 200, answer.body);
}

/** In as many requests as it takes. */
async function sendVitals(vitals: readonly object[]): Promise<void> {
  for (let from = 0; from < vitals.length; from += 100)
    await send("/api/web-vitals", vitals.slice(from, from + 100));
}

async function read(query: Record<string, string>): Promise<VitalsPage> {
  const search = new URLSearchParams({ project: "default", verify: "true", ...query });
  const answer = await product.ask(`/api/web-vitals?${search}`);
  assert.equal(answer.statusCode, 200, answer.body);
  const page = vitalsPage.parse(answer.json());
  assert.equal(page.isVerified, true);
  return page;
}

async function readOne(name: string, query: Record<string, string>): Promise<VitalReading> {
  const found = (await read(query)).vitals.find((vital) => vital.name === name);
  assert.ok(found !== undefined, `no ${name}`);
  return found;
}

let ids = 0;
const vital = (more: object) => ({ name: "LCP", value: 1000, id: `v6-${++ids}`, pageUrl: "/", ...more });

/** Nearest rank, from the definition. */
function p75Of(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(0.75 * values.length) - 1] ?? Number.NaN;
}

describe("GET /api/web-vitals", () => {
  it("answers in the contract's words, without inventing a cause", async () => {
    await send("/api/web-vitals", [
      {
        name: "LCP",
        value: 3200,
        rating: "needs-improvement",
        delta: 45,
        id: "v4-1234567890",
        navigationType: "navigate",
        pageUrl: "/inventory/2024-honda-accord",
        timestamp: Date.now(),
      },
    ]);
    const page = await read({ page: "/inventory/2024-honda-accord" });
    const [lcp] = page.vitals;
    assert.equal(page.vitals.length, 1);
    const { history, sparkline, ...shown } = lcp ?? assert.fail("no LCP");
    assert.deepEqual([history, sparkline.every((value) => value === null)], [[], true]);
    assert.deepEqual(
      {
        ...shown,
        reason: typeof shown.reason,
        sinceReason: typeof shown.sinceReason,
        releaseReason: typeof shown.releaseReason,
        budget: { ...shown.budget, knownInMs: typeof shown.budget.knownInMs },
      },
      {
        name: "LCP",
        value: 3200,
        rating: "needs-improvement",
        target: 2500,
        unit: "ms",
        trend: null,
        pageUrl: "/inventory/2024-honda-accord",
        diagnosis: null,
        suggestedFix: null,
        causeId: null,
        reason: "string",
        sampleCount: 1,
        previousSampleCount: 0,
        distribution: { good: 0, needsImprovement: 1, poor: 0 },
        interval: null,
        traceIds: [],
        budget: {
          state: "unknown",
          target: 2500,
          budgetId: null,
          overShare: 1,
          unknownBecause: "fewViews",
          viewsNeeded: 199,
          knownInMs: "number",
        },
        since: null,
        sinceReason: "string",
        release: null,
        releaseReason: "string",
        mixShift: null,
      },
    );
    // One visit is no score.
    assert.equal(page.overallScore, null);
    assert.equal(page.criticalIssues, 0);
    assert.ok(Math.abs(Date.parse(page.lastChecked) - Date.now()) < 60_000);
    // All of that name are one page, and a pattern finds it.
    for (const page of ["/inventory/2019-mazda-mx5-nb", "/inventory/:id", "/inventory/*", "*tory/:i*"]) {
      const same = await readOne("LCP", { page });
      assert.deepEqual([same.value, same.sampleCount, same.pageUrl], [3200, 1, shown.pageUrl], page);
    }
    // In a pattern only the star is special.
    for (const page of ["/inventory/_id*", "/inventory%*", "*/inventor"])
      assert.deepEqual((await read({ page })).vitals, [], page);
  });

  it("answers the contract's example once as much was measured: value, trend, cause, next step, score", async () => {
    const example = { name: "LCP", rating: "needs-improvement", pageUrl: "/inventory/2024-honda-accord" };
    const attribution = {
      target: "main>img.hero",
      url: "https://cdn.example/hero.jpg",
      timeToFirstByte: 200,
      resourceLoadDelay: 100,
      resourceLoadDuration: 2700,
      elementRenderDelay: 200,
    };
    const views = (more: object) => Array.from({ length: 200 }, () => vital({ ...example, ...more }));
    await sendVitals([
      ...views({ value: 2800, timestamp: Date.now() - 90 * 60_000 }),
      ...views({ value: 3200, attribution }),
      ...views({ name: "CLS", value: 0.02 }),
    ]);
    // With what is below a page: the page itself is another one.
    const page = await read({ page: "/inventory/*" });
    const lcp = page.vitals.find(({ name }) => name === "LCP");
    assert.deepEqual(
      { ...lcp, diagnosis: undefined, suggestedFix: undefined },
      {
        ...lcp,
        ...example,
        value: 3200,
        target: 2500,
        unit: "ms",
        trend: 400,
        diagnosis: undefined,
        suggestedFix: undefined,
      },
    );
    assert.match(lcp?.diagnosis ?? "", /main>img\.hero.*hero\.jpg.*loading it: 2700 of 3200 ms \(84 %\)/);
    assert.match(lcp?.suggestedFix ?? "", /hero\.jpg smaller.*WebP.*srcset/);
    assert.ok(page.overallScore !== null && page.overallScore > 50 && page.overallScore < 100);
    assert.equal(page.criticalIssues, 0);
    assert.ok(Number.isFinite(Date.parse(page.lastChecked)));
  });

  it("says nothing about a page that nobody visited", async () => {
    const page = await read({ page: "/nobody" });
    assert.deepEqual([page.vitals, page.overallScore, page.criticalIssues], [[], null, 0]);
  });

  it("counts a page view once, with the last value of its id, however often and in which order it comes", async () => {
    const now = Date.now();
    const cls = (value: number, timestamp: number, id = "cls-1") =>
      vital({ name: "CLS", id, value, timestamp, pageUrl: "/repeated" });
    await send("/api/web-vitals", [cls(0.05, now - 5000)]);
    await send("/api/web-vitals", [cls(0.3, now - 3000), cls(0.3, now - 3000)]);
    await read({ page: "/repeated" });
    await send("/api/web-vitals", [cls(0.3, now - 3000)]);
    await send("/api/web-vitals", [cls(0.1, now - 4000)]);
    await send("/api/web-vitals", [cls(0.2, now - 2000)]);
    const one = await readOne("CLS", { page: "/repeated" });
    assert.deepEqual([one.value, one.sampleCount], [0.2, 1]);
    assert.deepEqual(one.distribution, { good: 0, needsImprovement: 1, poor: 0 });
    // The same id of another metric is another value.
    await send("/api/web-vitals", [vital({ id: "cls-1", value: 10, pageUrl: "/repeated" })]);
    assert.equal((await readOne("LCP", { page: "/repeated" })).sampleCount, 1);
  });

  it("gives exact percentiles of few and close ones of many, as an independent count does", async () => {
    const random = seededRandom(4711);
    const lognormal = () =>
      Math.exp(
        Math.log(1800) + 0.6 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
      );
    for (const [pageUrl, views, tolerance] of [
      ["/few", 300, 0],
      ["/many", 2600, 0.02],
    ] as const) {
      const sent = Array.from({ length: views }, () => vital({ value: lognormal(), pageUrl })) as {
        value: number;
      }[];
      const repeated = sent.filter((_, index) => index % 7 === 0);
      await sendVitals([...sent, ...repeated]);
      const values = sent.map(({ value }) => value);
      const { value, sampleCount, distribution, interval } = await readOne("LCP", { page: pageUrl });
      assert.equal(sampleCount, views);
      const expected = p75Of(values);
      assert.ok(Math.abs(value - expected) <= expected * tolerance + 0.05, `${value} and ${expected}`);
      assert.deepEqual(distribution, {
        good: values.filter((each) => each <= 2500).length,
        needsImprovement: values.filter((each) => each > 2500 && each <= 4000).length,
        poor: values.filter((each) => each > 4000).length,
      });
      assert.ok(interval !== null && interval.low < value && value < interval.high);
    }
  });

  it("can be asked by device, connection and release, and over any range", async () => {
    const pageUrl = "/filtered";
    const minutesAgo = (minutes: number) => Date.now() - minutes * 60_000;
    await sendVitals([
      vital({ pageUrl, value: 1, deviceType: "mobile", connectionType: "3g", release: "1.0" }),
      vital({ pageUrl, value: 2, deviceType: "desktop", connectionType: "4g", release: "1.0" }),
      vital({ pageUrl, value: 3, deviceType: "desktop", connectionType: "4g", release: "1.1" }),
      vital({ pageUrl, value: 4, timestamp: minutesAgo(60 * 24 * 20), connectionType: "slow-2g" }),
    ]);
    const count = async (query: Record<string, string>) =>
      (await read({ page: pageUrl, ...query })).vitals[0]?.sampleCount ?? 0;
    assert.equal(await count({}), 3);
    assert.equal(await count({ device: "mobile" }), 1);
    assert.equal(await count({ device: "desktop", release: "1.1" }), 1);
    assert.equal(await count({ connection: "4g" }), 2);
    assert.equal(await count({ connection: "4g", range: "30d" }), 2);
    assert.equal(await count({ connection: "slow-2g" }), 0);
    assert.equal(await count({ connection: "slow-2g", range: "30d" }), 1);
    assert.equal(await count({ range: "30d" }), 4);
    assert.equal(await count({ country: "DE" }), 0);
    assert.equal((await readOne("LCP", { page: pageUrl, range: "30d" })).value, 3);
    for (const query of ["device=fridge", "country=germany", "connection=5g", "range=2y", "verify=maybe"]) {
      const answer = await product.ask(`/api/web-vitals?${query}`);
      assert.equal(answer.statusCode, 400, query);
      assert.equal(answer.json().code, "invalid_query");
    }
  });

  it("compares with the period before, once both have enough", async () => {
    const before = Date.now() - 90 * 60_000;
    const views = (count: number, value: number, pageUrl: string, timestamp?: number) =>
      Array.from({ length: count }, () => vital({ name: "TTFB", value, pageUrl, timestamp }));
    await sendVitals([...views(25, 400, "/trend", before), ...views(25, 700, "/trend")]);
    await sendVitals([...views(5, 400, "/thin", before), ...views(25, 700, "/thin")]);
    assert.equal((await readOne("TTFB", { page: "/trend" })).trend, 300);
    assert.equal((await readOne("TTFB", { page: "/thin" })).trend, null);
  });

  it("leaves out the TTFB of soft navigations, which is always 0", async () => {
    await sendVitals([
      vital({ name: "TTFB", value: 600, pageUrl: "/soft" }),
      vital({ name: "TTFB", value: 0, pageUrl: "/soft", navigationType: "soft-navigation" }),
    ]);
    const ttfb = await readOne("TTFB", { page: "/soft" });
    assert.deepEqual([ttfb.value, ttfb.sampleCount], [600, 1]);
  });

  it("composes each diagnosis from what the slowest visits reported", async () => {
    const slow = (name: string, value: number, attribution: object) =>
      vital({ name, value, pageUrl: "/slow", attribution, traceId: "0af7651916cd43dd8448eb211c80319c" });
    const fast = (name: string) =>
      Array.from({ length: 9 }, () =>
        vital({ name, value: 1, pageUrl: "/slow", attribution: { target: "p" } }),
      );
    await sendVitals([
      ...["LCP", "INP", "CLS", "FCP", "TTFB"].flatMap((name) =>
        name === "CLS" ? fast(name).map((each) => ({ ...each, value: 0.01 })) : fast(name),
      ),
      ...Array.from({ length: 5 }, () =>
        slow("LCP", 6000, {
          target: "main>img.hero",
          url: "https://cdn.example/hero.jpg",
          timeToFirstByte: 300,
          resourceLoadDelay: 200,
          resourceLoadDuration: 5000,
          elementRenderDelay: 500,
        }),
      ),
      ...Array.from({ length: 5 }, () =>
        slow("INP", 700, {
          interactionTarget: "button.buy",
          inputDelay: 10,
          processingDuration: 650,
          presentationDelay: 40,
          longestScriptUrl: "https://shop.example/assets/cart.js",
        }),
      ),
      ...Array.from({ length: 5 }, () =>
        slow("CLS", 0.4, { largestShiftTarget: "div.banner", largestShiftValue: 0.35 }),
      ),
      ...Array.from({ length: 5 }, () =>
        slow("TTFB", 2500, { connectionDuration: 100, requestDuration: 2400 }),
      ),
    ]);
    const page = await read({ page: "/slow" });
    const by = new Map(page.vitals.map((each) => [each.name, each]));
    const lcp = by.get("LCP");
    assert.match(
      lcp?.diagnosis ?? "",
      /main>img\.hero \(5 of the 5 slowest.*https:\/\/cdn\.example\/hero\.jpg/,
    );
    assert.match(lcp?.diagnosis ?? "", /loading it: 5000 of 6000 ms \(83 %\)/);
    assert.match(lcp?.suggestedFix ?? "", /hero\.jpg smaller/);
    assert.equal(lcp?.causeId, "lcp.resource_load_duration");
    assert.deepEqual(lcp?.traceIds, ["0af7651916cd43dd8448eb211c80319c"]);
    assert.match(by.get("INP")?.diagnosis ?? "", /button\.buy.*event handlers.*cart\.js/);
    assert.equal(by.get("INP")?.causeId, "inp.processing_duration");
    assert.match(by.get("CLS")?.diagnosis ?? "", /div\.banner is what moves most.*0\.350/);
    assert.equal(by.get("TTFB")?.causeId, "ttfb.request_duration");
    assert.equal(by.get("FCP")?.rating, "good");
    assert.equal(page.criticalIssues, 4);
  });

  it(
    "bounds a hundred thousand addresses, and shows what is beyond as one page",
    { timeout: 300_000 },
    async () => {
      const before = (await read({})).vitals.find(({ name }) => name === "FCP")?.sampleCount ?? 0;
      const word = (index: number) =>
        Array.from(index.toString(26))
          .map((digit) => String.fromCodePoint(97 + Number.parseInt(digit, 26)))
          .join("");
      const total = 100_000;
      for (let from = 0; from < total; from += 100)
        await send(
          "/api/web-vitals",
          Array.from({ length: 100 }, (_, index) =>
            vital({ name: "FCP", value: 900, pageUrl: `/flood/${word(from + index)}` }),
          ),
        );
      const all = await readOne("FCP", { range: "1h" });
      assert.equal(all.sampleCount - before, total);
      const other = await readOne("FCP", { page: "(other)" });
      assert.ok(other.sampleCount >= total - 1000 && other.sampleCount < total, `${other.sampleCount}`);
    },
  );

  it("keeps the ledger balanced, refusals included", async () => {
    await product.ask({
      method: "POST",
      url: "/api/web-vitals",
      headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
      payload: JSON.stringify([vital({ value: -1 }), vital({ pageUrl: "/ledger" })]),
    });
    await send("/api/events", {
      pageUrl: "/ledger",
      items: [{ type: "event", timeMs: Date.now(), name: "order", attributes: { value: 12.5 } }],
    });
    await read({});
    const answer = await product.ask("/api/system");
    const rows = answer.json().ledger as {
      signal: string;
      received: number;
      stored: number;
      refused: number;
      waiting: number;
      difference: number;
      refusedByReason: Record<string, number>;
    }[];
    for (const signal of ["web_vitals", "events"]) {
      const own = rows.filter((row) => row.signal === signal);
      assert.ok(own.length > 0, signal);
      for (const row of own) {
        assert.equal(row.difference, 0);
        assert.equal(row.received, row.stored + row.refused + row.waiting);
      }
    }
    assert.ok(rows.some(({ refusedByReason }) => (refusedByReason["invalid"] ?? 0) > 0));
  });
});
