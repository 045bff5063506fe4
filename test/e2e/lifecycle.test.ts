/** Start, restart, end: what the person at the terminal sees. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { detailedHealth } from "@throughline/contract";
import { startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";

const KEY = /tl_ingest_\S+/;

describe("the life of an installation", () => {
  let dataDir: string;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "throughline-life-"));
  });
  after(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  test("starts, prints its addresses and the first key once, answers the probes, ends with 0", async () => {
    const product = await startProduct({ dataDir });
    const key = KEY.exec(product.output())?.[0];
    assert.ok(key, "the first start prints an ingest key");
    for (const probe of ["/livez", "/readyz", "/startupz"]) {
      assert.equal((await fetch(product.url + probe)).status, 200, probe);
    }
    assert.deepEqual(await product.get("/api/health"), { status: "ok" });
    const health = detailedHealth.parse(await product.get("/api/health?detailed=true"));
    assert.deepEqual(health.checks, {
      database: "ok",
      redis: "not_configured",
      telemetry: "ok",
      ingest: "ok",
    });
    const sent = await fetch(`${product.otlpUrl}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: "{}",
    });
    assert.equal(sent.status, 200);
    assert.equal(await product.stop(), 0, product.output());
  });

  test("starts again on the same data without printing a key", async () => {
    const product = await startProduct({ dataDir });
    assert.doesNotMatch(product.output(), KEY);
    assert.equal(await product.stop(), 0, product.output());
  });

  test("a second instance on the same folder ends with one sentence that says so", async () => {
    const first = await startProduct({ dataDir });
    await assert.rejects(startProduct({ dataDir }), (error: Error) => {
      assert.match(error.message, /ended \(1\)/);
      assert.match(error.message, /Throughline can't start: .*in use/i);
      assert.doesNotMatch(error.message, /^ {4}at /m);
      return true;
    });
    assert.equal(await first.stop(), 0);
  });

  test("a port that is taken is named, with the setting that changes it, and nothing stays locked", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await assert.rejects(
      startProduct({ dataDir, env: { THROUGHLINE_OTLP_HTTP_PORT: String(port) } }),
      new RegExp(`port ${port} is taken.*THROUGHLINE_OTLP_HTTP_PORT`, "s"),
    );
    other.close();
    const product = await startProduct({ dataDir });
    assert.equal(await product.stop(), 0);
  });

  test("a wrong setting is explained before anything is opened", async () => {
    await assert.rejects(
      startProduct({ dataDir, env: { THROUGHLINE_PROT: "1", THROUGHLINE_JOURNAL_LIMIT: "much" } }),
      /did you mean THROUGHLINE_PORT.*THROUGHLINE_JOURNAL_LIMIT/s,
    );
  });

  test("what was acknowledged before kill -9 is there after the restart", async () => {
    const first = await startProduct({ dataDir });
    const sent = await fetch(`${first.otlpUrl}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "acknowledged" } }] }] }],
      }),
    });
    assert.equal(sent.status, 200);
    await first.kill("SIGKILL");
    const second = await startProduct({ dataDir });
    await until("the log line is back", async () => {
      const { items } = await second.get<{ items: { text: string }[] }>("/api/tail?project=default&kind=log");
      return items.some(({ text }) => text === "acknowledged");
    });
    assert.equal(await second.stop(), 0);
  });
});

test("--help lists every setting and starts nothing", async () => {
  const command = new URL("../../apps/server/bin/throughline.ts", import.meta.url);
  const child = spawn(process.execPath, [command.pathname, "--help"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  assert.match(output, /THROUGHLINE_PORT.*3300/);
});
