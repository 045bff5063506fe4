import assert from "node:assert/strict";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { IngestRefusal } from "../types.ts";
import { openOtlpGrpc, type OtlpGrpcServer } from "./otlpGrpc.ts";
import {
  authenticate,
  openTestIngest,
  quietLog,
  takeAll,
  type TestIngest,
  type TestIngestOptions,
} from "../testRig.ts";

const TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

interface GrpcRig extends TestIngest {
  readonly server: OtlpGrpcServer;
  call(path: string, body: Buffer, key?: string): Promise<Buffer>;
}

const asIs = (bytes: Buffer): Buffer => bytes;

async function openGrpc(t: TestContext, options: TestIngestOptions = {}): Promise<GrpcRig> {
  const rig = await openTestIngest(t, options);
  const server = await openOtlpGrpc({
    ingest: rig.ingest,
    authenticate,
    host: "127.0.0.1",
    port: 0,
    log: quietLog,
  });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    "grpc.max_send_message_length": -1,
  });
  t.after(async () => {
    client.close();
    await server.close({ drainMs: 1000 });
  });
  const call = (path: string, body: Buffer, key = "good"): Promise<Buffer> => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const metadata = new Metadata();
    metadata.set("x-throughline-key", key);
    client.makeUnaryRequest(path, asIs, asIs, body, metadata, (error, answer) =>
      error === null ? resolve(answer ?? Buffer.alloc(0)) : reject(error),
    );
    return promise;
  };
  return { ...rig, server, call };
}

async function failure(call: Promise<Buffer>): Promise<ServiceError> {
  return await call.then(
    () => assert.fail("the call succeeded"),
    (error: ServiceError) => error,
  );
}

/** A call in raw HTTP/2, for what no client library would send. */
async function rawCall(
  rig: GrpcRig,
  body: Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: string; message: string }> {
  const session = connectHttp2(`http://127.0.0.1:${rig.server.port}`);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": TRACES,
      "content-type": "application/grpc",
      "x-throughline-key": "good",
      ...headers,
    });
    const { promise, resolve, reject } = Promise.withResolvers<{ status: string; message: string }>();
    const take = (found: Record<string, unknown>): void => {
      if (found["grpc-status"] === undefined) return;
      resolve({
        status: String(found["grpc-status"]),
        message: decodeURIComponent(String(found["grpc-message"] ?? "")),
      });
    };
    stream.on("response", take).on("trailers", take).on("error", reject).resume();
    stream.end(body);
    return await promise;
  } finally {
    session.close();
  }
}

function frame(message: Buffer, flag = 0, announced = message.length): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(flag);
  header.writeUInt32BE(announced, 1);
  return Buffer.concat([header, message]);
}

test("takes each signal from grpc-js and passes the message on untouched", async (t) => {
  const rig = await openGrpc(t);
  const paths = { traces: TRACES, logs: LOGS, metrics: METRICS } as const;
  for (const signal of ["traces", "logs", "metrics"] as const) {
    assert.equal((await rig.call(paths[signal], Buffer.from(`hello ${signal}`))).length, 0);
    const request = rig.requests.pop();
    assert.deepEqual(
      [request?.signal, request?.encoding, request?.compression],
      [signal, "protobuf", "identity"],
    );
    assert.equal(Buffer.from(request?.body ?? []).toString(), `hello ${signal}`);
  }
});

test("a compressed message stays compressed for the decode worker", async (t) => {
  const rig = await openGrpc(t);
  const body = gzipSync("hello");
  assert.equal((await rawCall(rig, frame(body, 1), { "grpc-encoding": "gzip" })).status, "0");
  assert.equal(rig.requests[0]?.compression, "gzip");
  assert.ok(body.equals(rig.requests[0]?.body ?? Buffer.alloc(0)));
  assert.equal((await rawCall(rig, frame(Buffer.from("plain")), { "grpc-encoding": "gzip" })).status, "0");
  assert.equal(rig.requests[1]?.compression, "identity");
});

test("refused items are reported as partial success", async (t) => {
  const rig = await openGrpc(t, {
    decode: (request) => ({ ...takeAll(request), refused: { quota_exceeded: 3 }, refusalMessage: "why" }),
  });
  assert.equal((await rig.call(TRACES, Buffer.from("x"))).toString("hex"), "0a0708031203776879");
});

