/** The guard against requests into one's own network, against real servers on this machine. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createOutgoing, type OutgoingErrorCode, OutgoingError, type OutgoingInit } from "./index.ts";
import type { Resolve } from "./checkedLookup.ts";

interface Site {
  readonly url: string;
  readonly port: number;
  readonly requests: IncomingMessage[];
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const HELLO: Handler = (_request, response) => response.end("hello");

async function site(t: TestContext, handler: Handler = HELLO, host = "127.0.0.1", port = 0): Promise<Site> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const listening = (server.address() as AddressInfo).port;
  const written = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${written}:${listening}`, port: listening, requests };
}

function guard(t: TestContext, allow: readonly string[] = [], resolve?: Resolve) {
  const outgoing = createOutgoing({ allow, ...(resolve === undefined ? {} : { resolve }) });
  t.after(() => outgoing.close());
  return outgoing;
}

async function refusal(work: Promise<unknown>, code: OutgoingErrorCode, says?: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof OutgoingError, String(error));
    assert.equal(error.code, code, error.message);
    if (says !== undefined) assert.match(error.message, says);
    return true;
  });
}

const v4 = (...addresses: string[]): readonly { address: string; family: number }[] =>
  addresses.map((address) => ({ address, family: 4 }));

/** One of each range that is not the Internet, the first and last address of those whose ends are easily got wrong. */
const SPECIAL = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.0",
  "10.255.255.255",
  "100.64.0.0",
  "100.100.100.200",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.255",
  "168.63.129.16",
  "169.254.0.1",
  "169.254.169.254",
  "172.16.0.0",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.0.1",
  "192.168.255.255",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:169.254.169.254",
  "::ffff:10.0.0.1",
  "::127.0.0.1",
  "::ffff:0:127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:2::1",
  "2001:10::1",
  "2001:20::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "2002:a9fe:a9fe::",
  "3fff::1",
  "4000::1",
  "5f00::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%1",
  "febf::1",
  "fec0::1",
  "ff02::1",
] as const;

test("no address of a special range is asked, as an answer of a name server or in the URL", async (t) => {
  for (const address of SPECIAL) {
    const family = address.includes(":") ? 6 : 4;
    const outgoing = guard(t, [], async () => [{ address, family }]);
    await refusal(outgoing.fetch("http://name.example/"), "address_refused", /THROUGHLINE_OUTGOING_ALLOW/);
    if (address.includes("%")) continue;
    const literal = family === 6 ? `[${address}]` : address;
    await refusal(outgoing.fetch(`http://${literal}/`), "address_refused");
    await refusal(outgoing.fetch(`https://${literal}:8443/x`), "address_refused");
  }
});

