/** @throughline/node in real applications with a real PostgreSQL, as it is published, sending to a receiver and the product. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ServiceList, ServicePage, Trace } from "@throughline/contract";
import { startReceiver, type ReceivedSpan, type Receiver } from "../../packages/node/testing/receiver.ts";
import { buildNodeSdk, startNodeApp, type NodeApp } from "../harness/nodeApp.ts";
import { startPostgres, type TestPostgres } from "../harness/postgres.ts";
import { startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";

const REGISTER = ["--import", "@throughline/node/register"];
const SERVER = 2;
const CLIENT = 3;

describe("@throughline/node", () => {
  let postgres: TestPostgres;
  let databaseUrl: string;
  before(async () => {
    await buildNodeSdk();
    postgres = await startPostgres();
    databaseUrl = await postgres.createDatabase();
  });
  after(async () => {
    await postgres.stop();
  });

  async function open(file: string, env: Record<string, string> = {}, args = REGISTER) {
    const receiver = await startReceiver();
    const app = await startNodeApp(
      file,
      {
        DATABASE_URL: databaseUrl,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_METRIC_EXPORT_INTERVAL: "200",
        THROUGHLINE_KEY: "tl_ingest_test",
        ...env,
      },
      args,
    );
    const close = async (): Promise<void> => {
      app.kill("SIGKILL");
      await app.ended;
      await receiver.close();
    };
    return { receiver, app, close };
  }

  const spanOf = (receiver: Receiver, name: string): Promise<ReceivedSpan> =>
    receiver.until(`a span ${name}`, () =>
      receiver.spans().find((span) => span.name === name && span.kind === SERVER),
    );
  const below = (receiver: Receiver, { traceId }: ReceivedSpan): ReceivedSpan[] =>
    receiver
      .spans()
      .filter((span) => span.traceId === traceId && span.attributes["db.system.name"] !== undefined);

  describe("with --import, ES modules", () => {
    let receiver: Receiver;
    let app: NodeApp;
    let close: () => Promise<void>;
    before(async () => {
      ({ receiver, app, close } = await open("shop.mjs", {
        GIT_COMMIT: "0123456789abcdef",
        NODE_ENV: "production",
      }));
    });
    after(async () => {
      await close();
      assert.equal(app.stderr().includes("[throughline]"), false, app.stderr());
    });

    test("Express: route, sizes and the query below, from a service that names itself", async () => {
      const { text } = await app.get("/orders/17");
      const span = await spanOf(receiver, "GET /orders/:id");
      assert.equal(span.attributes["http.route"], "/orders/:id");
      assert.equal(span.attributes["http.response.status_code"], 200);
      assert.equal(span.attributes["http.response.body.size"], text.length);
      assert.equal(span.attributes["http.request.body.size"], 0);
      assert.equal(span.resource["service.name"], "node-shop");
      assert.equal(span.resource["service.version"], "2.3.4+0123456");
      assert.equal(span.resource["vcs.ref.head.revision"], "0123456789abcdef");
      assert.equal(span.resource["deployment.environment.name"], "production");
      const [query, ...more] = below(receiver, span);
      assert.equal(more.length, 0);
      assert.equal(query?.kind, CLIENT);
      assert.match(String(query?.attributes["db.query.text"]), /^select \$1::int as id/);
      assert.equal(receiver.requests[0]?.headers.authorization, "Bearer tl_ingest_test");
    });

    test("Express: what a handler throws is on the trace, and the request is an error", async () => {
      assert.equal((await app.get("/boom")).status, 500);
      const span = await spanOf(receiver, "GET /boom");
      assert.equal(span.isError, true);
      const exceptions = receiver
        .spans()
        .filter(({ traceId }) => traceId === span.traceId)
        .flatMap((each) => each.exceptions);
      assert.deepEqual(
        exceptions.map((each) => each["exception.type"]),
        ["TypeError"],
      );
    });

    test("a query that fails is an error with PostgreSQL's words", async () => {
      await app.get("/missing-table");
      const span = await spanOf(receiver, "GET /missing-table");
      const [query] = below(receiver, span);
      assert.equal(query?.isError, true);
    });

    test("Fastify: routes with parameters, bodies and errors", async () => {
      await app.get("/items/3", "fastify");
      const { text } = await app.post("/items", "fastify", { name: "chair" });
      await app.post("/items", "fastify", { n: 1 });
      await spanOf(receiver, "GET /items/:id");
      const posts = await receiver.until("both posts", () => {
        const found = receiver.spans().filter(({ name, kind }) => name === "POST /items" && kind === SERVER);
        return found.length === 2 && found;
      });
      const [good, bad] = [posts.find((post) => !post.isError)!, posts.find((post) => post.isError)!];
      assert.equal(good.attributes["http.request.body.size"], JSON.stringify({ name: "chair" }).length);
      assert.equal(good.attributes["http.response.body.size"], text.length);
      assert.deepEqual(
        bad.exceptions.map((each) => each["exception.type"]),
        ["RangeError"],
      );
    });

    test("raw http: a body of unknown length is counted", async () => {
      const chunks = ["one", "two", "three"];
      await fetch(`http://127.0.0.1:${app.ports["raw"]}/upload`, {
        method: "POST",
        body: new ReadableStream({
          start: (controller) => {
            for (const chunk of chunks) controller.enqueue(Buffer.from(chunk));
            controller.close();
          },
        }),
        duplex: "half",
      } as RequestInit);
      const span = await receiver.until("the upload", () =>
        receiver.spans().find((each) => each.attributes["url.path"] === "/upload"),
      );
      assert.equal(span.attributes["http.request.body.size"], chunks.join("").length);
      assert.equal(span.attributes["http.response.body.size"], 3);
    });

    test("calls out carry the trace to the next service", async () => {
      await app.get("/outgoing");
      const span = await spanOf(receiver, "GET /outgoing");
      const call = receiver
        .spans()
        .find(({ traceId, attributes }) => traceId === span.traceId && attributes["url.full"] !== undefined);
      const answered = receiver.spans().find(({ parentSpanId }) => parentSpanId === call?.spanId);
      assert.equal(answered?.name, "GET /orders/:id");
    });

    test("a full pool is seen: who waits, how long, and on the trace", async () => {
      await app.get("/busy");
      const span = await spanOf(receiver, "GET /busy");
      const waits = receiver
        .spans()
        .filter(({ traceId, name }) => traceId === span.traceId && name === "pg-pool.connect");
      assert.ok(waits.length >= 4, `${waits.length} waited`);
      const wait = await receiver.until("the waits as a metric", () =>
        receiver
          .points()
          .find((point) => point.name === "db.client.connection.wait_time" && point.value >= 6),
      );
      assert.match(String(wait.attributes["db.client.connection.pool.name"]), /^127\.0\.0\.1:\d+\//);
      const max = receiver.points().find(({ name }) => name === "db.client.connection.max");
      assert.equal(max?.value, 2);
      const open = receiver.points().filter(({ name }) => name === "db.client.connection.count");
      assert.deepEqual(
        new Set(open.map(({ attributes }) => attributes["db.client.connection.state"])),
        new Set(["used", "idle"]),
      );
      assert.ok(
        open.every(({ value }) => value >= 0 && value <= 2),
        JSON.stringify(open),
      );
    });

    test("process, runtime and host report themselves by their standard names", async () => {
      const expected = [
        "process.cpu.time",
        "process.cpu.utilization",
        "process.memory.usage",
        "v8js.memory.external",
        "v8js.memory.heap.used",
        "v8js.resource.active",
        "nodejs.eventloop.delay.p50",
        "nodejs.eventloop.delay.p99",
        "nodejs.eventloop.utilization",
        ...(process.platform === "linux"
          ? [
              "system.cpu.utilization",
              "system.memory.usage",
              "system.linux.memory.available",
              "process.unix.file_descriptor.count",
            ]
          : []),
      ];
      await receiver.until("all of them", () => {
        const names = new Set(receiver.points().map(({ name }) => name));
        return expected.every((name) => names.has(name));
      });
      const shares = receiver.points().filter(({ name }) => name.endsWith(".utilization"));
      assert.ok(
        shares.every(({ value }) => value >= 0 && value <= 1),
        JSON.stringify(shares),
      );
    });
  });

  test("as the first import: what the application imports beside it is seen, with its events and jobs", async (t) => {
    const { receiver, app, close } = await open("importFirst.mjs", {}, []);
    t.after(close);
    await app.get("/orders/17");
    const span = await spanOf(receiver, "GET /orders/:id");
    assert.equal(below(receiver, span).length, 1);
    const viewed = await receiver.until("the event", () =>
      receiver.logs().find(({ eventName }) => eventName === "order.viewed"),
    );
    assert.equal(viewed.attributes["order.id"], 17);
    assert.equal(viewed.traceId, span.traceId);

    assert.deepEqual(JSON.parse((await app.get("/jobs")).text), { answer: 14, message: "no mail server" });
    const checkIns = await receiver.until("all check-ins", () => {
      const found = receiver.logs().filter(({ eventName }) => eventName === "cron.check_in");
      return found.length === 4 && found;
    });
    assert.deepEqual(
      checkIns.map(({ attributes }) => [
        attributes["cron.job.name"],
        attributes["cron.job.schedule"],
        attributes["cron.job.status"],
      ]),
      [
        ["clean-up", "0 3 * * *", "in_progress"],
        ["clean-up", "0 3 * * *", "ok"],
        ["mail", "*/5 * * * *", "in_progress"],
        ["mail", "*/5 * * * *", "error"],
      ],
    );
    const mail = await receiver.until("the failed job", () =>
      receiver.spans().find(({ name }) => name === "cron mail"),
    );
    assert.equal(mail.exceptions[0]?.["exception.message"], "no mail server");
    assert.equal(mail.parentSpanId, undefined);
  });

  for (const [how, args, env] of [
    ["--import", REGISTER, {}],
    ["require", [], { TELEMETRY: "require" }],
  ] as const) {
    test(`CommonJS with ${how}`, async (t) => {
      const { receiver, app, close } = await open("shop.cjs", env, [...args]);
      t.after(close);
      await app.get("/orders/17");
      const span = await spanOf(receiver, "GET /orders/:id");
      assert.equal(below(receiver, span).length, 1);
    });
  }

  describe("at the end of the process", () => {
    const REQUESTS = 25;
    /** Nothing leaves before the end by itself. */
    const PATIENT = {
      OTEL_BSP_SCHEDULE_DELAY: "3600000",
      OTEL_BLRP_SCHEDULE_DELAY: "3600000",
      OTEL_METRIC_EXPORT_INTERVAL: "3600000",
    };
    const orders = (receiver: Receiver): number =>
      receiver.spans().filter(({ name, kind }) => name === "GET /orders/:id" && kind === SERVER).length;

    test("SIGTERM loses nothing and still ends the process by the signal", async (t) => {
      const { receiver, app, close } = await open("shop.mjs", PATIENT);
      t.after(close);
      for (let i = 0; i < REQUESTS; i++) await app.get(`/orders/${i}`);
      assert.equal(receiver.requests.length, 0);
      app.kill("SIGTERM");
      assert.equal(await app.ended, "SIGTERM");
      assert.equal(orders(receiver), REQUESTS);
      assert.ok(receiver.points().some(({ name }) => name === "http.server.request.duration"));
    });

    test("an application with its own SIGTERM keeps its exit code, and nothing is lost", async (t) => {
      const { receiver, app, close } = await open("shop.mjs", { ...PATIENT, OWN_SIGTERM: "1" });
      t.after(close);
      for (let i = 0; i < REQUESTS; i++) await app.get(`/orders/${i}`);
      app.kill("SIGTERM");
      assert.equal(await app.ended, 7);
      assert.equal(orders(receiver), REQUESTS);
    });

    test("process.exit() keeps its code, and nothing is lost", async (t) => {
      const { receiver, app, close } = await open("shop.mjs", PATIENT);
      t.after(close);
      for (let i = 0; i < REQUESTS; i++) await app.get(`/orders/${i}`);
      await app.get("/leave");
      assert.equal(await app.ended, 3);
      assert.equal(orders(receiver), REQUESTS);
    });

    test("a script that ends by itself keeps its exit code, and nothing is lost", async (t) => {
      const { receiver, app, close } = await open("job.mjs", PATIENT, []);
      t.after(close);
      assert.equal(await app.ended, 4);
      assert.deepEqual(
        receiver.spans().map(({ name }) => name),
        ["cron once"],
      );
      assert.equal(receiver.logs().length, 2);
    });

    test("a crash keeps its exit code and says what was not caught", async (t) => {
      const { receiver, app, close } = await open("shop.cjs", PATIENT);
      t.after(close);
      await app.get("/crash").catch(() => undefined);
      assert.equal(await app.ended, 1);
      const crash = receiver.logs().find(({ eventName }) => eventName === "exception");
      assert.equal(crash?.attributes["exception.message"], "nobody catches this");
      assert.equal(crash?.severityNumber, 21);
    });

    test("a server that is away costs one warning and no more", async (t) => {
      const gone = await startReceiver();
      await gone.close();
      const { app, close } = await open("shop.mjs", {
        OTEL_EXPORTER_OTLP_ENDPOINT: gone.url,
        OTEL_BSP_SCHEDULE_DELAY: "20",
        OTEL_METRIC_EXPORT_INTERVAL: "100",
      });
      t.after(close);
      for (let i = 0; i < REQUESTS; i++) assert.equal((await app.get(`/orders/${i}`)).status, 200);
      await until("it has warned", async () => app.stderr().includes("[throughline]"));
      app.kill("SIGTERM");
      assert.equal(await app.ended, "SIGTERM");
      const lines = app
        .stderr()
        .split("\n")
        .filter((line) => line !== "");
      assert.equal(lines.length, 1, app.stderr());
      assert.match(lines[0]!, /does not take telemetry \(ECONNREFUSED\)/);
    });
  });

  test("OTEL_SDK_DISABLED=true does nothing at all", async (t) => {
    const { receiver, app, close } = await open("shop.mjs", { OTEL_SDK_DISABLED: "true" });
    t.after(close);
    await app.get("/orders/1");
    app.kill("SIGTERM");
    assert.equal(await app.ended, "SIGTERM");
    assert.equal(receiver.requests.length, 0);
  });

  test("fast requests are kept by share, failed and slow ones all, and weights say how many there were", async (t) => {
    const { receiver, app, close } = await open("shop.mjs", {
      THROUGHLINE_FAST_TRACE_RATIO: "0",
      THROUGHLINE_SLOW_QUERY_MS: "100",
      THROUGHLINE_SLOW_REQUEST_MS: "60000",
    });
    t.after(close);
    for (let i = 0; i < 5; i++) await app.get(`/items/${i}`, "fastify");
    await app.get("/slow");
    await app.get("/boom");
    await Promise.all([spanOf(receiver, "GET /slow"), spanOf(receiver, "GET /boom")]);
    assert.ok(receiver.spans().every(({ name }) => !name.includes("/items/")));
    assert.ok(receiver.spans().every(({ traceState }) => traceState === ""));
  });

  test("the product shows what such a service does", async (t) => {
    const product = await startProduct();
    t.after(() => product.stop());
    const { app, close } = await open("shop.mjs", {
      OTEL_EXPORTER_OTLP_ENDPOINT: product.otlpUrl,
      THROUGHLINE_KEY: "",
      OTEL_SERVICE_NAME: "seen",
    });
    t.after(close);
    for (let i = 0; i < 10; i++) await app.get(`/orders/${i}`);
    await app.get("/boom");
    const row = await until("the service is listed with all its requests", async () => {
      const { services } = await product.get<ServiceList>("/api/services?project=default");
      return services.find(({ service, requests }) => service === "seen" && requests === 11);
    });
    assert.deepEqual(row.releases, ["2.3.4"]);
    const page = await product.get<ServicePage>("/api/services/seen?project=default");
    assert.deepEqual(
      page.routes
        .map(({ route, requests, errors }) => ({ route, requests, errors }))
        .toSorted((a, b) => b.requests - a.requests),
      [
        { route: "GET /orders/:id", requests: 10, errors: 0 },
        { route: "GET /boom", requests: 1, errors: 1 },
      ],
    );
    const { traceId } = page.errors[0]!;
    const trace = await product.get<Trace>(`/api/traces/${traceId}`);
    assert.equal(trace.rootName, "GET /boom");
  });
});
