import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Shop, startShop } from "./shop.ts";
import { type ReceivedSpan, startTestReceiver, type TestReceiver } from "./testReceiver.ts";
import { form, testEnv, visit } from "./testVisit.ts";

let receiver: TestReceiver;
let shop: Shop;

before(async () => {
  receiver = await startTestReceiver();
  shop = await startShop({
    otlpEndpoint: receiver.url,
    databaseUrl: process.env.SHOP_TEST_DATABASE_URL,
    // Logs and metrics are due in an hour: what arrives of them was sent by the shutdown.
    env: { ...testEnv, OTEL_BLRP_SCHEDULE_DELAY: "3600000", OTEL_METRIC_EXPORT_INTERVAL: "3600000" },
  });
});

after(async () => {
  await shop.stop();
  await receiver.close();
});

const statementsOf = (spans: ReceivedSpan[]) =>
  spans.filter((span) => span.attributes["db.query.text"] !== undefined);

test("one click is one trace: web, api and PostgreSQL, each under the one that asked", async () => {
  const { status, body, root, spans } = await visit(shop.url, receiver, "/product/5");
  assert.equal(status, 200);
  assert.match(body, /Pencil box, plum/);

  assert.equal(root.name, "GET /product/:id");
  assert.equal(root.parentSpanId, undefined);
  assert.deepEqual(
    [root.service, root.version, root.attributes["http.route"]],
    ["shop-web", "2.3.0", "/product/:id"],
  );

  const calls = receiver.childrenOf(root);
  assert.equal(calls.length, 2, "the product and its recommendations");
  const answers = calls.flatMap(receiver.childrenOf);
  assert.deepEqual(answers.map((span) => `${span.service} ${span.version} ${span.name}`).sort(), [
    "shop-api 1.4.2 GET /products/:id",
    "shop-api 1.4.2 GET /products/:id/recommendations",
  ]);
  for (const answer of answers) {
    const statements = statementsOf(receiver.childrenOf(answer));
    assert.ok(statements.length > 0, `${answer.name} asks PostgreSQL`);
    for (const statement of statements) assert.equal(statement.attributes["db.system.name"], "postgresql");
  }
  const known = new Set(spans.map((span) => span.spanId));
  for (const span of spans)
    assert.ok(span === root || known.has(span.parentSpanId ?? ""), `${span.name} has its parent`);
});

test("catalogue, categories, search, cart and an unknown product answer as they should", async () => {
  for (const [path, status, text] of [
    ["/", 200, /For a calm desk/],
    ["/?category=Light", 200, /Desk lamp, clay/],
    ["/search?q=lamp", 200, /Desk lamp, plum/],
    ["/search?q=%3Cscript%3E", 200, /Search: &lt;script&gt;/],
    ["/cart", 200, /Nothing in it yet/],
    ["/product/9999", 404, /We have no product 9999/],
    ["/nowhere", 404, /nothing at \/nowhere/],
  ] as const) {
    const page = await visit(shop.url, receiver, path);
    assert.equal(page.status, status, path);
    assert.match(page.body, text, path);
  }
});

let orderTraceId = "";

test("an order goes through the queue: the worker's spans belong to the trace of the click", async () => {
  const { cookie } = await visit(shop.url, receiver, "/cart", form({ productId: "7" }));
  assert.match(
    (await visit(shop.url, receiver, "/checkout", { headers: { cookie } })).body,
    /Desk lamp, clay/,
  );
  const placed = await visit(shop.url, receiver, "/checkout", form({}, cookie));
  assert.equal(placed.status, 303);
  orderTraceId = placed.root.traceId;

  const process = await receiver.until("the worker's span", () =>
    receiver.spans.find((span) => span.name === "process order" && span.traceId === orderTraceId),
  );
  assert.deepEqual([process.service, process.kind], ["shop-worker", "consumer"]);
  const parent = receiver.spans.find((span) => span.spanId === process.parentSpanId);
  assert.equal(`${parent?.service} ${parent?.name}`, "shop-api POST /carts/:id/checkout");
  const email = receiver.childrenOf(process).find((span) => span.name === "send e-mail");
  assert.ok(email !== undefined && statementsOf(receiver.childrenOf(email)).length === 1);

  const again = await visit(shop.url, receiver, "/checkout", form({}, cookie));
  assert.equal(again.status, 409, "the cart is empty now");
  const orders = await visit(shop.url, receiver, "/orders", { headers: { cookie } });
  assert.match(orders.body, /€90\.50/);
});

test("the cron job is a trace of its own", async () => {
  const run = await receiver.until("the cron job's span", () =>
    receiver.spans.find((span) => span.name === "cron stock-reconciliation"),
  );
  assert.deepEqual([run.service, run.parentSpanId, run.isError], ["shop-worker", undefined, false]);
  assert.equal(statementsOf(receiver.childrenOf(run)).length, 4);
});

test("shutting down sends what was waiting: spans, logs with their trace, and metrics", async () => {
  assert.deepEqual([receiver.logs, receiver.points], [[], []], "nothing of these was due yet");
  const path = "/?category=Paper&visit=last";
  await (await fetch(new URL(path, shop.url))).text();
  await shop.stop();

  const last = receiver.spans.find((span) => String(span.attributes["url.query"]).includes("visit=last"));
  assert.equal(last?.name, "GET /");

  const placed = receiver.logs.find((log) => log.body === "order placed");
  assert.deepEqual([placed?.service, placed?.severity, placed?.traceId], ["shop-api", "INFO", orderTraceId]);

  const servicesWith = (name: string) =>
    [...new Set(receiver.points.filter((point) => point.name === name).map((point) => point.service))].sort();
  const all = ["shop-api", "shop-web", "shop-worker"];
  assert.deepEqual(servicesWith("process.memory.usage"), all);
  assert.deepEqual(servicesWith("nodejs.eventloop.delay.p99"), all);
  assert.deepEqual(servicesWith("http.server.request.duration"), ["shop-api", "shop-web"]);
  assert.deepEqual(servicesWith("db.client.operation.duration"), ["shop-api", "shop-worker"]);
  const pool = receiver.points.filter((point) => point.name === "shop.db.pool.connections");
  assert.deepEqual([...new Set(pool.map((point) => point.attributes.state))].sort(), [
    "idle",
    "total",
    "waiting",
  ]);
  const value = (name: string) => receiver.points.find((point) => point.name === name)?.value;
  assert.deepEqual([value("shop.orders"), value("shop.revenue"), value("shop.jobs")], [1, 90.5, 1]);
});
