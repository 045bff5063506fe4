import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { logs, metrics, ProxyTracerProvider, trace } from "@opentelemetry/api";
import { liveTail } from "@throughline/contract";
import { until } from "../../../../test/harness/until.ts";
import { openTestProduct, type TestProduct } from "../http/testProduct.ts";

/** Exports what the providers of this process have gathered. */
async function flush(): Promise<void> {
  const tracers = trace.getTracerProvider();
  const providers: unknown[] = [
    tracers instanceof ProxyTracerProvider ? tracers.getDelegate() : tracers,
    metrics.getMeterProvider(),
    logs.getLoggerProvider(),
  ];
  let flushed = 0;
  for (const provider of providers) {
    const isReal = typeof provider === "object" && provider !== null && "forceFlush" in provider;
    if (!isReal || typeof provider.forceFlush !== "function") continue;
    await provider.forceFlush();
    flushed += 1;
  }
  assert.ok(flushed >= 2, "spans and metrics are gathered here");
}

interface Viewer {
  /** Events of a topic so far. */
  count(topic: string): number;
  /** Names of the spans that came, in order. */
  spans(): string[];
  close(): void;
}

/** Looks at live pages as a browser does. */
async function openViewer(product: TestProduct, query: string): Promise<Viewer> {
  const address = product.apps[0]?.app.server.address();
  assert.ok(typeof address === "object" && address !== null);
  const closing = new AbortController();
  const response = await fetch(`http://127.0.0.1:${address.port}/api/admin/dashboard/stream?${query}`, {
    signal: closing.signal,
  });
  assert.equal(response.status, 200);
  assert.ok(response.body !== null);
  let text = "";
  const reading = (async (body: AsyncIterable<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  })(response.body);
  // It ends with its abortion, or the test does before.
  reading.catch(() => {});
  const dataOf = (topic: string): string[] =>
    text.split("\n\n").flatMap((block) => {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      return block.includes(`event: ${topic}\n`) && data !== undefined ? [data] : [];
    });
  return {
    count: (topic) => dataOf(topic).length,
    spans: () =>
      dataOf("tail").flatMap((data) => liveTail.parse(JSON.parse(data)).items.map((item) => item.text)),
    close: () => closing.abort(),
  };
}

describe("the product that watches itself", () => {
  let product: TestProduct;
  before(async () => {
    product = await openTestProduct();
  });
  after(() => product.close());

  test("makes no spans of storing its own telemetry and of showing it live", async () => {
    await flush();
    const viewer = await openViewer(
      product,
      "project=throughline&topics=overview,service,system,tail&service=throughline&kind=span",
    );
    await until("the live pages have their first answers", async () =>
      ["overview", "service", "system"].every((topic) => viewer.count(topic) > 0),
    );
    const rounds = 5;
    for (let round = 0; round < rounds; round++) {
      const before = viewer.count("overview");
      // Metrics at least; stored, they make the live pages ask their questions again.
      await flush();
      await until("the live overview was asked again", async () => viewer.count("overview") > before);
    }
    // Whatever spans those rounds had made would come before this one.
    assert.equal((await product.ask("/livez")).statusCode, 200);
    await flush();
    await until("the span of the one request came", async () => viewer.spans().includes("GET /livez"));
    assert.deepEqual(viewer.spans(), ["GET /livez"]);
    viewer.close();
  });

  test("makes the same few spans of each read, however often it is asked", async () => {
    const viewer = await openViewer(product, "project=throughline&topics=tail&kind=span");
    const seenAfter = async (marker: string): Promise<string[]> => {
      await product.ask(marker);
      await flush();
      return await until(`the span of ${marker} came`, async () => {
        const names = viewer.spans();
        return names.includes(`GET ${marker}`) && names;
      });
    };
    await product.ask("/api/services?project=throughline");
    const first = await seenAfter("/startupz");
    assert.ok(first.includes("GET /api/services"), first.join());
    assert.ok(first.length < 20, first.join());
    await product.ask("/api/services?project=throughline");
    const second = (await seenAfter("/readyz")).slice(first.length);
    assert.deepEqual(
      second.filter((name) => name !== "GET /readyz").toSorted(),
      first.filter((name) => name !== "GET /startupz").toSorted(),
    );
    viewer.close();
  });

  test("makes at most one span a second of the telemetry that others send", async () => {
    const viewer = await openViewer(product, "project=throughline&topics=tail&kind=span");
    const startedMs = performance.now();
    const requests = 60;
    for (let sent = 0; sent < requests; sent++)
      await product.send("default", { spans: [{ name: `request ${sent}` }] });
    const seconds = (performance.now() - startedMs) / 1000;
    await product.ask("/livez");
    await flush();
    await until("the span of the last request came", async () => viewer.spans().includes("GET /livez"));
    const spans = viewer.spans().filter((name) => name === "POST /v1/traces");
    assert.ok(spans.length >= 1);
    assert.ok(spans.length <= seconds + 1, `${spans.length} spans in ${seconds} s`);
    viewer.close();
  });
});
