/** `npm run keys`: for whoever lost the first ingest key. A real process on the data of a real product. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { auditPage } from "@throughline/contract";
import { startPostgres, type TestPostgres } from "../harness/postgres.ts";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";

const COMMAND = fileURLToPath(new URL("../../apps/server/bin/keys.ts", import.meta.url));
const OWNER = { email: "ada@example.com", password: "correct horse battery staple" };
const KEY = /^tl_ingest_[0-9A-Za-z]{24}\n$/;

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function keys(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, out, err };
}

async function send(product: Product, key: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(`${product.otlpUrl}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key.trim()}`, ...headers },
    body: "{}",
  });
  return answer.status;
}

describe("the keys command on the product's own folder", { timeout: 180_000 }, () => {
  let dataDir: string;
  let serverKey = "";
  let browserKey = "";
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "throughline-keys-"));
  });
  after(() => rm(dataDir, { recursive: true, force: true }));
  const run = (...args: string[]): Promise<Run> => keys({ THROUGHLINE_DATA_DIR: dataDir }, ...args);

  test("makes no installation where there is none", async () => {
    const { code, err } = await run("create", "--name", "x");
    assert.deepEqual([code, await readdir(dataDir)], [1, []]);
    assert.match(err, /^There is no installation in .*: the first npm start makes one\.$/m);
  });

  test("while the product runs it says who has the folder and what to do", async () => {
    const product = await startProduct({ dataDir });
    const { code, out, err } = await run("create", "--name", "x");
    assert.equal(await product.stop(), 0);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, new RegExp(`in use by another process \\(pid ${product.pid}\\).*Settings, Keys`));
    assert.doesNotMatch(err, /^ {4}at /m);
  });

  test("prints the key alone on the standard output", async () => {
    const server = await run("create", "--name", "shop in production");
    assert.equal(server.code, 0, server.err);
    assert.match(server.out, KEY);
    assert.match(server.err, /A server key of the project default, shown this once/);
    serverKey = server.out;
    const browser = await run(
      "create",
      "--name",
      "site",
      "--kind",
      "browser",
      "--origin",
      "https://shop.example",
    );
    assert.match(browser.out, KEY);
    browserKey = browser.out;
  });

  test("refuses what the page refuses, in terms of its options", async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await run(...args);
      assert.deepEqual([code, out], [1, ""], args.join(" "));
      assert.doesNotMatch(err, /^ {4}at /m);
      return err;
    };
    assert.match(await refused("create"), /^--name: /);
    assert.match(
      await refused("create", "--name", "x", "--project", "nowhere"),
      /There is no project nowhere/,
    );
    assert.match(
      await refused("create", "--name", "x", "--kind", "browser"),
      /^--origin: a browser key needs/,
    );
    assert.match(await refused("create", "--name", "x", "--kind", "both"), /^--kind: /);
    assert.match(await refused("create", "--title", "x"), /--title/);
    assert.match(await refused("destroy"), /There is no command destroy/);
  });

  test("lists what there is, never a key", async () => {
    const { code, out } = await run("list");
    assert.equal(code, 0);
    assert.match(out, /^key +state +kind +project/);
    assert.match(out, /^tl_ingest_\w{4}… +active +server +default +never +shop in production$/m);
    assert.match(out, /First key$/m);
    assert.ok(!out.includes(serverKey.trim()));
  });

  test("its keys send, and the audit log has them as the server's own", async () => {
    const product = await startProduct({
      dataDir,
      env: { THROUGHLINE_OWNER_EMAIL: OWNER.email, THROUGHLINE_OWNER_PASSWORD: OWNER.password },
    });
    assert.equal(await send(product, serverKey), 200);
    assert.equal(await send(product, browserKey), 401, "a browser key without an Origin");
    assert.equal(await send(product, browserKey, { origin: "https://shop.example" }), 200);
    const signedIn = await fetch(`${product.url}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: product.url },
      body: JSON.stringify(OWNER),
    });
    const cookie = signedIn.headers
      .getSetCookie()
      .map((line) => line.split(";", 1)[0])
      .join("; ");
    const log = await fetch(`${product.url}/api/audit?action=ingest-key.create`, { headers: { cookie } });
    const { entries } = auditPage.parse(await log.json());
    assert.deepEqual(
      entries.map(({ actor, target, result }) => [actor.kind, target.name, result]),
      [
        ["system", "", "refused"],
        ["system", "site", "done"],
        ["system", "shop in production", "done"],
      ],
    );
    assert.equal(await product.stop(), 0);
  });
});

describe("the keys command on PostgreSQL", { timeout: 180_000 }, () => {
  let postgres: TestPostgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  test("works beside the running product, which takes the key within seconds", async () => {
    const env = { DATABASE_URL: await postgres.createDatabase() };
    const early = await keys(env, "list");
    assert.match(early.err, /There is no installation in the database of DATABASE_URL/);
    const product = await startProduct({ env });
    const { out, err } = await keys(env, "create", "--name", "shop");
    assert.match(out, KEY, err);
    await until("the key is taken", async () => (await send(product, out)) === 200);
    assert.equal(await product.stop(), 0);
  });
});
