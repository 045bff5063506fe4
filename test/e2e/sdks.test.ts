/** Real SDKs in, real answers out: over every protocol, through the running product. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ServiceList, ServicePage, TailPage, Trace } from "@throughline/contract";
import { startProduct, type Product } from "../harness/product.ts";
import { PROTOCOLS, startApp } from "../harness/sdk.ts";
import { until } from "../harness/until.ts";

describe("an application with the OpenTelemetry SDK", () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(async () => {
    assert.equal(await product.stop(), 0, product.output());
  });

  for (const protocol of PROTOCOLS) {
    test(`is seen over ${protocol}: services, routes, errors, traces, logs, metrics`, async () => {
      const service = `shop-${protocol.replace("/", "-")}`;
      const app = startApp(product, service, protocol);
      const failed = app.handle("/carts/{id}", "failed");
      for (let i = 0; i < 9; i++) app.handle("/carts/{id}", "ok");
      await app.flush();

      const row = await until(`${service} is listed`, async () => {
        const { services } = await product.get<ServiceList>("/api/services?project=default");
        return services.find(
          (each) => each.service === service && each.requests === 10 && each.spans === 20 && each.logs === 10,
        );
      });
      assert.equal(row.errorRatio, 0.1);
      assert.deepEqual(row.releases, ["1.2.3"]);

      const page = await until(`${service}'s metrics are there`, async () => {
        const found = await product.get<ServicePage>(`/api/services/${service}?project=default`);
        return found.metrics.length === 2 ? found : null;
      });
      assert.deepEqual(
        page.routes.map(({ route, requests, errors }) => ({ route, requests, errors })),
        [{ route: "GET /carts/{id}", requests: 10, errors: 1 }],
      );
      assert.deepEqual(page.metrics.map(({ metric }) => metric).toSorted(), [
        "shop.latency",
        "shop.requests",
      ]);
      assert.equal(page.errors[0]?.type, "TypeError");

      const trace = await product.get<Trace>(`/api/traces/${failed.traceId}`);
      assert.deepEqual(
        trace.spans.map(({ name, parentSpanId }) => ({ name, parentSpanId })),
        [
          { name: "GET /carts/{id}", parentSpanId: null },
          { name: "SELECT carts", parentSpanId: failed.serverSpanId },
        ],
      );
      assert.equal(trace.errorCount, 1);
      assert.deepEqual(
        trace.logs.map(({ body, spanId }) => ({ body, spanId })),
        [{ body: "handled /carts/{id}", spanId: failed.serverSpanId }],
      );

      const tail = await product.get<TailPage>(`/api/tail?project=default&kind=log&service=${service}`);
      assert.equal(tail.items.length, 10);
      await app.close();
    });
  }
});
