import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openInsightRig, type InsightRig } from "../testRig.ts";
import { readTrace } from "./index.ts";

const SHOP = { tenantId: "acme", projectId: "shop" };
const id = (number: number): string => number.toString(16).padStart(32, "0");

describe("reading a trace", { timeout: 120_000 }, () => {
  let rig: InsightRig;
  before(async () => {
    rig = await openInsightRig();
  });
  after(() => rig.close());

  /** Sends spans of one trace as an SDK would, with attributes of both generations of the conventions. */
  async function sendTrace(traceId: string, startMs: number): Promise<void> {
    const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const body = {
      resourceSpans: [
        {
          resource: { attributes: [text("service.name", "shop-api"), text("service.version", "1.2.3")] },
          scopeSpans: [
            {
              scope: { name: "test" },
              spans: [
                {
                  traceId,
                  spanId: "00000000000000a1",
                  name: "POST /orders",
                  kind: 2,
                  startTimeUnixNano: nanos(startMs),
                  endTimeUnixNano: nanos(startMs + 40),
                  status: { code: 2, message: "no stock" },
                  attributes: [text("http.request.method", "POST"), text("http.route", "/orders")],
                  events: [
                    {
                      timeUnixNano: nanos(startMs + 30),
                      name: "exception",
                      attributes: [text("exception.type", "StockError")],
                    },
                  ],
                  links: [{ traceId: id(0xbeef), spanId: "00000000000000ff" }],
                },
                {
                  traceId,
                  spanId: "00000000000000a2",
                  parentSpanId: "00000000000000a1",
                  name: "SELECT",
                  kind: 3,
                  startTimeUnixNano: nanos(startMs + 5),
                  endTimeUnixNano: nanos(startMs + 25),
                  attributes: [text("db.system", "postgresql"), text("db.statement", "SELECT 1")],
                },
              ],
            },
          ],
        },
      ],
    };
    await rig.ingest.accept({
      sender: { ...SHOP, keyId: "key" },
      signal: "traces",
      encoding: "json",
      compression: "identity",
      body: Buffer.from(JSON.stringify(body)),
      receivedAtMs: Date.now(),
    });
    await rig.stored();
  }

  test("gives back what was sent: tree, promoted attributes, events, links, logs", async () => {
    const traceId = id(1);
    // Everything within one second and not at its edge: bounds of a second must not lose it.
    const startMs = Math.floor(Date.now() / 1000) * 1000 - 5000 + 400;
    await rig.send(SHOP, {
      service: "shop-api",
      logs: [{ text: "out of stock", severityNumber: 17, traceId, spanId: "00000000000000a1", agoMs: 0 }],
      nowMs: startMs + 31,
    });
    await sendTrace(traceId, startMs);
    const trace = await readTrace(rig.store.scoped(SHOP), traceId);
    assert.ok(trace !== null);
    const [root, query] = trace.spans;
    assert.equal(trace.spans.length, 2);
    assert.equal(trace.rootName, "POST /orders");
    assert.equal(trace.startMs, startMs);
    assert.equal(trace.durationMs, 40);
    assert.equal(trace.errorCount, 1);
    assert.equal(root?.statusMessage, "no stock");
    assert.equal(root?.selfMs, 20);
    assert.deepEqual(root?.attributes, { "http.request.method": "POST", "http.route": "/orders" });
    assert.deepEqual(root?.resource, { "service.name": "shop-api", "service.version": "1.2.3" });
    assert.deepEqual(
      root?.events.map(({ timeMs, name, attributes }) => [
        timeMs - startMs,
        name,
        attributes["exception.type"],
      ]),
      [[30, "exception", "StockError"]],
    );
    assert.deepEqual(
      root?.links.map(({ traceId: linked, spanId }) => [linked, spanId]),
      [[id(0xbeef), "00000000000000ff"]],
    );
    assert.equal(query?.depth, 1);
    assert.equal(query?.attributes["db.system.name"], "postgresql");
    assert.equal(query?.attributes["db.query.text"], "SELECT ?");
    assert.deepEqual(
      trace.logs.map(({ body, severity, spanId }) => [body, severity, spanId]),
      [["out of stock", "error", "00000000000000a1"]],
    );
  });

  test("finds nothing of another tenant or project, and nothing unknown", async () => {
    const traceId = id(2);
    await sendTrace(traceId, Date.now() - 2000);
    assert.ok((await readTrace(rig.store.scoped(SHOP), traceId)) !== null);
    for (const scope of [
      { tenantId: "globex", projectId: "shop" },
      { tenantId: "acme", projectId: "other" },
    ]) {
      assert.equal(await readTrace(rig.store.scoped(scope), traceId), null);
    }
    assert.equal(await readTrace(rig.store.scoped(SHOP), id(0xdead)), null);
  });

  test("of more spans than are shown has the details of those that are", async () => {
    const traceId = id(3);
    await rig.send(SHOP, {
      service: "batch",
      spans: Array.from({ length: 6000 }, (_, index) => ({
        name: "step",
        kind: 1,
        agoMs: 10_000 - index,
        isError: index === 5999,
        traceId,
      })),
    });
    await rig.stored();
    const trace = await readTrace(rig.store.scoped(SHOP), traceId);
    assert.equal(trace?.spans.length, 5000);
    assert.equal(trace?.hiddenSpans, 1000);
    assert.ok(
      trace?.spans.some(({ status }) => status === "error"),
      "the failed one is kept",
    );
    assert.equal(trace?.spans[0]?.resource["service.name"], "batch");
  });
});