test("the neighbours of those ranges are the Internet", async (t) => {
  const asked: string[] = [];
  const outgoing = guard(t, [], async (hostname) => {
    asked.push(hostname);
    throw Object.assign(new Error("not here"), { code: "ENOTFOUND" });
  });
  const { parseAddress, specialKind } = await import("./addressKind.ts");
  for (const address of [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "2606:4700::1111",
    "2a00::1",
  ]) {
    const parsed = parseAddress(address);
    assert.ok(parsed !== null, address);
    assert.equal(specialKind(parsed), null, address);
  }
  await refusal(outgoing.fetch("https://name.example/"), "unreachable", /name\.example can't be .*ENOTFOUND/);
  assert.deepEqual(asked, ["name.example"]);
});

test("odd notations of an address are that address", async (t) => {
  const { port, requests } = await site(t);
  const outgoing = guard(t);
  for (const host of [
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "①②⑦.0.0.1",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
  ])
    await refusal(outgoing.fetch(`http://${host}:${port}/`), "address_refused", /this machine itself/);
  await refusal(outgoing.fetch(`http://localhost:${port}/`), "address_refused", /localhost leads to/);
  assert.equal(requests.length, 0);
});

test("only http and https without credentials", async (t) => {
  const outgoing = guard(t, ["127.0.0.1"]);
  for (const url of [
    "file:///etc/passwd",
    "ftp://example.com/",
    "data:text/plain,x",
    "gopher://example.com/",
    "blob:http://example.com/1",
    "http://me@example.com/",
    "http://me:secret@example.com/",
    "http://",
    "not an address",
    "/api/me",
  ])
    await refusal(outgoing.fetch(url), "url_refused");
});

test("the operator allows networks, addresses and names", async (t) => {
  const { url, port } = await site(t);
  for (const allow of ["127.0.0.0/8", "127.0.0.1", "::ffff:127.0.0.1"])
    assert.equal(await (await guard(t, [allow]).fetch(url)).text(), "hello", allow);
  for (const allow of ["10.0.0.0/8", "127.0.0.2", "::1", "127.0.0.1.example"])
    await refusal(guard(t, [allow]).fetch(url), "address_refused");
  const named = guard(t, ["Keycloak.internal"], async () => v4("127.0.0.1"));
  assert.equal((await named.fetch(`http://keycloak.internal:${port}/`)).status, 200);
  assert.equal((await named.fetch(`http://keycloak.internal.:${port}/`)).status, 200);
  await refusal(named.fetch(`http://other.internal:${port}/`), "address_refused");
  await refusal(named.fetch(`http://sub.keycloak.internal:${port}/`), "address_refused");
});

test("IPv6 of this machine is allowed and refused like IPv4", async (t) => {
  const { url } = await site(t, HELLO, "::1");
  await refusal(guard(t).fetch(url), "address_refused", /this machine itself/);
  assert.equal(await (await guard(t, ["::1"]).fetch(url)).text(), "hello");
});

test("a name server that changes its answer between check and connection is asked once, and heard once", async (t) => {
  const public_ = await site(t, HELLO, "127.0.0.1");
  const inner = await site(t, HELLO, "127.0.0.2", public_.port);
  let asked = 0;
  const outgoing = guard(t, ["127.0.0.1"], async () => v4(asked++ === 0 ? "127.0.0.1" : "127.0.0.2"));
  const url = `http://rebinding.example:${public_.port}/`;
  assert.equal((await outgoing.fetch(url)).status, 200);
  assert.equal(asked, 1);
  await refusal(outgoing.fetch(url), "address_refused", /127\.0\.0\.2/);
  assert.equal(asked, 2, "no connection is used again");
  assert.deepEqual([public_.requests.length, inner.requests.length], [1, 0]);
});

test("a name with one good and one inner address is refused, whichever comes first", async (t) => {
  const { port, requests } = await site(t);
  for (const addresses of [
    ["127.0.0.1", "127.0.0.2"],
    ["127.0.0.2", "127.0.0.1"],
  ]) {
    const outgoing = guard(t, ["127.0.0.1"], async () => v4(...addresses));
    await refusal(outgoing.fetch(`http://both.example:${port}/`), "address_refused", /127\.0\.0\.2/);
  }
  assert.equal(requests.length, 0);
});

test("every hop of a redirect is checked", async (t) => {
  const inner = await site(t, HELLO, "127.0.0.2");
  const outgoing = guard(t, ["127.0.0.1"], async () => v4("127.0.0.2"));
  for (const location of [
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://0xa9fea9fe/",
    "//[::ffff:169.254.169.254]/",
    "http://metadata.example/",
    inner.url,
  ])
    for (const status of [301, 302, 303, 307, 308]) {
      const front = await site(t, (_request, response) => response.writeHead(status, { location }).end());
      await refusal(outgoing.fetch(front.url), "address_refused");
      const direct = await outgoing.fetch(front.url, { redirect: "manual" });
      assert.equal(direct.status, status, "handed out when asked for, and not followed");
    }
  for (const location of ["file:///etc/passwd", "http://me:secret@example.com/", "http://"]) {
    const front = await site(t, (_request, response) => response.writeHead(302, { location }).end());
    await assert.rejects(outgoing.fetch(front.url), OutgoingError);
  }
  assert.equal(inner.requests.length, 0);
});

test("redirects end", async (t) => {
  const outgoing = guard(t, ["127.0.0.1"]);
  const loop = await site(t, (request, response) =>
    response.writeHead(302, { location: `/${Number(request.url?.slice(1)) + 1}` }).end("moved"),
  );
  await refusal(outgoing.fetch(`${loop.url}/1`), "redirect_refused", /more than 5 times/);
  assert.equal(loop.requests.length, 6);
  await refusal(outgoing.fetch(`${loop.url}/1`, { redirect: "error" }), "redirect_refused");
});

test("another site gets no credentials and no body of the first", async (t) => {
  const outgoing = guard(t, ["127.0.0.1"]);
  const target = await site(t);
  const through = async (status: number, init: OutgoingInit, location = target.url) => {
    const front = await site(t, (request, response) => {
      if (request.url === "/again") response.end(`again ${request.headers.authorization ?? "without"}`);
      else response.writeHead(status, { location }).end();
    });
    return await outgoing.fetch(front.url, init);
  };
  const headers = { authorization: "Bearer x", cookie: "a=b", "x-kept": "yes" };
  await through(302, { headers });
  const seen = target.requests.at(-1)?.headers;
  assert.deepEqual([seen?.authorization, seen?.cookie, seen?.["x-kept"]], [undefined, undefined, "yes"]);
  assert.equal(await (await through(302, { headers }, "/again")).text(), "again Bearer x");
  await through(302, { method: "POST", body: "secret", headers: { "content-type": "text/plain" } });
  assert.deepEqual(
    [target.requests.at(-1)?.method, target.requests.at(-1)?.headers["content-type"]],
    ["GET", undefined],
  );
  await refusal(through(307, { method: "POST", body: "secret" }), "redirect_refused");
  await refusal(through(308, { method: "PUT", body: "secret" }), "redirect_refused");
});

test("an answer that is too long ends in an error, compressed or not, with or without its length", async (t) => {
  const outgoing = guard(t, ["127.0.0.1"]);
  const long = Buffer.alloc(300_000, "x");
  const handlers: readonly Handler[] = [
    (_request, response) => response.end(long),
    (_request, response) => {
      response.write(long.subarray(0, 1000));
      response.end(long);
    },
    (_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(3_000_000))),
  ];
  for (const handler of handlers) {
    const { url } = await site(t, handler);
    const answer = await outgoing.fetch(url, { bodyBytesMax: 200_000 });
    await refusal(answer.text(), "too_large", /more than 200000 bytes/);
  }
  const { url } = await site(t, handlers[0]);
  const whole = await outgoing.fetch(url, { bodyBytesMax: 300_000 });
  assert.equal((await whole.text()).length, 300_000);
  assert.equal(whole.url, `${url}/`);
});

test("an answer that does not come, or never ends, is given up", async (t) => {
  const outgoing = guard(t, ["127.0.0.1"]);
  const silent = await site(t, () => {});
  await refusal(outgoing.fetch(silent.url, { timeoutMs: 100 }), "timed_out", /within 100 ms/);
  const endless = await site(t, (_request, response) => response.write("and then"));
  const readAll = async () => await (await outgoing.fetch(endless.url, { timeoutMs: 500 })).text();
  await refusal(readAll(), "timed_out");
  const slowNames = guard(t, [], () => new Promise(() => {}));
  await refusal(slowNames.fetch("http://slow.example/", { timeoutMs: 100 }), "timed_out");
});

test("a server that is not there is said with a code, not with what it said", async (t) => {
  const { url } = await site(t, (request) => request.socket.end("secret of another protocol\r\n"));
  const outgoing = guard(t, ["127.0.0.1"]);
  await assert.rejects(outgoing.fetch(url), (error) => {
    assert.ok(error instanceof OutgoingError && error.code === "unreachable");
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  // Port 1 is of nobody, and fetch refuses it by itself: both are a sentence.
  await refusal(outgoing.fetch("http://127.0.0.1:1/"), "unreachable", /127\.0\.0\.1:1 can't be reached/);
});
