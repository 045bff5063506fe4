/** The service map against calls counted one by one from what was sent. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { resolveRange, serviceMap } from "@throughline/contract";
import { openInsightRig, type InsightRig, type SentSpan } from "../testRig.ts";
import { readServiceMap } from "./readServiceMap.ts";

const SHOP = { tenantId: "acme", projectId: "shop" };
const CALLS = 40;
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0");

describe("the service map", { timeout: 120_000 }, () => {
  let rig: InsightRig;
  const nowMs = Date.now();
  const read = async (scope = SHOP) =>
    serviceMap.parse(
      await readServiceMap(rig.store.scoped(scope), resolveRange({ range: "1h" }, nowMs), nowMs),
    );

  before(async () => {
    rig = await openInsightRig();
    const web: SentSpan[] = [];
    const api: SentSpan[] = [];
    for (let n = 0; n < CALLS; n++) {
      const traceId = hex(n + 1, 32);
      const own = { traceId, agoMs: 60_000 + n };
      const isError = n % 8 === 0;
      web.push({ ...own, name: "GET /", kind: 2, spanId: hex(n * 10 + 1, 16), durationMs: 90 });
      web.push({
        ...own,
        name: "GET",
        kind: 3,
        spanId: hex(n * 10 + 2, 16),
        parentSpanId: hex(n * 10 + 1, 16),
        durationMs: 80,
      });
      api.push({
        ...own,
        name: "GET /items",
        kind: 2,
        spanId: hex(n * 10 + 3, 16),
        parentSpanId: hex(n * 10 + 2, 16),
        durationMs: 50,
        isError,
      });
      // A call to itself is no edge, two statements are calls of one.
      api.push({
        ...own,
        name: "GET /items again",
        kind: 2,
        spanId: hex(n * 10 + 4, 16),
        parentSpanId: hex(n * 10 + 3, 16),
        durationMs: 10,
      });
      for (const each of [5, 6])
        api.push({
          ...own,
          name: "SELECT",
          kind: 3,
          spanId: hex(n * 10 + each, 16),
          parentSpanId: hex(n * 10 + 3, 16),
          durationMs: 20,
          attributes: { "db.system.name": "postgresql", "db.namespace": "shop" },
        });
    }
    // Whose caller never came.
    api.push({
      name: "GET /lost",
      kind: 2,
      traceId: hex(999, 32),
      spanId: hex(9999, 16),
      parentSpanId: hex(1, 16),
    });
    await rig.send(SHOP, { service: "web", nowMs, spans: web });
    await rig.send(SHOP, { service: "api", nowMs, spans: api });
    await rig.send({ ...SHOP, projectId: "other" }, { service: "api", nowMs, spans: api });
    await rig.stored();
  });
  after(() => rig.close());

  test("has each pair once, with its calls, failures and durations", async () => {
    const { calls, fromMs } = await read();
    assert.deepEqual(
      calls.map(({ caller, callee, kind, calls: n, errorRatio }) => [caller, callee, kind, n, errorRatio]),
      [
        ["api", "postgresql shop", "database", CALLS * 2, 0],
        ["web", "api", "service", CALLS, 1 / 8],
      ],
    );
    const seconds = (nowMs - fromMs) / 1000;
    for (const [at, durationMs] of [20, 50].entries()) {
      const call = calls[at];
      assert.ok(call !== undefined && call.p95Ms !== null);
      assert.ok(Math.abs(call.p95Ms / durationMs - 1) < 0.095, String(call.p95Ms));
      assert.ok(Math.abs(call.callsPerSecond - call.calls / seconds) < 1e-9);
    }
  });

  test("callers of another project are unknown", async () => {
    const { calls } = await read({ ...SHOP, projectId: "other" });
    assert.deepEqual(
      calls.map(({ callee }) => callee),
      ["postgresql shop"],
    );
    assert.deepEqual((await read({ ...SHOP, projectId: "none" })).calls, []);
  });
});
