/** Ten thousand sign-ins at once against the real process: each is answered clearly, and who is signed in reads on. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { projectList, sessionState } from "@throughline/contract";
import { type Product, startProduct } from "../harness/product.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";
/** All of them under way at once: each connection asks without waiting for the answer before (HTTP/1.1 pipelining). */
const CONNECTIONS = 100;
const PER_CONNECTION = 100;
const READS_MAX = 100;

describe("a flood of sign-ins", () => {
  let product: Product;
  before(async () => {
    product = await startProduct({
      env: {
        THROUGHLINE_OWNER_EMAIL: EMAIL,
        THROUGHLINE_OWNER_PASSWORD: PASSWORD,
        // So that the flood can come from everywhere.
        THROUGHLINE_TRUSTED_PROXIES: "127.0.0.1",
      },
    });
  });
  after(() => product.stop());

  /** One of the flood. Half come from an address of their own each, the other half from one and the same. */
  function signIn(number: number): string {
    const address =
      number % 2 === 0 ? "203.0.113.1" : `198.${18 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
    // One account that exists among many that do not.
    const email = number % 10 === 0 ? EMAIL : `somebody${number}@example.com`;
    const body = JSON.stringify({ email, password: "a password that is wrong" });
    return [
      "POST /api/auth/sign-in/email HTTP/1.1",
      `host: ${new URL(product.url).host}`,
      `x-forwarded-for: ${address}`,
      "content-type: application/json",
      `content-length: ${body.length}`,
      "",
      body,
    ].join("\r\n");
  }

  /** Sends its share at once. Resolves with the statuses, in order. */
  async function sendShare(connection: number, onAnswer: () => void): Promise<number[]> {
    const { port } = new URL(product.url);
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    const first = connection * PER_CONNECTION;
    socket.write(Array.from({ length: PER_CONNECTION }, (_, index) => signIn(first + index)).join(""));
    let text = "";
    let statuses: number[] = [];
    for await (const chunk of socket) {
      text += String(chunk);
      const found = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      if (found.length > statuses.length) onAnswer();
      statuses = found;
      if (statuses.length >= PER_CONNECTION) break;
    }
    return statuses;
  }

  test("each is told to come back or that it failed, while another person reads", async () => {
    const signedIn = await fetch(`${product.url}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
    });
    assert.equal(signedIn.status, 200);
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";", 1)[0] ?? assert.fail();

    const hasBegun = Promise.withResolvers<void>();
    const progress = { isOver: false };
    const flood = Promise.all(
      Array.from({ length: CONNECTIONS }, (_, index) => sendShare(index, hasBegun.resolve)),
    ).finally(() => {
      progress.isOver = true;
      hasBegun.resolve();
    });
    await hasBegun.promise;
    let readsMeanwhile = 0;
    while (!progress.isOver && readsMeanwhile < READS_MAX) {
      const read = await fetch(`${product.url}/api/projects`, { headers: { cookie } });
      assert.equal(read.status, 200);
      assert.ok(projectList.parse(await read.json()).projects.length > 0);
      if (!progress.isOver) readsMeanwhile += 1;
    }
    const statuses = (await flood).flat();
    assert.ok(readsMeanwhile > 0, "nobody could read until the flood was over");

    assert.equal(statuses.length, CONNECTIONS * PER_CONNECTION);
    const counts = Object.fromEntries(
      [...Map.groupBy(statuses, (status) => status)].map(([status, of]) => [status, of.length]),
    );
    const clear = new Set([401, 429, 503]);
    assert.deepEqual(
      [...new Set(statuses)].filter((status) => !clear.has(status)),
      [],
      JSON.stringify(counts),
    );
    // Checked, refused by address, and told that too many sign in at this moment.
    for (const status of clear) assert.ok((counts[status] ?? 0) > 0, JSON.stringify(counts));

    const me = await fetch(`${product.url}/api/me`, { headers: { cookie } });
    assert.equal(sessionState.parse(await me.json()).person?.email, EMAIL);
  });
});
