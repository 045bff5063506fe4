import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { startTestReceiver, type TestReceiver } from "./testReceiver.ts";
import { testEnv } from "./testVisit.ts";

const program = fileURLToPath(new URL("demo.ts", import.meta.url));
let receiver: TestReceiver;

before(async () => {
  receiver = await startTestReceiver();
});

after(() => receiver.close());

/** Runs the command in a group of its own, as a terminal does. */
function startDemo(t: TestContext, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    detached: true,
    env: { ...process.env, ...testEnv, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env },
  });
  // A test that failed must not leave its demo running.
  t.after(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  });
  const written = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (written.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (written.err += chunk.toString()));
  return { child, written, ended: once(child, "close").then(([code]) => code as number | null) };
}

async function takePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return { port: String(typeof address === "object" ? address?.port : 0), server };
}

async function freePort(): Promise<string> {
  const { port, server } = await takePort();
  server.close();
  await once(server, "close");
  return port;
}

function pressCtrlC(child: ChildProcess): void {
  assert.ok(child.pid !== undefined);
  process.kill(-child.pid, "SIGINT");
}

test("starts, says where to look, and stops cleanly at Ctrl-C with everything sent", async (t) => {
  const port = await freePort();
  const { child, written, ended } = startDemo(t, ["--trouble=n-plus-one", "--rate=20"], { SHOP_PORT: port });
  await receiver.until("a visitor's trace", () =>
    receiver.spans.find((span) => span.name === "GET /product/:id"),
  );
  pressCtrlC(child);
  assert.equal(await ended, 0);
  assert.equal(written.err, "");
  assert.match(written.out, new RegExp(`Shop +http://127.0.0.1:${port}\n`));
  assert.match(written.out, /\/trouble +\(on: n-plus-one\)/);
  const [, requests = "0"] = /Stopping\. (\d+) requests, 0 failed/.exec(written.out) ?? [];
  const served = receiver.spans.filter((span) => span.service === "shop-web" && span.kind === "server");
  // A visitor that was still asking when Ctrl-C came may have been counted and not served, or the other way round.
  assert.ok(Math.abs(served.length - Number(requests)) <= 16, `${served.length} served, ${requests} asked`);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`), "nothing listens any more");
  assert.ok(child.pid !== undefined);
  const group = -child.pid;
  assert.throws(() => process.kill(group, 0), { code: "ESRCH" }, "no process of it is left");
});

test("a busy port is one clear sentence, and nothing is left behind", async (t) => {
  const { port, server } = await takePort();
  const { child, written, ended } = startDemo(t, [], { SHOP_PORT: port });
  assert.equal(await ended, 1);
  server.close();
  assert.equal(
    written.err,
    `shop-web did not start: Port ${port} is in use. Stop what listens there, or set SHOP_PORT to another one.\n`,
  );
  assert.ok(child.pid !== undefined);
  const group = -child.pid;
  assert.throws(() => process.kill(group, 0), { code: "ESRCH" });
});

test("wrong options are refused before anything starts", async (t) => {
  for (const [args, sentence] of [
    [["--trouble=fire"], /There is no trouble called "fire". Choose from: slow-query, /],
    [["--minutes=soon"], /--minutes must be a number above 0, not "soon"\./],
  ] as const) {
    const { written, ended } = startDemo(t, [...args]);
    assert.equal(await ended, 1);
    assert.match(written.err, sentence);
  }
});
