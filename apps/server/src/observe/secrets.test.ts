import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { tailPage } from "@throughline/contract";
import { startProduct, type Product } from "../../../../test/harness/product.ts";
import { until } from "../../../../test/harness/until.ts";

const KEY = /tl_ingest_\S+/;
const SECRETS = ["tl_ingest_wrong-but-secret", "secret-cookie", "secret-in-query", "secret-searched-for"];

describe("what a request proves itself with, and what it asks for", () => {
  let product: Product;
  let key: string;
  let printedBefore: number;
  before(async () => {
    product = await startProduct({ env: { THROUGHLINE_LOG_LEVEL: "trace" } });
    key = KEY.exec(product.output())?.[0] ?? "";
    assert.match(key, KEY, "the first start prints a key");
    printedBefore = product.output().split(key).length - 1;
    const headers = { cookie: "session=secret-cookie", "content-type": "application/json" };
    const send = (given: Record<string, string>, body: string) =>
      fetch(`${product.otlpUrl}/v1/logs`, { method: "POST", headers: { ...headers, ...given }, body });
    const statuses = [
      (await send({ authorization: `Bearer ${key}` }, "{}")).status,
      (await send({ authorization: `Bearer ${key}` }, "{broken")).status,
      (await send({ "x-throughline-key": "tl_ingest_wrong-but-secret" }, "{}")).status,
      (await send({ authorization: "Basic tl_ingest_wrong-but-secret" }, "{}")).status,
      (await fetch(`${product.url}/nowhere?token=secret-in-query`, { headers })).status,
      (await fetch(`${product.url}/api/tail?project=default&q=secret-searched-for`, { headers })).status,
      (await fetch(`${product.url}/api/overview?range=secret-in-query`, { headers })).status,
    ];
    assert.deepEqual(statuses, [200, 400, 401, 401, 404, 200, 400]);
  });
  after(() => product.stop());

  test("never shows in the product's own telemetry", async () => {
    const own = await until("the requests' own spans are stored", async () => {
      const page = tailPage.parse(await product.get("/api/tail?project=throughline"));
      const names = new Set(page.items.map(({ text }) => text));
      return ["POST /v1/logs", "GET /api/tail", "GET /api/overview"].every((name) => names.has(name)) && page;
    });
    const traces = new Set(own.items.map(({ traceId }) => traceId).filter((id) => id !== ""));
    const texts = [JSON.stringify(own.items)];
    for (const id of traces) texts.push(JSON.stringify(await product.get(`/api/traces/${id}`)));
    const told = texts.join("\n");
    for (const expected of ["/api/tail", "tail.logs", "positionCaseInsensitiveUTF8"])
      assert.ok(told.includes(expected), expected);
    for (const secret of [...SECRETS, key]) assert.ok(!told.includes(secret), secret);
  });

  test("never shows in the log, however much of it is written", () => {
    const output = product.output();
    assert.ok(output.includes("Throughline is ready."), "the log is there");
    for (const secret of SECRETS) assert.ok(!output.includes(secret), secret);
    assert.equal(output.split(key).length - 1, printedBefore, "the key is printed at the first start only");
  });
});
