import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../../test/harness/until.ts";
import { freePorts, startDemo, takePort } from "./testDemo.ts";
import { startTestReceiver, type TestReceiver } from "./testReceiver.ts";
import { testEnv } from "./testVisit.ts";

const DEADLINE_MS = 90_000;
let receiver: TestReceiver;
let toReceiver: Record<string, string>;

before(async () => {
  receiver = await startTestReceiver();
  toReceiver = { ...testEnv, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
});

after(() => receiver.close());

test("starts, says where to look, and stops cleanly at Ctrl-C with everything sent", async (t) => {
  const [port = ""] = await freePorts(1);
  const demo = startDemo(t, ["--trouble=n-plus-one", "--rate=20"], { ...toReceiver, SHOP_PORT: port });
  await receiver.until("a visitor's trace", () =>
    receiver.spans.find((span) => span.name === "GET /product/:id"),
  );
  demo.pressCtrlC();
  assert.equal(await demo.ended, 0);
  const { out, err } = demo.written;
  assert.equal(err, "");
  assert.match(out, new RegExp(`Shop +http://127.0.0.1:${port}\n`));
  assert.match(out, /\/trouble +\(on: n-plus-one\)/);
  const [, requests = "0"] = /Stopping\. (\d+) requests, 0 failed/.exec(out) ?? [];
  const served = receiver.spans.filter((span) => span.service === "shop-web" && span.kind === "server");
  // A visitor that was still asking when Ctrl-C came may have been counted and not served.
  assert.ok(Math.abs(served.length - Number(requests)) <= 20, `${served.length} served, ${requests} asked`);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`), "nothing listens any more");
  assert.throws(demo.probeGroup, { code: "ESRCH" }, "no process of it is left");
});

test("a busy port is one clear sentence, and nothing is left behind", async (t) => {
  const { port, server } = await takePort();
  t.after(() => server.close());
  const demo = startDemo(t, [], { ...toReceiver, SHOP_PORT: port });
  assert.equal(await demo.ended, 1);
  assert.equal(
    demo.written.err,
    `shop-web did not start: Port ${port} is in use. Stop what listens there, or set SHOP_PORT to another one.\n`,
  );
  assert.throws(demo.probeGroup, { code: "ESRCH" });
});

test("wrong options are refused before anything starts", async (t) => {
  for (const [args, sentence] of [
    [["--trouble=fire"], /There is no trouble called "fire". Choose from: slow-query, /],
    [["--minutes=soon"], /--minutes must be a number above 0, not "soon"\./],
  ] as const) {
    const demo = startDemo(t, [...args], toReceiver);
    assert.equal(await demo.ended, 1);
    assert.match(demo.written.err, sentence);
  }
});

test("brings its own Throughline, which sees the three services and their releases, and takes it away again", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "throughline-demo-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const [shop = "", pages = "", http = "", grpc = ""] = await freePorts(4);
  const demo = startDemo(t, ["--rate=20"], {
    OTEL_EXPORTER_OTLP_ENDPOINT: "",
    SHOP_PORT: shop,
    THROUGHLINE_PORT: pages,
    THROUGHLINE_OTLP_HTTP_PORT: http,
    THROUGHLINE_OTLP_GRPC_PORT: grpc,
    THROUGHLINE_DATA_DIR: dataDir,
    THROUGHLINE_MIN_FREE_DISK: "0",
  });
  let isOver = false;
  void demo.ended.then(() => (isOver = true));

  type Row = { service: string; spans: number; requests: number; releases: string[] };
  const listServices = async (): Promise<Row[]> => {
    const answer = await fetch(`http://127.0.0.1:${pages}/api/services`).catch(() => undefined);
    return answer?.ok === true ? ((await answer.json()) as { services: Row[] }).services : [];
  };
  const giveUpAt = Date.now() + DEADLINE_MS;
  let rows: Row[] = [];
  while (rows.length < 3 || rows.some((row) => row.service !== "shop-worker" && row.requests === 0)) {
    assert.ok(
      !isOver && Date.now() < giveUpAt,
      `${JSON.stringify(rows)} ${demo.written.out} ${demo.written.err}`,
    );
    await wait(200);
    rows = await listServices();
  }
  const releases = Object.fromEntries(rows.map((row) => [row.service, row.releases]));
  assert.deepEqual([releases["shop-api"], releases["shop-web"]], [["1.4.2"], ["2.3.0"]]);
  assert.ok("shop-worker" in releases);

  // Whoever tests has a Chromium: its visitors come on phones and desktops, and what they see is measured.
  const measured = async (device: string): Promise<string[]> => {
    const answer = await fetch(`http://127.0.0.1:${pages}/api/web-vitals?range=1h&device=${device}`);
    const { vitals } = (await answer.json()) as { vitals: { name: string; sampleCount: number }[] };
    return vitals.filter(({ sampleCount }) => sampleCount > 0).map(({ name }) => name);
  };
  for (const device of ["desktop", "mobile"])
    await until(
      `vitals of a ${device}`,
      async () => {
        assert.ok(!isOver, demo.written.err);
        const names = await measured(device);
        return ["LCP", "FCP", "TTFB"].every((name) => names.includes(name));
      },
      DEADLINE_MS * 2,
    );

  demo.pressCtrlC();
  assert.equal(await demo.ended, 0, demo.written.err);
  assert.match(demo.written.out, new RegExp(`Throughline +http://127.0.0.1:${pages}\n`));
  await assert.rejects(fetch(`http://127.0.0.1:${pages}/livez`), "it is gone");
});
