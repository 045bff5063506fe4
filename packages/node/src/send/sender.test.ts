/** The way out, against servers that do not behave. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { startReceiver, type Answer } from "../../testing/receiver.ts";
import { OtlpSender } from "./sender.ts";
import type { Encoding } from "./post.ts";
import { SpanSink } from "./spanSink.ts";

const SAMPLING = { fastTraceRatio: 1, fastQueryRatio: 1, slowRequestMs: 1000, slowQueryMs: 100 };

async function open(
  answer: (index: number) => Answer = () => ({ status: 200 }),
  { encoding = "zstd" as Encoding, queueBytes = 1e6 } = {},
) {
  const receiver = await startReceiver(answer);
  const warnings: string[] = [];
  const target = (signal: string) => ({
    url: `${receiver.url}/v1/${signal}`,
    headers: { "x-key": "k" },
    timeoutMs: 10_000,
  });
  const sender = new OtlpSender({
    targets: { traces: target("traces"), metrics: target("metrics"), logs: target("logs") },
    encoding,
    queueBytes,
    warn: (text) => warnings.push(text),
  });
  const resource = resourceFromAttributes({ "service.name": "shop" });
  const sink = new SpanSink(sender, {
    resource,
    sampling: SAMPLING,
    delayMs: 3_600_000,
    batchSpans: 10,
    warn: assert.fail,
  });
  const tracer = new TracerProvider({ resource, spanProcessors: [sink] }).getTracer("test");
  return {
    receiver,
    sender,
    warnings,
    sink,
    make: (count: number, text = "") => {
      for (let i = 0; i < count; i++) tracer.startSpan(`span ${i}`, { attributes: { text } }).end();
    },
    close: async () => {
      sender.close();
      await receiver.close();
    },
  };
}

for (const encoding of ["zstd", "gzip", "none"] as const) {
  test(`sends all that ended, with ${encoding}`, async (t) => {
    const { receiver, sender, make, sink, close } = await open(undefined, { encoding });
    t.after(close);
    make(95, "long enough to be worth it".repeat(50));
    await sink.forceFlush();
    assert.equal(receiver.spans().length, 95);
    assert.equal(receiver.requests.length, 10);
    assert.equal(
      receiver.requests[0]?.headers["content-encoding"],
      encoding === "none" ? undefined : encoding,
    );
    assert.equal(receiver.requests[0]?.headers["x-key"], "k");
    assert.deepEqual(sender.counts, { sent: 95, lost: 0 });
  });
}

test("what is refused for now is sent again, in order, and said once", async (t) => {
  const statuses = [503, 429, 502, 504];
  const { receiver, sender, warnings, make, close } = await open((index) =>
    index < statuses.length ? { status: statuses[index]!, headers: { "retry-after": "0" } } : { status: 200 },
  );
  t.after(close);
  make(30);
  const spans = await receiver.until("all spans", () => receiver.spans().length === 30 && receiver.spans());
  assert.deepEqual(new Set(spans.map(({ spanId }) => spanId)).size, 30);
  assert.equal(sender.counts.lost, 0);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /does not take telemetry \(answers 503\)/);
});

test("a Retry-After in the past or without sense does not stop it", async (t) => {
  const answers = ["Thu, 01 Jan 1970 00:00:00 GMT", "soon"];
  const { receiver, make, close } = await open((index) =>
    index < answers.length ? { status: 429, headers: { "retry-after": answers[index]! } } : { status: 200 },
  );
  t.after(close);
  make(10);
  await receiver.until("all spans", () => receiver.spans().length === 10);
});

test("what is refused for good is given up with a reason, and the next is sent", async (t) => {
  const { receiver, sender, warnings, make, sink, close } = await open((index) => ({
    status: index === 0 ? 401 : 200,
  }));
  t.after(close);
  make(20);
  await sink.forceFlush();
  assert.equal(receiver.spans().length, 10);
  assert.deepEqual(sender.counts, { sent: 10, lost: 10 });
  assert.deepEqual(warnings, [
    `${receiver.url}/v1/traces refuses telemetry with status 401. Set THROUGHLINE_KEY to an ingest key.`,
  ]);
});

test("a collector that does not know zstd gets gzip from then on", async (t) => {
  const { receiver, sender, warnings, make, sink, close } = await open((index) => ({
    status: index === 0 ? 415 : 200,
  }));
  t.after(close);
  make(10, "long enough to be worth it".repeat(50));
  await sink.forceFlush();
  make(10, "long enough to be worth it".repeat(50));
  await sink.forceFlush();
  assert.equal(receiver.spans().length, 20);
  assert.deepEqual(
    receiver.requests.map(({ headers }) => headers["content-encoding"]),
    ["zstd", "gzip", "gzip"],
  );
  assert.deepEqual(sender.counts, { sent: 20, lost: 0 });
  assert.deepEqual(warnings, []);
});

test("items that the server refused by partial success are counted and said", async (t) => {
  const body = Buffer.from([0x0a, 0x08, 0x08, 0x03, 0x12, 0x04, ...Buffer.from("late")]);
  const { receiver, sender, warnings, make, sink, close } = await open(() => ({ status: 200, body }));
  t.after(close);
  make(10);
  await sink.forceFlush();
  assert.equal(receiver.requests.length, 1);
  assert.deepEqual(sender.counts, { sent: 7, lost: 3 });
  assert.deepEqual(warnings, ["3 of 10 items were refused by the server: late"]);
});

test("an answer that is not protobuf is still an answer", async (t) => {
  for (const body of [
    Buffer.from("<html>ok</html>"),
    Buffer.from([0xff, 0xff, 0xff]),
    Buffer.from([0x0a, 0x7f, 0x08]),
  ]) {
    const { sender, make, sink, close } = await open(() => ({ status: 200, body }));
    t.after(close);
    make(10);
    await sink.forceFlush();
    assert.equal(sender.counts.sent + sender.counts.lost, 10);
  }
});

test("nobody listens: memory is bounded, the newest is kept, one warning, and it is sent when the server is back", async (t) => {
  const gone = await startReceiver();
  await gone.close();
  const warnings: string[] = [];
  const target = (signal: string) => ({ url: `${gone.url}/v1/${signal}`, headers: {}, timeoutMs: 10_000 });
  const queueBytes = 20_000;
  const sender = new OtlpSender({
    targets: { traces: target("traces"), metrics: target("metrics"), logs: target("logs") },
    encoding: "none",
    queueBytes,
    warn: (text) => warnings.push(text),
  });
  const resource = resourceFromAttributes({ "service.name": "shop" });
  const sink = new SpanSink(sender, {
    resource,
    sampling: SAMPLING,
    delayMs: 3_600_000,
    batchSpans: 10,
    warn: assert.fail,
  });
  const tracer = new TracerProvider({ resource, spanProcessors: [sink] }).getTracer("test");
  t.after(() => sender.close());
  for (let i = 0; i < 1000; i++) {
    tracer.startSpan(`span ${i}`, { attributes: { text: "x".repeat(90) } }).end();
    if (i % 100 === 99) await sink.forceFlush();
  }
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /ECONNREFUSED/);
  assert.ok(sender.counts.lost > 0);
  const back = await startReceiver(undefined, gone.port);
  t.after(() => back.close());
  await sink.forceFlush();
  const received = back.spans();
  assert.equal(received.length + sender.counts.lost, 1000);
  assert.ok(received.length > 0 && received.length * 100 < queueBytes);
  assert.equal(received.at(-1)?.name, "span 999");
});
