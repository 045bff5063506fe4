/** Access through the real process: headless owner, sign-in, keys, restart with another secret key, pages. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createdKey, problem, sessionState } from "@throughline/contract";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";
const OWNER = { THROUGHLINE_OWNER_EMAIL: EMAIL, THROUGHLINE_OWNER_PASSWORD: PASSWORD };
const KEY = "k".repeat(40);
const NEWER = "n".repeat(40);

describe("access through the real process", () => {
  let dataDir: string;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "throughline-access-"));
  });
  after(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  async function signIn(product: Product): Promise<string> {
    const answer = await fetch(`${product.url}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.headers.getSetCookie()[0]?.split(";", 1)[0] ?? assert.fail();
  }

  test("without an owner this machine sees the product's own data at once, and is offered the set-up", async () => {
    const product = await startProduct();
    try {
      assert.match(product.output(), /Set-up +http:\S+\/setup/);
      await until("the first start shows real data", async () => {
        const { projects } = await product.get<{ projects: { id: string; hasData: boolean }[] }>(
          "/api/projects",
        );
        return projects.some(({ id, hasData }) => id === "throughline" && hasData);
      });
      const page = await fetch(product.url, { headers: { accept: "text/html" } });
      assert.equal(page.status, 200);
      const me = sessionState.parse(await product.get("/api/me"));
      assert.equal(me.isSetupNeeded, true);
    } finally {
      await product.stop();
    }
  });

  test("an owner from the environment signs in; pages and API are closed to others", async () => {
    const product = await startProduct({ dataDir, env: { ...OWNER, THROUGHLINE_SECRET_KEY: KEY } });
    try {
      assert.doesNotMatch(product.output(), /Set-up/);
      assert.doesNotMatch(product.output(), new RegExp(PASSWORD));
      for (const path of ["/api/overview", "/api/system", "/api/projects"]) {
        const refused = await fetch(product.url + path);
        assert.equal(refused.status, 401, path);
        assert.equal(problem.parse(await refused.json()).code, "sign_in_required");
      }
      // A page leads to the sign-in, which tells nothing.
      const html = { headers: { accept: "text/html" } };
      const closed = await fetch(`${product.url}/traces`, { ...html, redirect: "manual" });
      assert.deepEqual([closed.status, closed.headers.get("location")], [302, "/sign-in?next=%2Ftraces"]);
      const door = await fetch(product.url, html);
      assert.equal(new URL(door.url).pathname, "/sign-in");
      assert.doesNotMatch(await door.text(), /checkout|throughline itself/i);
      const cookie = await signIn(product);
      const page = await fetch(product.url, { headers: { accept: "text/html", cookie } });
      assert.equal(page.status, 200);
      const made = await fetch(`${product.url}/api/api-keys`, {
        method: "POST",
        headers: { "content-type": "application/json", cookie },
        body: JSON.stringify({ name: "ci", scopes: ["telemetry:read"] }),
      });
      const { key } = createdKey.parse(await made.json());
      const byKey = await fetch(`${product.url}/api/projects`, {
        headers: { authorization: `Bearer ${key}` },
      });
      assert.equal(byKey.status, 200);
      // Sending without a key stays open to programs on this machine.
      const sent = await fetch(`${product.otlpUrl}/v1/logs`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      assert.equal(sent.status, 200);
    } finally {
      assert.equal(await product.stop(), 0, product.output());
    }
  });

  test("a session outlives a restart with a newer secret key; a lost key is told, not guessed", async () => {
    const env = { THROUGHLINE_SECRET_KEY: KEY };
    const first = await startProduct({ dataDir, env });
    const cookie = await signIn(first);
    await first.stop();
    const second = await startProduct({ dataDir, env: { THROUGHLINE_SECRET_KEY: `${NEWER},${KEY}` } });
    const me = await fetch(`${second.url}/api/me`, { headers: { cookie } });
    assert.equal(sessionState.parse(await me.json()).person?.email, EMAIL);
    await second.stop();
    await assert.rejects(
      startProduct({ dataDir, env }),
      /Throughline can't start: .*key .* is not known here.*THROUGHLINE_SECRET_KEY/s,
    );
  });
});
