/** `/api/errors` on the product as main.ts composes it, against what was sent. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { errorList, errorPage, type ErrorList, type ErrorPage } from "@throughline/contract";
import { until } from "../../../../../test/harness/until.ts";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

let product: TestProduct;

before(async () => {
  product = await openTestProduct();
  await product.send("default", {
    service: "shop-api",
    version: "1.0",
    logs: [
      { text: "boom", exceptionType: "TypeError" },
      { text: "bust", exceptionType: "RangeError" },
    ],
  });
  const answer = await product.ask({
    method: "POST",
    url: "/api/events?project=default",
    headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
    payload: JSON.stringify({
      sessionId: "session-one",
      pageViewId: "view-one-1",
      pageUrl: "http://localhost:3000/cart",
      deviceType: "desktop",
      release: "7.7",
      items: [
        {
          type: "error",
          timeMs: Date.now() - 1000,
          name: "TypeError",
          message: "x is not a function",
          stack: "TypeError: x is not a function\n    at buy (http://localhost:3000/app.js:3:14)",
          isHandled: false,
        },
      ],
    }),
  });
  assert.equal(answer.statusCode, 200, answer.body);
  await until("all three are listed", async () => (await list()).totals.groups === 3);
});
after(() => product.close());

async function list(query = ""): Promise<ErrorList> {
  const answer = await product.ask(`/api/errors?project=default${query}`);
  assert.equal(answer.statusCode, 200, answer.body);
  return errorList.parse(answer.json());
}

async function one(fingerprint: string): Promise<ErrorPage> {
  const answer = await product.ask(`/api/errors/${fingerprint}?project=default`);
  assert.equal(answer.statusCode, 200, answer.body);
  return errorPage.parse(answer.json());
}

describe("errors over HTTP", () => {
  it("tell of a browser's error where it was, in which visit, in which release", async () => {
    const { errors } = await list("&source=browser");
    assert.equal(errors.length, 1);
    const found = await one(errors[0]?.fingerprint ?? "");
    assert.equal(found.error.sessions, 1);
    assert.equal(found.error.unhandled, 1);
    assert.deepEqual(found.routes, [{ route: "/cart", count: 1 }]);
    const [occurrence] = found.occurrences;
    assert.equal(occurrence?.sessionId, "session-one");
    assert.equal(occurrence?.frames[0]?.functionName, "buy");
    assert.equal(occurrence?.frames[0]?.line, 3);
    assert.deepEqual(
      found.releases.map(({ release }) => release),
      ["7.7"],
    );
  });

  it("are told when they are new", async () => {
    await until("all three are told", async () => (await list()).events.length === 3);
    const { events } = await list();
    assert.deepEqual(new Set(events.map(({ kind }) => kind)), new Set(["first-seen"]));
  });

  it("can't be decided by whoever only looks", async () => {
    const { errors } = await list();
    const answer = await product.ask({
      method: "POST",
      url: `/api/errors/${errors[0]?.fingerprint}/state`,
      payload: { project: "default", status: "resolved" },
    });
    assert.ok([401, 403].includes(answer.statusCode), answer.body);
    assert.equal((await list("&state=resolved")).errors.length, 0);
  });

  it("refuse what is no error, no filter and no cursor with a sentence", async () => {
    const refused: readonly (readonly [string, number, string])[] = [
      ["/api/errors/0?project=default", 404, "unknown_error"],
      ["/api/errors/18446744073709551615?project=default", 404, "unknown_error"],
      ["/api/errors/18446744073709551616?project=default", 400, "invalid_query"],
      ["/api/errors/-1?project=default", 400, "invalid_query"],
      ["/api/errors/1e3?project=default", 400, "invalid_query"],
      ["/api/errors/1;DROP?project=default", 400, "invalid_query"],
      ["/api/errors?project=default&state=gone", 400, "invalid_query"],
      ["/api/errors?project=default&sort=count)--", 400, "invalid_query"],
      ["/api/errors?project=default&limit=0", 400, "invalid_query"],
      ["/api/errors?project=default&cursor=eyJhIjoxfQ", 400, "invalid_cursor"],
      ["/api/errors?project=nowhere", 404, "unknown_project"],
    ];
    for (const [url, status, code] of refused) {
      const answer = await product.ask(url);
      assert.equal(answer.statusCode, status, `${url}: ${answer.body}`);
      assert.equal(answer.json().code, code, url);
      assert.ok(answer.json().detail.length > 10, url);
    }
    assert.equal((await list("&q=%27%29%20OR%201%3D1")).errors.length, 0);
    assert.equal((await list("&service=%00%ff")).errors.length, 0);
  });
});
