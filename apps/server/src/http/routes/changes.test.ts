/** `GET /api/what-changed` on the product as main.ts composes it, with changes that were put there on purpose. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { changesPage, type ChangesPage, problem } from "@throughline/contract";
import { seededRandom } from "../../../../../test/durability/server.ts";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

const MINUTE_MS = 60_000;
let product: TestProduct;
/** The moment of every change here, on a whole minute. */
let changeMs: number;
before(async () => {
  product = await openTestProduct();
  changeMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 30 * MINUTE_MS;
  await sendRequests();
  await sendVisits();
  const stored = await product.ask("/api/web-vitals?project=default&verify=true");
  assert.equal(stored.json<{ isVerified: boolean }>().isVerified, true, stored.body);
});
after(() => product.close());

/** Ten requests a minute: 100 ms, then 300 ms of a new release that fails now and then and has a route more. */
async function sendRequests(): Promise<void> {
  const random = seededRandom(7);
  const nowMs = changeMs;
  for (const side of [-1, 1] as const) {
    const spans = Array.from({ length: 28 * 10 }, (_, index) => {
      const agoMs =
        side === -1
          ? (Math.floor(index / 10) + 1) * MINUTE_MS - 1000
          : -(Math.floor(index / 10) * MINUTE_MS + 1000);
      const isNewRoute = side === 1 && index % 10 < 3;
      return {
        name: isNewRoute ? "GET /recommendations" : "GET /products",
        route: isNewRoute ? "/recommendations" : "/products",
        agoMs,
        durationMs: (side === -1 ? 100 : 300) * (0.9 + 0.2 * random()),
      };
    });
    await product.send("default", { service: "api", version: side === -1 ? "1.0" : "1.1", spans, nowMs });
  }
  const logs = Array.from({ length: 5 }, () => ({
    text: "no such column",
    agoMs: -20_000,
    severityNumber: 17,
    exceptionType: "QueryError",
  }));
  await product.send("default", { service: "api", version: "1.1", logs, nowMs });
  // Steady, and of another service.
  const calm = Array.from({ length: 28 * 20 }, (_, index) => ({
    name: "GET /health",
    agoMs: (28 - Math.floor(index / 10)) * MINUTE_MS - 500,
    durationMs: 50 * (0.9 + 0.2 * random()),
  }));
  await product.send("default", { service: "calm", version: "1", spans: calm, nowMs });
}

let sent = 0;
async function post(path: string, body: unknown): Promise<void> {
  const answer = await product.ask({
    remoteAddress: `127.0.${Math.floor(++sent / 50) % 256}.1`,
    method: "POST",
    url: `${path}?project=default`,
    headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
    payload: JSON.stringify(body),
  });
  assert.equal(answer.statusCode, 200, answer.body);
}

/** Phones are slow and desktops fast, all the time; then phones come from a tenth to two thirds, and a chat widget. */
async function sendVisits(): Promise<void> {
  const random = seededRandom(11);
  const vitals: object[] = [];
  for (const side of [-1, 1] as const)
    for (let index = 0; index < 28 * 10; index++) {
      const isPhone = index % 10 < (side === -1 ? 1 : 7);
      const minutes = Math.floor(index / 10) + 0.5;
      vitals.push({
        name: "LCP",
        id: `v6-${side}-${index}`,
        value: (isPhone ? 4000 : 1500) * (0.9 + 0.2 * random()),
        timestamp: changeMs + side * minutes * MINUTE_MS,
        deviceType: isPhone ? "mobile" : "desktop",
        pageUrl: "/shop",
        sessionId: `session-${side}-${index}`,
      });
    }
  for (let from = 0; from < vitals.length; from += 100)
    await post("/api/web-vitals", vitals.slice(from, from + 100));
  for (let index = 0; index < 60; index++) {
    const isAfter = index % 2 === 1;
    const timeMs = changeMs + (isAfter ? 1 : -1) * (Math.floor(index / 2) + 0.5) * 0.8 * MINUTE_MS;
    const own = {
      origin: "http://localhost:3000",
      isThirdParty: false,
      count: 5,
      scriptCount: 2,
      transferSizeBytes: 200_000,
      durationMs: 50,
    };
    const chat = {
      origin: "https://chat.example",
      isThirdParty: true,
      count: 3,
      scriptCount: 3,
      transferSizeBytes: 300_000,
      durationMs: 80,
    };
    await post("/api/events", {
      pageUrl: "/shop",
      pageViewId: `page-view-${index}`,
      sessionId: `session-${index}`,
      items: [
        {
          type: "resources",
          timeMs: Math.round(timeMs),
          origins: isAfter ? [own, chat] : [own],
          longest: [],
        },
      ],
    });
  }
}

async function read(query: Record<string, string>): Promise<ChangesPage> {
  const range = { from: String(changeMs - 28 * MINUTE_MS), to: String(changeMs + 28 * MINUTE_MS) };
  const answer = await product.ask(
    `/api/what-changed?${new URLSearchParams({ project: "default", ...range, ...query })}`,
  );
  assert.equal(answer.statusCode, 200, answer.body);
  return changesPage.parse(answer.json());
}