test("refusals carry the status code, the sentence and, when it is worth trying again, RetryInfo", async (t) => {
  const kinds = [
    "malformed",
    "too_large",
    "unsupported",
    "overloaded",
    "disk_full",
    "shutting_down",
  ] as const;
  const codes = [3, 8, 12, 14, 14, 14];
  let at = 0;
  const rig = await openGrpc(t, {
    decode: () => {
      const kind = kinds[at] ?? "malformed";
      throw new IngestRefusal(kind, `weil ${kind}: ÄÖ % \u{1F600}\n`, at >= 3 ? 7 : undefined);
    },
  });
  for (at = 0; at < kinds.length; at += 1) {
    const error = await failure(rig.call(TRACES, Buffer.from("x")));
    assert.equal(error.code, codes[at], String(kinds[at]));
    assert.equal(error.details, `weil ${kinds[at]}: ÄÖ % \u{1F600}\n`);
    const [details] = error.metadata.get("grpc-status-details-bin");
    assert.equal(Buffer.from(details ?? "").includes("google.rpc.RetryInfo"), at >= 3, String(kinds[at]));
  }
});

test("strangers and unknown methods are told so", async (t) => {
  const rig = await openGrpc(t);
  assert.equal((await failure(rig.call(TRACES, Buffer.from("x"), "bad"))).code, 16);
  assert.equal((await failure(rig.call("/no.such.Service/Method", Buffer.from("x")))).code, 12);
  assert.equal(rig.requests.length, 0);
  assert.equal(rig.ingest.status().refusedTotal["unauthenticated"], 1);
});

test("broken framing is the sender's mistake and named as such", async (t) => {
  const rig = await openGrpc(t);
  const cases: readonly [Buffer, Record<string, string>, string][] = [
    [Buffer.alloc(0), {}, "3"],
    [Buffer.from([0, 0]), {}, "3"],
    [frame(Buffer.from("abc"), 7), {}, "3"],
    [frame(Buffer.from("abc"), 0, 2), {}, "3"],
    [frame(Buffer.from("abc"), 0, 4_000_000_000), {}, "3"],
    [Buffer.concat([frame(Buffer.from("a")), frame(Buffer.from("b"))]), {}, "3"],
    [frame(Buffer.from("abc"), 1), { "grpc-encoding": "snappy" }, "12"],
  ];
  for (const [body, headers, status] of cases) {
    const answer = await rawCall(rig, body, headers);
    assert.equal(answer.status, status, answer.message);
    assert.notEqual(answer.message, "");
  }
  assert.equal(rig.requests.length, 0);
});

test("a message over the limit is refused and holds no memory afterwards", async (t) => {
  const rig = await openGrpc(t, { limits: { inFlightBytesMax: 17 * 1024 * 1024 } });
  const error = await failure(rig.call(TRACES, Buffer.alloc(16 * 1024 * 1024 + 1)));
  assert.equal(error.code, 8);
  assert.ok(rig.ingest.tryReserve(17 * 1024 * 1024), "all room was given back");
});

test("other protocols and calls that break off on the port do no harm", async (t) => {
  const rig = await openGrpc(t);
  for (const noise of [
    "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    "\u0000\u0001\u0002",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ]) {
    const socket = connect(rig.server.port, "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve).once("error", resolve));
    socket.end(noise);
    socket.resume();
    await closed;
  }
  const session = connectHttp2(`http://127.0.0.1:${rig.server.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": TRACES,
    "content-type": "application/grpc",
    "x-throughline-key": "good",
  });
  stream.on("error", () => {});
  stream.write(frame(Buffer.alloc(1000), 0, 5000));
  stream.close(constants.NGHTTP2_CANCEL);
  session.close();
  assert.equal((await rig.call(TRACES, Buffer.from("still here"))).length, 0);
});

test("close answers what is under way and takes no new calls", async (t) => {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const rig = await openGrpc(t, {
    decode: async (request) => {
      reached.resolve();
      await gate.promise;
      return takeAll(request);
    },
  });
  const underWay = rig.call(TRACES, Buffer.from("x"));
  await reached.promise;
  const closed = rig.server.close({ drainMs: 10_000 });
  gate.resolve();
  assert.equal((await underWay).length, 0);
  await closed;
});
