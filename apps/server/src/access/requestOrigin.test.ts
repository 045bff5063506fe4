import assert from "node:assert/strict";
import { test } from "node:test";
import { originOfReader, originOfSender, type RequestHeaders } from "./requestOrigin.ts";

const local = (headers: RequestHeaders = {}, remoteAddress = "127.0.0.1") => ({
  headers: { host: "localhost:4318", ...headers },
  remoteAddress,
});

test("a program on this machine is recognised by address and host", () => {
  for (const address of ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"]) {
    assert.deepEqual(originOfSender(local({}, address)), { isLoopback: true }, address);
  }
  for (const host of ["localhost", "LOCALHOST:3300", "127.0.0.1:4318", "127.1.2.3", "[::1]:4317", "[::1]"]) {
    assert.deepEqual(originOfSender(local({ host })), { isLoopback: true }, host);
  }
  const grpc = { headers: { ":authority": "localhost:4317" }, remoteAddress: "127.0.0.1" };
  assert.deepEqual(originOfSender(grpc), { isLoopback: true });
});

test("nothing else is", () => {
  const refused = (request: Parameters<typeof originOfSender>[0], words: RegExp) => {
    for (const origin of [originOfSender(request), originOfReader(request)]) {
      assert.ok(!origin.isLoopback, JSON.stringify(request));
      assert.match(origin.because, words);
    }
  };
  for (const address of [
    "10.0.0.1",
    "192.168.1.4",
    "::ffff:10.0.0.1",
    "fe80::1",
    "2001:db8::1",
    "0.0.0.0",
    "",
    "unknown",
  ]) {
    refused(local({}, address), /another machine/);
  }
  for (const header of [
    "x-forwarded-for",
    "x-forwarded-host",
    "forwarded",
    "via",
    "x-real-ip",
    "cf-connecting-ip",
  ]) {
    refused(local({ [header]: "127.0.0.1" }), new RegExp(`proxy.*${header}`));
  }
  const names = [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example:4318",
    "0.0.0.0:4318",
  ];
  for (const host of [...names, "localhost@evil.example", "127.0.0.1:4318:1", ""]) {
    refused(local({ host }), /Host header/);
  }
  refused({ headers: {}, remoteAddress: "127.0.0.1" }, /no Host header/);
});

test("a page in the browser may not send telemetry without a key", () => {
  for (const origin of ["http://localhost:3300", "https://evil.example", "null"]) {
    assert.ok(!originOfSender(local({ origin })).isLoopback, origin);
  }
  assert.ok(!originOfSender(local({ "sec-fetch-site": "same-origin" })).isLoopback);
});

test("the product's own pages may read, pages of other sites may not", () => {
  const page = (headers: RequestHeaders) =>
    originOfReader(local({ host: "localhost:3300", ...headers })).isLoopback;
  assert.equal(page({}), true);
  assert.equal(page({ origin: "http://localhost:3300", "sec-fetch-site": "same-origin" }), true);
  assert.equal(
    page({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }),
    true,
    "a link to us is fine",
  );
  for (const origin of [
    "http://localhost:3301",
    "https://evil.example",
    "http://evil.example//localhost:3300",
    "null",
    "http://xlocalhost:3300",
  ]) {
    assert.equal(page({ origin }), false, origin);
  }
  assert.equal(page({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }), false);
});
