import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { freeBuffer } from "./freeBuffer.ts";
import { inflate } from "./inflate.ts";

test("memory of its own is gone at once, also when the bytes are only a part of it", () => {
  const whole = new Uint8Array(1_000_000);
  freeBuffer(whole);
  assert.equal(whole.byteLength, 0);
  const part = new Uint8Array(1_000_000).subarray(5, 500_000);
  freeBuffer(part);
  assert.equal(part.byteLength, 0);
});

test("memory that others may use stays", () => {
  const pooled = Buffer.from("a slice of the shared pool");
  freeBuffer(pooled);
  assert.equal(pooled.toString(), "a slice of the shared pool");
  const shared = new Uint8Array(new SharedArrayBuffer(1_000_000));
  freeBuffer(shared);
  assert.equal(shared.byteLength, 1_000_000);
});

test("a gzip body that lies about its size unpacks all the same", () => {
  const plain = Buffer.from("telemetry ".repeat(40_000));
  for (const size of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
    const body = gzipSync(plain);
    body.writeUInt32LE(size, body.length - 4);
    assert.throws(() => inflate(body, "gzip", 1_000_000), { kind: "malformed" }, `claims ${size} bytes`);
  }
  assert.deepEqual(Buffer.from(inflate(gzipSync(plain), "gzip", 1_000_000)), plain);
});
