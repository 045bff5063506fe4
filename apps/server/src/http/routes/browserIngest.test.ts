/** `POST /api/web-vitals` and `POST /api/events` on the product as main.ts composes it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { webVitalsAnswer } from "@throughline/contract";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

let product: TestProduct;
before(async () => {
  product = await openTestProduct();
});
after(() => product.close());

const ORIGIN = "http://localhost:5173";

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return product.ask({
    method: "POST",
    url: path,
    headers: { "content-type": "text/plain;charset=UTF-8", origin: ORIGIN, ...headers },
    payload: typeof body === "string" ? body : JSON.stringify(body),
  });
}

let ids = 0;
const vital = (more: object = {}) => ({ name: "LCP", value: 1234, id: `v6-${++ids}`, pageUrl: "/", ...more });

describe("POST /api/web-vitals", () => {
  it("answers the example of the contract", async () => {
    const example = {
      name: "LCP",
      value: 3245,
      rating: "needs-improvement",
      delta: 45,
      id: "v4-1234567890",
      navigationType: "navigate",
      pageUrl: "/inventory",
      timestamp: 1697385600000,
    };
    const answer = await post("/api/web-vitals", [{ ...example, timestamp: Date.now() }]);
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json(), {
      ok: true,
      received: 1,
      alerts: [{ metric: "LCP", value: 3245, severity: "medium", action: "Monitor for further degradation" }],
    });
    assert.equal(answer.headers["access-control-allow-origin"], ORIGIN);
    assert.match(String(answer.headers["vary"]), /origin/);
    // Word for word it is of 2023, which is not kept that long.
    const old = await post("/api/web-vitals", [example]);
    assert.equal(old.statusCode, 400);
    assert.match(old.json().detail, /retention/);
  });

  it("takes every content type that sendBeacon has, and a server's", async () => {
    for (const type of ["text/plain;charset=UTF-8", "application/json", "application/octet-stream"]) {
      const answer = await post("/api/web-vitals", [vital()], { "content-type": type });
      assert.equal(answer.statusCode, 200, type);
    }
    const refused = await post("/api/web-vitals", [vital()], { "content-type": "application/xml" });
    assert.equal(refused.statusCode, 415);
    assert.equal(refused.json().code, "unsupported_media_type");
  });

  it("believes no rating, and says what is poor and what is beyond", async () => {
    const answer = await post("/api/web-vitals", [
      vital({ value: 5000, rating: "good", pageUrl: "https://shop.example/p/4711?secret=1" }),
      vital({ value: 9000 }),
      vital({ value: 100, rating: "poor" }),
    ]);
    const { alerts } = webVitalsAnswer.parse(answer.json());
    assert.deepEqual(
      alerts.map(({ severity }) => severity),
      ["high", "critical"],
    );
    assert.match(alerts[0]?.action ?? "", /page=%2Fp%2F%3Aid says/);
  });

  it("refuses what is forged or absurd item by item, with its reason, and keeps the rest", async () => {
    const day = 86_400_000;
    const bad: readonly [Record<string, unknown>, string, RegExp][] = [
      [vital({ value: -1 }), "invalid", /value/],
      [vital({ value: null }), "invalid", /value/],
      [vital({ value: "12" }), "invalid", /value/],
      [vital({ value: 4e6 }), "invalid", /value/],
      [vital({ name: "CLS", value: 101 }), "invalid", /CLS/],
      [vital({ name: "FID" }), "invalid", /name/],
      [vital({ id: "'; drop table" }), "invalid", /id/],
      [vital({ id: "" }), "invalid", /id/],
      [vital({ pageUrl: "javascript:alert(1)" }), "invalid", /pageUrl/],
      [vital({ pageUrl: "//evil.example/x" }), "invalid", /pageUrl/],
      [vital({ navigationType: "teleport" }), "invalid", /navigationType/],
      [vital({ traceId: "xyz" }), "invalid", /traceId/],
      [vital({ timestamp: Date.now() + 2 * 3_600_000 }), "future_time", /future/],
      [vital({ timestamp: Date.now() - 31 * day }), "expired_time", /retention/],
      [vital({ timestamp: 1.5 }), "invalid", /timestamp/],
    ];
    const answer = await post("/api/web-vitals", [...bad.map(([item]) => item), null, 7, "x", vital()]);
    assert.equal(answer.statusCode, 200);
    const { received, refused = [] } = webVitalsAnswer.parse(answer.json());
    assert.equal(received, 1);
    assert.equal(refused.length, bad.length + 3);
    for (const [index, [, reason, detail]] of bad.entries()) {
      assert.equal(refused[index]?.index, index);
      assert.equal(refused[index]?.reason, reason);
      assert.match(refused[index]?.detail ?? "", detail);
    }
  });

  it("refuses a body of which nothing can be taken", async () => {
    for (const [body, detail] of [
      ["", /JSON/i],
      ["[", /JSON/i],
      ["{}", /array/],
      ["[]", /1 to 100/],
      [JSON.stringify(Array.from({ length: 101 }, () => vital())), /1 to 100/],
      ['[{"name":"LCP","value":NaN}]', /JSON/i],
      ['[{"name":"LCP","value":1e999,"id":"a","pageUrl":"/"}]', /value/],
      ["[".repeat(100_000), /JSON/i],
    ] as const) {
      const answer = await post("/api/web-vitals", body);
      assert.equal(answer.statusCode, 400, body.slice(0, 40));
      assert.equal(answer.json().code, "invalid_input");
      assert.match(answer.json().detail, detail);
    }
    const large = await post("/api/web-vitals", " ".repeat(257 * 1024));
    assert.equal(large.statusCode, 413);
    assert.match(large.json().detail, /256 KiB/);
  });

  it("without a key takes pages of this machine only", async () => {
    const from = (origin: string | undefined, more: Record<string, string> = {}) => {
      const headers: Record<string, string> = { host: "localhost", "content-type": "text/plain", ...more };
      if (origin !== undefined) headers["origin"] = origin;
      return product.ask({
        method: "POST",
        url: "/api/web-vitals",
        headers,
        payload: JSON.stringify([vital()]),
      });
    };
    for (const origin of [undefined, "http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:80"])
      assert.equal((await from(origin)).statusCode, 200, String(origin));
    for (const [origin, more] of [
      ["https://evil.example", {}],
      ["null", {}],
      ["http://localhost.evil.example", {}],
      ["http://localhost@evil.example", {}],
      ["https://evil.example", { "sec-fetch-site": "same-origin" }],
      [undefined, { "sec-fetch-site": "cross-site" }],
      ["http://localhost:3000", { host: "evil.example" }],
      ["http://localhost:3000", { "x-forwarded-for": "203.0.113.7" }],
    ] as const) {
      const answer = await from(origin, more);
      assert.equal(answer.statusCode, 401, `${origin} ${JSON.stringify(more)}`);
      assert.equal(answer.json().code, "ingest_key_refused");
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
    }
  });
});