const kindsOf = ({ candidates }: ChangesPage): string[] => candidates.map(({ kind }) => kind);

describe("what changed", () => {
  it("finds the moment of a slower service, and ranks the release that came with it first", async () => {
    const page = await read({ metric: "p95", service: "api" });
    const { moment } = page;
    assert.ok(moment !== null, page.reason ?? "");
    assert.ok(Math.abs(moment.atMs - changeMs) <= MINUTE_MS, `${moment.atMs - changeMs} ms off`);
    assert.deepEqual(
      [moment.isAsked, moment.verdict, moment.nBefore, moment.nAfter],
      [false, "worse", 280, 280],
    );
    assert.ok(
      Math.abs((moment.before ?? 0) - 109) < 8 && Math.abs((moment.after ?? 0) - 327) < 24,
      JSON.stringify(moment),
    );
    const [first] = page.candidates;
    assert.equal(first?.id, "release:api:1.1");
    assert.ok((first?.score ?? 0) > 0.8);
    const route = page.candidates.find(({ id }) => id === "route:api:/recommendations");
    assert.deepEqual([route?.numbers?.nAfter, route?.atMs], [84, changeMs]);
    const error = page.candidates.find(({ kind }) => kind === "error");
    assert.match(error?.title ?? "", /QueryError/);
    assert.equal(error?.numbers?.after, 5);
    const scores = page.candidates.map(({ score }) => score);
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
  });

  it("says that nothing is proved about a service that went on as before", async () => {
    const page = await read({ metric: "p95", service: "calm" });
    assert.equal(page.moment, null);
    assert.match(page.reason ?? "", /No change point is proved/);
    const asked = await read({ metric: "p95", service: "calm", at: String(changeMs) });
    assert.deepEqual([asked.moment?.verdict, asked.moment?.isAsked], ["no-change", true]);
  });

  it("says when there is not enough to tell", async () => {
    const nothing = await read({ metric: "errors", service: "nobody" });
    assert.equal(nothing.moment, null);
    assert.match(nothing.reason ?? "", /Not enough data/);
    const early = await read({ metric: "p95", service: "api", at: String(changeMs - 25 * MINUTE_MS) });
    assert.equal(early.moment?.verdict, "not-enough-data");
    assert.match(early.moment?.reason ?? "", /200 requests on each side/);
    // A cause does not follow its effect: what came half an hour after the asked moment is no candidate.
    assert.ok(!kindsOf(early).includes("release"));
  });

  it("tells other visitors from a slower page, and names what joined it", async () => {
    const page = await read({ metric: "LCP" });
    assert.equal(page.moment?.verdict, "worse");
    const devices = page.candidates.find(({ id }) => id === "traffic:device");
    assert.ok(devices !== undefined, kindsOf(page).join());
    assert.match(devices.evidence, /desktop 90 → 30 %/);
    assert.match(devices.evidence, /mobile 10 → 70 %/);
    assert.ok(devices.score > 0.8, String(devices.score));
    const chat = page.candidates.find(({ id }) => id === "third-party:https://chat.example");
    assert.deepEqual([chat?.numbers?.nBefore, chat?.numbers?.nAfter, chat?.numbers?.after], [0, 30, 300_000]);
    const weight = page.candidates.find(({ kind }) => kind === "page-weight");
    assert.deepEqual([weight?.numbers?.before, weight?.numbers?.after], [200_000, 500_000]);
    // Within one kind of device nothing changed.
    const phones = await read({ metric: "LCP", device: "desktop", at: String(changeMs) });
    assert.notEqual(phones.moment?.verdict, "worse");
    assert.ok(!phones.candidates.some(({ kind }) => kind === "traffic"));
  });

  it("does not speak of the audit log to those who may not read it", async () => {
    const page = await read({ metric: "p95" });
    assert.deepEqual(
      page.notLookedAt.map(({ kind }) => kind),
      ["configuration"],
    );
    assert.ok(!kindsOf(page).includes("configuration"));
  });

  it("offers what can be asked about, and refuses what can't", async () => {
    const page = await read({});
    assert.deepEqual([page.metric, page.services, page.pages], ["p95", ["api", "calm"], ["/shop"]]);
    const refusals: readonly (readonly [string, string])[] = [
      ["metric=FID", "invalid_query"],
      ["at=yesterday", "invalid_range"],
      ["at=99999999999999", "invalid_range"],
      ["device=toaster", "invalid_query"],
      ["range=2h", "invalid_query"],
      ["project=other", "unknown_project"],
    ];
    for (const [query, code] of refusals) {
      const answer = await product.ask(`/api/what-changed?${query}`);
      assert.equal(problem.parse(answer.json()).code, code, query);
    }
    const hostile = await read({ metric: "p95", service: "api' OR 1=1 --", route: "\u0000" });
    assert.deepEqual([hostile.moment, hostile.series.counts.some((n) => n > 0)], [null, false]);
  });
});
