import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { problem } from "@throughline/contract";
import type { FastifyInstance, HTTPMethods, RouteOptions } from "fastify";
import { PERMISSIONS } from "../../access/index.ts";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

interface Address {
  readonly app: FastifyInstance;
  readonly route: RouteOptions;
  readonly method: HTTPMethods;
  readonly name: string;
}

const ELSEWHERE = { remoteAddress: "203.0.113.9", headers: { host: "localhost" } };

describe("every route of the running product", () => {
  let product: TestProduct;
  let addresses: Address[];
  before(async () => {
    product = await openTestProduct();
    addresses = product.apps.flatMap(({ app, routes }) =>
      routes.flatMap((route) =>
        [route.method]
          .flat()
          .map((method) => ({ app, route, method: method as HTTPMethods, name: `${method} ${route.url}` })),
      ),
    );
  });
  after(() => product.close());

  const askFromElsewhere = ({ app, route, method }: Address) =>
    app.inject({
      ...ELSEWHERE,
      method,
      url: route.url.replaceAll(/:\w+|\*/g, "x"),
    });

  test("declares a permission that exists", () => {
    assert.equal(product.apps.length, 2, "the pages' app and the OTLP app");
    for (const { app, routes } of product.apps) {
      assert.ok(routes.length > 0);
      for (const { method, url } of routes)
        for (const each of [method].flat())
          assert.ok(app.hasRoute({ method: each as HTTPMethods, url }), url);
    }
    for (const { route, name } of addresses)
      assert.ok(Object.hasOwn(PERMISSIONS, route.config?.permission ?? "none"), name);
  });

  test("refuses another machine with a problem that says what to do, unless it is public", async () => {
    const guarded = addresses.filter(({ route }) =>
      ["telemetry:read", "system:read"].includes(route.config?.permission ?? ""),
    );
    assert.ok(guarded.length >= 20, `${guarded.length} addresses`);
    for (const address of guarded) {
      const answer = await askFromElsewhere(address);
      assert.equal(answer.statusCode, 401, address.name);
      assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/, address.name);
      if (address.method === "HEAD") continue;
      const { code, status, detail } = problem.parse(answer.json());
      assert.deepEqual([code, status], ["setup_required", 401], address.name);
      assert.match(detail ?? "", /\/setup/, address.name);
    }
  });

  test("that takes telemetry wants a key from another machine, and says so in OTLP's own words", async () => {
    const ingest = addresses.filter(
      ({ route }) => route.config?.permission === "ingest:write" && route.url.startsWith("/v1/"),
    );
    const posts = ingest.filter(({ method }) => method === "POST");
    assert.equal(posts.length, 6, "three signals on two ports");
    for (const address of ingest) {
      const answer = await askFromElsewhere(address);
      if (address.method === "POST") {
        assert.equal(answer.statusCode, 401, address.name);
        assert.equal(answer.headers["www-authenticate"], "Bearer", address.name);
        assert.match(answer.body, /Without a key only this machine may send/, address.name);
      } else {
        assert.equal(answer.statusCode, 405, address.name);
        assert.equal(answer.headers["allow"], "POST", address.name);
      }
    }
  });

  test("that takes what pages send wants a key of that page", async () => {
    const ingest = addresses.filter(
      ({ route }) => route.config?.permission === "ingest:write" && !route.url.startsWith("/v1/"),
    );
    const methods = ["OPTIONS", "OPTIONS", "OPTIONS", "OPTIONS", "POST", "POST", "POST", "POST"];
    assert.deepEqual(ingest.map(({ method }) => method).toSorted(), methods);
    for (const address of ingest) {
      const answer = await askFromElsewhere(address);
      // The product's own pages need no key, and no key helps others there.
      const isForKeys = address.method === "POST" && !address.route.url.startsWith("/own/");
      assert.equal(answer.statusCode, isForKeys ? 401 : 403, address.name);
      assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/, address.name);
      assert.equal(answer.headers["access-control-allow-origin"], undefined, address.name);
    }
  });

  test("that is public and changes nothing answers another machine", async () => {
    const open = addresses.filter(
      ({ route, method }) => route.config?.permission === "public" && (method === "GET" || method === "HEAD"),
    );
    assert.ok(open.length >= 6, `${open.length} addresses`);
    for (const address of open) {
      const answer = await askFromElsewhere(address);
      const isRefused = [401, 403].includes(answer.statusCode) || answer.statusCode >= 500;
      assert.equal(isRefused, false, `${address.name}: ${answer.statusCode}`);
    }
  });

  test("is refused through a proxy, a foreign name and a foreign page as well", async () => {
    const reads = addresses.filter(
      ({ route, method }) => method === "GET" && route.config?.permission === "telemetry:read",
    );
    for (const { app, route, name } of reads) {
      for (const headers of [
        { host: "localhost", "x-forwarded-for": "127.0.0.1" },
        { host: "evil.example" },
        { host: "localhost", origin: "https://evil.example" },
      ]) {
        const answer = await app.inject({ url: route.url.replaceAll(/:\w+|\*/g, "x"), headers });
        assert.equal(answer.statusCode, 401, `${name} with ${JSON.stringify(headers)}`);
      }
    }
  });
});
