import assert from "node:assert/strict";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import fastify from "fastify";
import { IngestRefusal } from "../types.ts";
import { otlpHttp } from "./otlpHttp.ts";
import {
  authenticate,
  openTestIngest,
  quietLog,
  takeAll,
  type TestIngest,
  type TestIngestOptions,
} from "../testRig.ts";

interface HttpRig extends TestIngest {
  readonly url: string;
  readonly port: number;
}

async function openHttp(t: TestContext, options: TestIngestOptions = {}): Promise<HttpRig> {
  const rig = await openTestIngest(t, options);
  const app = fastify();
  await app.register(otlpHttp, { ingest: rig.ingest, authenticate, log: quietLog });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  t.after(() => app.close());
  return { ...rig, url, port: Number(new URL(url).port) };
}

const PROTOBUF = { "content-type": "application/x-protobuf", authorization: "Bearer good" };
const JSON_TYPE = { "content-type": "application/json; charset=utf-8", "x-throughline-key": "good" };

function post(rig: HttpRig, path: string, headers: Record<string, string>, body: string): Promise<Response> {
  return fetch(`${rig.url}${path}`, { method: "POST", headers, body });
}

test("takes each signal in both encodings and passes the body on untouched", async (t) => {
  const rig = await openHttp(t);
  for (const signal of ["traces", "metrics", "logs"] as const) {
    const binary = await post(rig, `/v1/${signal}`, { ...PROTOBUF, "content-encoding": "gzip" }, "bytes");
    assert.equal(binary.status, 200);
    assert.equal(binary.headers.get("content-type"), "application/x-protobuf");
    assert.equal((await binary.arrayBuffer()).byteLength, 0);
    const json = await post(rig, `/v1/${signal}`, JSON_TYPE, "{}");
    assert.equal(json.status, 200);
    assert.match(json.headers.get("content-type") ?? "", /^application\/json/);
    assert.equal(await json.text(), "{}");
    const [first, second] = rig.requests.splice(0);
    assert.deepEqual([first?.signal, first?.encoding, first?.compression], [signal, "protobuf", "gzip"]);
    assert.equal(Buffer.from(first?.body ?? []).toString(), "bytes");
    assert.deepEqual([second?.signal, second?.encoding, second?.compression], [signal, "json", "identity"]);
    assert.equal(first?.sender.keyId, "key-1");
  }
});

test("an empty protobuf body is an empty request, not a mistake", async (t) => {
  const rig = await openHttp(t);
  const response = await fetch(`${rig.url}/v1/traces`, { method: "POST", headers: PROTOBUF });
  assert.equal(response.status, 200);
  assert.equal(rig.requests[0]?.body.byteLength, 0);
});

test("refused items are reported as partial success in the request's encoding", async (t) => {
  const rig = await openHttp(t, {
    decode: (request) => ({
      ...takeAll(request),
      refused: { expired_time: 200, invalid_id: 1 },
      refusalMessage: "201 items…",
    }),
  });
  const json = await post(rig, "/v1/logs", JSON_TYPE, "{}");
  assert.equal(json.status, 200);
  assert.deepEqual(await json.json(), {
    partialSuccess: { rejectedLogRecords: "201", errorMessage: "201 items…" },
  });
  const binary = await post(rig, "/v1/traces", PROTOBUF, "x");
  // partial_success { rejected_spans: 201 (c9 01), error_message: 12 bytes }
  const expected = Buffer.concat([Buffer.from("0a1108c901120c", "hex"), Buffer.from("201 items…")]);
  assert.deepEqual(Buffer.from(await binary.arrayBuffer()), expected);
});

test("refusals carry OTLP's status, a google.rpc.Status in the request's encoding and a sentence", async (t) => {
  const kinds = [
    "malformed",
    "too_large",
    "unsupported",
    "overloaded",
    "disk_full",
    "shutting_down",
  ] as const;
  const statuses = [400, 413, 415, 429, 503, 503];
  const codes = [3, 8, 12, 14, 14, 14];
  let at = 0;
  const rig = await openHttp(t, {
    decode: () => {
      const kind = kinds[at] ?? "malformed";
      throw new IngestRefusal(kind, `because ${kind}`, at >= 3 ? 7 : undefined);
    },
  });
  for (at = 0; at < kinds.length; at += 1) {
    const response = await post(rig, "/v1/traces", JSON_TYPE, "{}");
    assert.equal(response.status, statuses[at], String(kinds[at]));
    assert.equal(response.headers.get("retry-after"), at >= 3 ? "7" : null, String(kinds[at]));
    const status = (await response.json()) as { code: number; message: string };
    assert.deepEqual([status.code, status.message], [codes[at], `because ${kinds[at]}`]);
  }
  at = 3;
  const binary = await post(rig, "/v1/traces", PROTOBUF, "x");
  assert.equal(binary.headers.get("content-type"), "application/x-protobuf");
  const bytes = Buffer.from(await binary.arrayBuffer());
  assert.equal(bytes.subarray(0, 2).toString("hex"), "080e");
  assert.ok(bytes.includes("because overloaded") && bytes.includes("google.rpc.RetryInfo"));
  assert.equal(rig.ingest.status().refusedTotal["overloaded"], 2);
});

