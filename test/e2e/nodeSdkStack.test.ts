/** @throughline/node with one import beside Nest, GraphQL, both Redis clients and fetch: names, parents, nothing secret. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { startReceiver, type ReceivedSpan, type Receiver } from "../../packages/node/testing/receiver.ts";
import { buildNodeSdk, startNodeApp, type NodeApp } from "../harness/nodeApp.ts";
import { startRedis, type TestRedis } from "../harness/redis.ts";

const SERVER = 2;

let redis: TestRedis;
let receiver: Receiver;
let app: NodeApp;
before(async () => {
  await buildNodeSdk();
  redis = await startRedis();
  receiver = await startReceiver();
  app = await startNodeApp(
    "stack.mjs",
    {
      REDIS_URL: redis.url,
      CLOSED_PORT: String(await closedPort()),
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    },
    ["--import", "@throughline/node"],
  );
});
after(async () => {
  app.kill("SIGKILL");
  await app.ended;
  await receiver.close();
  await redis.stop();
  assert.equal(app.stderr().includes("[throughline]"), false, app.stderr());
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** All spans of the newest trace whose request has this name, from the request to the leaves, as `depth name`. */
async function traceOf(name: string, isWhole: (spans: readonly ReceivedSpan[]) => boolean) {
  const spans = await receiver.until(`the trace of ${name}`, () => {
    const root = receiver.spans().findLast((span) => span.name === name && span.kind === SERVER);
    const all = receiver.spans().filter(({ traceId }) => traceId === root?.traceId);
    return root !== undefined && isWhole(all) && all;
  });
  const parentOf = (span: ReceivedSpan) => spans.find(({ spanId }) => spanId === span.parentSpanId);
  const pathOf = (span: ReceivedSpan): string[] => {
    const parent = parentOf(span);
    assert.ok(parent !== undefined || span.parentSpanId === undefined, `${span.name} hangs in the air`);
    return [...(parent === undefined ? [] : pathOf(parent)), span.name];
  };
  return { spans, paths: new Set(spans.map((span) => pathOf(span).join(" > "))), pathOf };
}

const has =
  (...names: string[]) =>
  (spans: readonly ReceivedSpan[]): boolean =>
    names.every((name) => spans.some((span) => span.name === name));
const statements = (spans: readonly ReceivedSpan[]): unknown[] =>
  spans.map(({ attributes }) => attributes["db.query.text"]).filter((text) => text !== undefined);
/** Of what is in Redis, of arguments and of documents. Addresses are another matter: they are the request's own. */
const saysNoSecret = (spans: readonly ReceivedSpan[]): void =>
  assert.doesNotMatch(
    JSON.stringify(spans.map(({ name, attributes }) => [name, { ...attributes, "url.path": "" }])),
    /secret/,
  );

describe("@throughline/node, one import", () => {
  test("Nest: the route, the controller's method in it, and what that asks for", async () => {
    await app.get("/stock/17", "nest");
    const { paths, spans } = await traceOf("GET /stock/:id", has("GET /stock/:id", "GET"));
    assert.ok(
      [...paths].some((path) => /^GET \/stock\/:id > .*StockController\.find > find > GET$/.test(path)),
      [...paths].join("\n"),
    );
    assert.deepEqual(statements(spans), ["GET ?"]);
    const root = spans.find(({ kind }) => kind === SERVER);
    assert.equal(root?.attributes["http.route"], "/stock/:id");
  });

  test("Nest: what a controller throws is on the trace, and the request is an error", async () => {
    assert.equal((await app.get("/stock/none", "nest")).status, 500);
    const { spans } = await traceOf("GET /stock/:id", (all) => all.some(({ isError }) => isError));
    assert.equal(spans.find(({ kind }) => kind === SERVER)?.isError, true);
    const types = spans.flatMap(({ exceptions }) => exceptions.map((each) => each["exception.type"]));
    assert.deepEqual(new Set(types), new Set(["TypeError"]));
  });

  for (const client of ["ioredis", "redis"])
    test(`${client}: spans are named after the command, statements have neither keys nor values`, async () => {
      await app.get(`/${client}`);
      const { spans, pathOf } = await traceOf(`GET /${client}`, has("SET", "GET", "INCR"));
      for (const name of ["SET", "GET", "INCR"]) {
        const span = spans.find((each) => each.name === name);
        assert.deepEqual(span && pathOf(span), [`GET /${client}`, "request handler", name]);
        assert.equal(span?.attributes["db.system.name"], "redis");
        assert.equal(span?.attributes["db.query.text"], name === "SET" ? "SET ? ?" : `${name} ?`);
      }
      saysNoSecret(spans);
    });

  test("redis: a command that the server refuses is an error", async () => {
    await app.get("/redis");
    const { spans } = await traceOf("GET /redis", has("LPUSH"));
    assert.equal(spans.find(({ name }) => name === "LPUSH")?.isError, true);
  });

  test("fetch: the call is below the request, and the service that is called goes on with the trace", async () => {
    await app.get("/fetch");
    const { paths } = await traceOf("GET /fetch", has("GET /orders/:id", "GET"));
    assert.ok(
      paths.has("GET /fetch > request handler > GET > GET /orders/:id > request handler"),
      [...paths].join("\n"),
    );
  });

  test("fetch: a call that nobody answers is an error", async () => {
    await app.get("/fetch-refused");
    const { spans } = await traceOf("GET /fetch-refused", has("GET"));
    assert.equal(spans.find(({ name }) => name === "GET")?.isError, true);
  });

  test("GraphQL: the operation, its resolvers below each other, and what they ask for; literals are masked", async () => {
    await app.post("/graphql", "express", {
      query: 'query Orders { order(id: "secret-literal") { id total } }',
    });
    const { paths, spans } = await traceOf("POST /graphql", has("query Orders", "GET"));
    assert.ok(
      paths.has(
        "POST /graphql > request handler > query Orders > graphql.resolve order > graphql.resolve order.total > GET",
      ),
      [...paths].join("\n"),
    );
    assert.equal(
      [...paths].some((path) => path.endsWith("order.id")),
      false,
      "plain fields have no span",
    );
    saysNoSecret(spans);
    await app.post("/graphql", "express", {
      query: "query Named($id: ID!) { order(id: $id) { total } }",
      variables: { id: "secret-variable" },
    });
    saysNoSecret((await traceOf("POST /graphql", has("query Named", "GET"))).spans);
  });

  test("GraphQL: a resolver that throws is an error with its exception, though the answer is a 200", async () => {
    assert.equal((await app.post("/graphql", "express", { query: "{ broken }" })).status, 200);
    const { spans } = await traceOf("POST /graphql", has("graphql.resolve broken"));
    const resolver = spans.find(({ name }) => name === "graphql.resolve broken");
    assert.equal(resolver?.isError, true);
    assert.equal(resolver?.exceptions[0]?.["exception.type"], "RangeError");
  });
});
