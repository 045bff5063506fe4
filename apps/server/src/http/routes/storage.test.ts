import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { storageReport } from "@throughline/contract";
import { until } from "../../../../../test/harness/until.ts";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

let product: TestProduct;
before(async () => {
  product = await openTestProduct({ THROUGHLINE_SELF_TELEMETRY: "off" });
});
after(() => product.close());

test("GET /api/storage counts what was stored, is kept a minute here and never elsewhere", async () => {
  await product.send("default", { spans: Array.from({ length: 40 }, (_, index) => ({ name: `${index}` })) });
  await until("the spans are readable", async () => {
    const answer = await product.ask("/api/services?project=default");
    return answer.body.includes('"web"');
  });
  const answer = await product.ask("/api/storage");
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.headers["cache-control"], "no-store");
  const body: unknown = answer.json();
  const report = storageReport.parse(body);
  assert.deepEqual(report, body, "nothing beyond the contract");
  const spans = report.tables.find(({ table }) => table === "spans");
  assert.equal(spans?.rows, 40);
  assert.ok(spans.sizeBytes > 0);
  assert.match(spans.growth.whyUnknown ?? "", /0 h old/);
  const again = storageReport.parse((await product.ask("/api/storage")).json());
  assert.equal(again.measuredAtMs, report.measuredAtMs);
});