test("strangers, wrong types, unknown compressions and wrong methods are told so before the body is read", async (t) => {
  const rig = await openHttp(t);
  const stranger = await post(rig, "/v1/traces", { "content-type": "application/json" }, "{}");
  assert.equal(stranger.status, 401);
  assert.equal(stranger.headers.get("www-authenticate"), "Bearer");
  const type = await post(rig, "/v1/traces", { ...JSON_TYPE, "content-type": "text/xml" }, "<a/>");
  assert.equal(type.status, 415);
  assert.match(await type.text(), /application\/x-protobuf or application\/json/);
  const compression = await post(rig, "/v1/traces", { ...JSON_TYPE, "content-encoding": "br" }, "{}");
  assert.equal(compression.status, 415);
  assert.match(compression.headers.get("accept-encoding") ?? "", /zstd/);
  const method = await fetch(`${rig.url}/v1/traces`);
  assert.equal(method.status, 405);
  assert.equal(method.headers.get("allow"), "POST");
  assert.match(method.headers.get("content-type") ?? "", /problem\+json/);
  assert.equal(rig.requests.length, 0);
  const { refusedTotal } = rig.ingest.status();
  assert.deepEqual(refusedTotal, { unauthenticated: 1, unsupported: 2 });
});

test("a body over the limit is refused with 413, declared or streamed, and holds no memory afterwards", async (t) => {
  const rig = await openHttp(t, { limits: { inFlightBytesMax: 17 * 1024 * 1024 } });
  const large = "x".repeat(16 * 1024 * 1024 + 1);
  const declared = await post(rig, "/v1/traces", PROTOBUF, large);
  assert.equal(declared.status, 413);
  const init: RequestInit & { duplex: "half" } = {
    method: "POST",
    headers: PROTOBUF,
    body: new Blob([large]).stream(),
    duplex: "half",
  };
  const streamed = await fetch(`${rig.url}/v1/traces`, init);
  assert.equal(streamed.status, 413);
  assert.ok(rig.ingest.tryReserve(17 * 1024 * 1024), "all room was given back");
});

test("a sender that goes away in mid-body costs nothing", async (t) => {
  const rig = await openHttp(t, { limits: { inFlightBytesMax: 1024 * 1024 } });
  for (let round = 0; round < 20; round += 1) {
    const socket = connect(rig.port, "127.0.0.1");
    socket.write(
      "POST /v1/traces HTTP/1.1\r\nhost: x\r\nauthorization: Bearer good\r\n" +
        `content-type: application/x-protobuf\r\ncontent-length: 200000\r\n\r\n${"x".repeat(100_000)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
  }
  const deadline = Date.now() + 5000;
  while (!rig.ingest.tryReserve(1024 * 1024)) {
    if (Date.now() > deadline) assert.fail("the room of aborted bodies was never given back");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(rig.requests.length, 0);
});

test("past a bound the answer is 429 with Retry-After, and it ends when there is room again", async (t) => {
  const gate = Promise.withResolvers<void>();
  const rig = await openHttp(t, {
    load: () => gate.promise,
    limits: { journalBytesMax: 20_000, segmentBytesMax: 5_000 },
  });
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429 && statuses.length < 100) {
    const response = await post(rig, "/v1/traces", PROTOBUF, "x".repeat(1000));
    statuses.push(response.status);
    if (response.status === 429) assert.equal(response.headers.get("retry-after"), "1");
  }
  assert.ok(statuses.length > 10 && statuses.length < 30, `refused after ${statuses.length} requests`);
  assert.ok(rig.ingest.status().journalBytes < 25_000);
  assert.equal(rig.ingest.status().state, "degraded");
  gate.resolve();
  const deadline = Date.now() + 10_000;
  while ((await post(rig, "/v1/traces", PROTOBUF, "x")).status !== 200) {
    assert.ok(Date.now() < deadline, "ingest never recovered");
  }
});

test("our own defect is a 500 that does not blame the sender and shows nothing inside", async (t) => {
  const rig = await openHttp(t, {
    decode: () => {
      throw new TypeError("secret detail");
    },
  });
  const response = await post(rig, "/v1/traces", JSON_TYPE, "{}");
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
});
