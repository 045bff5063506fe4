import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import fastify from "fastify";
import { createDecoder } from "./decode/decoder.ts";
import { encodeRequest } from "./decode/testing/otlp.ts";
import type { IngestQuotas, QuotaKind } from "./quotas.ts";
import { openOtlpGrpc } from "./receive/otlpGrpc.ts";
import { otlpHttp } from "./receive/otlpHttp.ts";
import { authenticate, openTestIngest, quietLog, until } from "./testRig.ts";
import { IngestRefusal } from "./types.ts";

const TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const DAY_SECONDS = 86_400;

interface Scripted extends IngestQuotas {
  readonly over: Set<QuotaKind>;
  readonly counted: Partial<Record<QuotaKind, number>>;
}

function scripted(...over: QuotaKind[]): Scripted {
  const exceeded = new Set(over);
  const counted: Partial<Record<QuotaKind, number>> = {};
  return {
    over: exceeded,
    counted,
    isExceeded: (_sender, kind) => exceeded.has(kind),
    count(_sender, kind, items) {
      counted[kind] = (counted[kind] ?? 0) + items;
    },
  };
}

/** The real decoder, on this thread. */
async function open(t: TestContext, quotas: IngestQuotas) {
  const decoder = createDecoder();
  const rig = await openTestIngest(t, {
    quotas,
    decode: (request) => {
      const exceeded = (["logs", "events"] as const).filter((kind) =>
        quotas.isExceeded(request.sender, kind, request.receivedAtMs),
      );
      return decoder.decode(request, { tail: false, exceeded });
    },
  });
  const app = fastify();
  await app.register(otlpHttp, { ingest: rig.ingest, authenticate, log: quietLog });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  t.after(() => app.close());
  const send = (signal: string, message: object): Promise<Response> =>
    fetch(`${url}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer good" },
      body: JSON.stringify(message),
    });
  return { ...rig, send };
}

const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", name: "a" };
const spans = {
  resourceSpans: [{ scopeSpans: [{ spans: [span, { ...span, spanId: "b7ad6b7169203332" }] }] }],
};
const records = (...logRecords: object[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
const log = { severityText: "INFO" };
const event = { eventName: "page_view" };

test("what was taken is counted by its kind", async (t) => {
  const quotas = scripted();
  const { send } = await open(t, quotas);
  const point = { asInt: "1", timeUnixNano: String(BigInt(Date.now()) * 1_000_000n) };
  await send("traces", spans);
  await send("logs", records(log, event, event));
  await send("metrics", {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints: [point] } }] }] }],
  });
  assert.deepEqual(quotas.counted, { spans: 2, logs: 1, events: 2, points: 1 });
});

test("past a quota a sender is told to come back at midnight UTC, before its body is read", async (t) => {
  const { send, requests, ingest } = await open(t, scripted("spans"));
  const answer = await send("traces", spans);
  assert.equal(answer.status, 429);
  const seconds = Number(answer.headers.get("retry-after"));
  assert.ok(seconds > 0 && seconds <= DAY_SECONDS, String(seconds));
  const nextDayMs = Date.now() + seconds * 1000;
  // The same midnight, however long the answer took.
  assert.ok(nextDayMs % 86_400_000 < 60_000 || nextDayMs % 86_400_000 > 86_340_000);
  const { code, message, details } = (await answer.json()) as {
    code: number;
    message: string;
    details: unknown[];
  };
  assert.equal(code, 8);
  assert.match(message, /daily quota of spans is used up/);
  assert.deepEqual(details, [
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${seconds}s` },
  ]);
  assert.equal(requests.length, 0, "nobody decoded it");
  assert.equal(ingest.status().refusedTotal["quota_exceeded"], 1);
  assert.equal((await send("logs", records(log))).status, 200, "other kinds go on");
});

test("over gRPC it is RESOURCE_EXHAUSTED with RetryInfo, which senders try again", async (t) => {
  const { ingest } = await open(t, scripted("spans"));
  const server = await openOtlpGrpc({ ingest, authenticate, host: "127.0.0.1", port: 0, log: quietLog });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  t.after(async () => {
    client.close();
    await server.close({ drainMs: 1000 });
  });
  const metadata = new Metadata();
  metadata.set("x-throughline-key", "good");
  const asIs = (bytes: Buffer): Buffer => bytes;
  const error = await new Promise<ServiceError | null>((resolve) => {
    const body = Buffer.from(encodeRequest("traces", spans));
    client.makeUnaryRequest(TRACES, asIs, asIs, body, metadata, (failed) => resolve(failed));
  });
  assert.equal(error?.code, 8);
  const [details] = error?.metadata.get("grpc-status-details-bin") ?? [];
  assert.ok(Buffer.from(details ?? "").includes("google.rpc.RetryInfo"));
});

test("logs are taken while only events are over their quota, and the other way round", async (t) => {
  const quotas = scripted("events");
  const { send } = await open(t, quotas);
  const partly = await send("logs", records(log, event, log, event));
  assert.equal(partly.status, 200);
  const { partialSuccess } = (await partly.json()) as {
    partialSuccess: { rejectedLogRecords: string; errorMessage: string };
  };
  assert.equal(partialSuccess.rejectedLogRecords, "2");
  assert.match(
    partialSuccess.errorMessage,
    /2 refused: the daily quota of events is used up until 00:00 UTC/,
  );
  assert.deepEqual(quotas.counted, { logs: 2 });
  assert.equal((await send("logs", records(event))).status, 429, "nothing of it can be taken");
  quotas.over.clear();
  quotas.over.add("logs");
  assert.equal((await send("logs", records(event))).status, 200);
  assert.equal((await send("logs", records(log))).status, 429);
  quotas.over.add("events");
  assert.equal((await send("logs", records(event, log))).status, 429);
});

test("what was refused is in the receipts: items where they were counted, requests where not", async (t) => {
  const quotas = scripted("events");
  const rig = await open(t, quotas);
  await rig.send("logs", records(log, event));
  await rig.send("logs", records(event));
  await until("the receipts are loaded", () => rig.loads.some(({ table }) => table === "ingest_receipts"));
  assert.deepEqual(rig.ingest.status().refusedTotal, { quota_exceeded: 2 });
});

test("a sender that sends too often is refused before its body is read, and counted for its key", async (t) => {
  const rig = await openTestIngest(t);
  const app = fastify();
  const asked: string[] = [];
  await app.register(otlpHttp, {
    ingest: rig.ingest,
    authenticate,
    limitSender: (sender, address) => {
      asked.push(`${sender.keyId} ${address}`);
      return asked.length === 1 ? null : new IngestRefusal("rate_limited", "Too many.", 3);
    },
    log: quietLog,
  });
  t.after(() => app.close());
  const send = () =>
    app.inject({
      method: "POST",
      url: "/v1/traces",
      remoteAddress: "203.0.113.9",
      headers: { "content-type": "application/json", authorization: "Bearer good" },
      payload: "{}",
    });
  assert.equal((await send()).statusCode, 200);
  const refused = await send();
  assert.deepEqual([refused.statusCode, refused.headers["retry-after"]], [429, "3"]);
  assert.deepEqual(asked, ["key-1 203.0.113.9", "key-1 203.0.113.9"]);
  assert.equal(rig.requests.length, 1);
  assert.equal(rig.ingest.status().refusedTotal["rate_limited"], 1);
});
