import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { IngestRefusal, type IngestRequest } from "../types.ts";
import { createDecodePool, type DecodePool, type DecodePoolOptions } from "./decodePool.ts";
import { createDecoder } from "./decoder.ts";
import { encodeRequest } from "./testing/otlp.ts";
import { ingestRequest, NOW_MS } from "./testing/requests.ts";
import { webTraceRequest } from "./testing/webSpans.ts";

const FLAGS = { tail: false };
const body = encodeRequest("traces", webTraceRequest(200, NOW_MS));
const pools: DecodePool[] = [];

function open(options: DecodePoolOptions = {}): DecodePool {
  const pool = createDecodePool(options);
  pools.push(pool);
  return pool;
}

/** A request over a copy of the body, whose memory may be handed over. */
function request(bytes: Uint8Array = body): IngestRequest {
  return ingestRequest("traces", Uint8Array.from(bytes));
}

after(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
});

describe("decode pool", () => {
  it("answers as the decoder does, from many workers at once", async () => {
    const pool = open({ workers: 2 });
    const expected = createDecoder().decode(request(), FLAGS);
    const batches = await Promise.all(Array.from({ length: 20 }, () => pool.decode(request(), FLAGS)));
    for (const batch of batches) assert.deepEqual(batch, expected);
    assert.equal(pool.queuedBytes(), 0);
  });

  it("takes over memory that the body owns, and copies slices of shared memory", async () => {
    const pool = open({ workers: 1 });
    const owned = request();
    await pool.decode(owned, FLAGS);
    assert.equal(owned.body.byteLength, 0);
    const large = new Uint8Array(body.length + 10);
    large.set(body, 5);
    const slice = { ...owned, body: large.subarray(5, 5 + body.length) };
    assert.equal((await pool.decode(slice, FLAGS)).accepted, 200);
    assert.equal(large.length, body.length + 10);
    const pooled = { ...owned, body: Buffer.from(gzipSync(Buffer.alloc(3))), compression: "gzip" as const };
    await assert.rejects(pool.decode(pooled, FLAGS), { name: "IngestRefusal", kind: "malformed" });
  });

  it("hands on refusals with their kind and sentence", async () => {
    const pool = open({ workers: 1 });
    await assert.rejects(pool.decode(request(Uint8Array.from([0x0a])), FLAGS), (error) => {
      assert.ok(error instanceof IngestRefusal);
      assert.match(error.message, /^The body is not OTLP traces in protobuf/);
      return error.kind === "malformed";
    });
  });

  it("refuses when more bytes wait than there is room for, but takes one body of any size", async () => {
    const pool = open({ workers: 1, queueBytesMax: body.length + 1 });
    const first = pool.decode(request(), FLAGS);
    assert.equal(pool.queuedBytes(), body.length);
    await assert.rejects(pool.decode(request(), FLAGS), { kind: "overloaded", retryAfterSeconds: 1 });
    assert.equal((await first).accepted, 200);
    const small = open({ workers: 1, queueBytesMax: 10 });
    assert.equal((await small.decode(request(), FLAGS)).accepted, 200);
  });

  it("a worker that dies takes its own requests with it, as internal errors, and is started again", async () => {
    const crashes: Error[] = [];
    const workerEntry = new URL("./testing/crashingWorker.ts", import.meta.url);
    const pool = open({ workers: 1, workerEntry, onCrash: (error) => crashes.push(error) });
    for (let round = 1; round <= 5; round++) {
      const deadly = pool.decode(request(Uint8Array.of(0xff)), FLAGS);
      await assert.rejects(deadly, (error) => {
        assert.ok(error instanceof Error && !(error instanceof IngestRefusal));
        return error.message.startsWith("A decode worker ended: It ended with code 3");
      });
      assert.equal(crashes.length, round);
      assert.equal((await pool.decode(request(), FLAGS)).accepted, 200);
    }
    assert.equal(pool.queuedBytes(), 0);
  });

  it("requests behind one that kills the worker are answered, not forgotten", async () => {
    const workerEntry = new URL("./testing/crashingWorker.ts", import.meta.url);
    const pool = open({ workers: 2, workerEntry });
    const bodies = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? Uint8Array.of(0xff) : body));
    const outcomes = await Promise.allSettled(bodies.map((bytes) => pool.decode(request(bytes), FLAGS)));
    const taken = outcomes.filter((outcome) => outcome.status === "fulfilled").length;
    assert.ok(taken >= 1 && taken <= 20, `${taken} were taken`);
    assert.equal(pool.queuedBytes(), 0);
  });

  it("seeds the guard of every worker", async () => {
    const limits = { routesPerService: 0, namesPerService: 0 };
    const seeds = ["GET /a", "GET /b"].flatMap((value) =>
      (["route", "name"] as const).map((kind) => ({
        tenantId: "acme",
        projectId: "shop",
        service: "unknown_service",
        kind,
        value,
      })),
    );
    const span = (name: string) => ({
      traceId: Buffer.alloc(16, 1),
      spanId: Buffer.alloc(8, 1),
      kind: 2,
      name,
    });
    const spans = ["GET /a", "GET /b", "GET /c"].map(span);
    const message = encodeRequest("traces", { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const strict = open({ workers: 1, guardLimits: limits });
    assert.equal((await strict.decode(request(message), FLAGS)).overflowed, 3);
    const seeded = open({ workers: 2, guardLimits: { routesPerService: 2, namesPerService: 2 } });
    seeded.seed(seeds);
    const batches = await Promise.all([1, 2, 3, 4].map(() => seeded.decode(request(message), FLAGS)));
    for (const batch of batches) assert.equal(batch.overflowed, 1);
  });

  it("close rejects what waits and everything after it", async () => {
    const pool = open({ workers: 1 });
    const waiting = Array.from({ length: 5 }, () => pool.decode(request(), FLAGS));
    const outcomes = Promise.allSettled(waiting);
    await pool.close();
    for (const outcome of await outcomes) {
      if (outcome.status === "rejected")
        assert.equal((outcome.reason as IngestRefusal).kind, "shutting_down");
    }
    await assert.rejects(pool.decode(request(), FLAGS), { kind: "shutting_down" });
    assert.equal(pool.queuedBytes(), 0);
  });
});
