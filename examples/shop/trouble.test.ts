import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { chromium } from "playwright-core";
import { type Shop, startShop } from "./shop.ts";
import { type ReceivedSpan, startTestReceiver, type TestReceiver } from "./testReceiver.ts";
import { form, testEnv, visit } from "./testVisit.ts";
import { parseTroubles, type Trouble } from "./trouble.ts";
import { customerOf } from "./web/visitor.ts";

let receiver: TestReceiver;
let shop: Shop;

before(async () => {
  receiver = await startTestReceiver();
  shop = await startShop({
    otlpEndpoint: receiver.url,
    databaseUrl: process.env.SHOP_TEST_DATABASE_URL,
    env: {
      ...testEnv,
      OTEL_BLRP_SCHEDULE_DELAY: "100",
      OTEL_METRIC_EXPORT_INTERVAL: "500",
      OTEL_METRIC_EXPORT_TIMEOUT: "500",
    },
  });
});

after(async () => {
  await shop.stop();
  await receiver.close();
});

const see = (path: string, options?: RequestInit) => visit(shop.url, receiver, path, options);

/** Turns the switch the way a person does, on the control page. */
async function turn(trouble: Trouble, isOn: boolean): Promise<void> {
  const { status } = await see("/trouble", form({ name: trouble, on: String(isOn) }));
  assert.equal(status, 303);
}

async function withTrouble(trouble: Trouble, run: () => Promise<void>): Promise<void> {
  await turn(trouble, true);
  try {
    await run();
  } finally {
    await turn(trouble, false);
  }
}

const textOf = (span: ReceivedSpan) => String(span.attributes["db.query.text"] ?? "");

function spanNamed(spans: ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.find((span) => span.name === name);
  assert.ok(found !== undefined, `a span named ${name}`);
  return found;
}

/** How often the most repeated statement ran directly under the span. */
function mostRepeated(parent: ReceivedSpan): number {
  const groups = Map.groupBy(receiver.childrenOf(parent).filter(textOf), textOf);
  return Math.max(...[...groups.values()].map((group) => group.length));
}

/** A cart whose customer has, or has not, a postcode: every fifth has none. */
function cartOfCustomer(hasPostcode: boolean): string {
  for (let number = 0; ; number++) {
    const cartId = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
    if ((customerOf(cartId) % 5 !== 0) === hasPostcode) return `cart=${cartId}`;
  }
}

async function buy(cookie: string) {
  await see("/cart", form({ productId: "3" }, cookie));
  return see("/checkout", form({}, cookie));
}

test("slow-query: the same statement reads the whole table instead of an index", async () => {
  const database = new pg.Client({ connectionString: shop.databaseUrl });
  await database.connect();
  const plan = async () => {
    const text = textOf(
      receiver.spans.find((span) => textOf(span).includes("reviews_by_author")) as ReceivedSpan,
    );
    const { rows } = await database.query<Record<string, string>>(`EXPLAIN ${text.replace("$1", "5")}`);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  };
  try {
    await see("/product/5");
    assert.match(await plan(), /Scan (using|on) review_by_customer/);
    await withTrouble("slow-query", async () => {
      await see("/product/5");
      assert.match(await plan(), /Seq Scan on review/);
    });
    await see("/product/5");
    assert.match(await plan(), /Scan (using|on) review_by_customer/);
    const statements = new Set(
      receiver.spans.map(textOf).filter((text) => text.includes("reviews_by_author")),
    );
    assert.equal(statements.size, 1);
  } finally {
    await database.end();
  }
});

test("n-plus-one: the catalogue sends one statement per product", async () => {
  assert.equal(mostRepeated(spanNamed((await see("/")).spans, "GET /products")), 1);
  await withTrouble("n-plus-one", async () => {
    assert.equal(mostRepeated(spanNamed((await see("/")).spans, "GET /products")), 24);
  });
});

test("failing-route: the order history answers 500 and says why in span and log", async () => {
  assert.equal((await see("/orders")).status, 200);
  await withTrouble("failing-route", async () => {
    const { status, spans, root } = await see("/orders");
    assert.equal(status, 500);
    assert.equal(root.isError, true);
    const api = spanNamed(spans, "GET /customers/:id/orders");
    assert.deepEqual([api.isError, api.attributes["http.response.status_code"]], [true, 500]);
    assert.match(String(api.exceptions[0]?.["exception.message"]), /column o\.total does not exist/);
    assert.ok(receiver.childrenOf(api).some((span) => textOf(span).includes("o.total AS") && span.isError));
    const log = await receiver.until("the error's log", () =>
      receiver.logs.find((log) => log.traceId === root.traceId && log.service === "shop-api"),
    );
    assert.deepEqual([log.severity, log.attributes["exception.type"]], ["ERROR", "error"]);
  });
});

test("large-payload: the catalogue weighs megabytes", async () => {
  const sizeOf = (span: ReceivedSpan) => Number(span.attributes["http.response.body.size"]);
  assert.ok(sizeOf((await see("/")).root) < 50_000);
  await withTrouble("large-payload", async () => {
    const { body, root, spans } = await see("/");
    assert.ok(body.length > 1_000_000);
    assert.equal(sizeOf(root), Buffer.byteLength(body));
    assert.ok(sizeOf(spanNamed(spans, "GET /products")) > 1_000_000);
  });
});

test("memory-leak: shop-web keeps what it rendered", async () => {
  const HEAP = "v8js.memory.heap.used";
  const heapNow = () => {
    const points = receiver.points.filter((point) => point.service === "shop-web" && point.name === HEAP);
    const latest = new Map(points.map((point) => [point.attributes["v8js.heap.space.name"], point.value]));
    return [...latest.values()].reduce((sum, value) => sum + value, 0);
  };
  const baseline = await receiver.until("shop-web's heap", () => heapNow() || undefined);
  // Big pages make it leak fast, six times twelve times two megabytes, and collect garbage soon afterwards.
  await withTrouble("large-payload", async () => {
    await withTrouble("memory-leak", async () => {
      for (let page = 0; page < 6; page++) await see("/");
      await receiver.until("a heap grown by 100 MB", () => heapNow() > baseline + 100_000_000);
    });
    for (let page = 0; page < 60 && heapNow() > baseline + 80_000_000; page++) await see("/");
    assert.ok(heapNow() <= baseline + 80_000_000, "without the leak the memory comes back");
  });
});

test("pool-exhaustion: requests wait for a connection", async () => {
  const waiting = () =>
    receiver.points.some(
      ({ service, name, attributes, value }) =>
        service === "shop-api" &&
        name === "shop.db.pool.connections" &&
        attributes.state === "waiting" &&
        value > 0,
    );
  assert.equal(waiting(), false);
  await withTrouble("pool-exhaustion", async () => {
    const pages = Array.from({ length: 10 }, (_, index) => see(`/product/${index + 1}`));
    await receiver.until("requests that wait for a connection", waiting);
    for (const { status } of await Promise.all(pages)) assert.ok(status === 200 || status === 500);
  });
  assert.equal((await see("/product/1")).status, 200, "the shop recovers");
});

test("layout-shift: the product page moves after it was drawn", async () => {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
    ],
  });
  /** Sum of the layout shifts until the page has been quiet after the banner's time. */
  const shiftOf = async (ready: string) => {
    const page = await browser.newPage();
    await page.goto(`${shop.url}/product/5`, { waitUntil: "load" });
    await page.waitForSelector(ready, { state: "attached" });
    const shift = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries())
              sum += (entry as PerformanceEntry & { value: number }).value;
          }).observe({ type: "layout-shift", buffered: true });
          // Two frames later a shift has been reported; the observer's own task comes after those.
          requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum), 100)));
        }),
    );
    await page.close();
    return shift;
  };
  try {
    assert.equal(await shiftOf(".reviews"), 0);
    await withTrouble("layout-shift", async () => {
      assert.ok((await shiftOf(".banner")) > 0.05);
    });
  } finally {
    await browser.close();
  }
});

test("bad-deploy: another version answers, fails some customers, and is rolled back without a gap", async () => {
  assert.equal((await buy(cartOfCustomer(false))).status, 303, "1.4.2 takes orders from everybody");

  async function untilVersion(version: string): Promise<void> {
    for (;;) {
      const { status, spans } = await see("/search?q=lamp");
      assert.equal(status, 200, "a rollout is not noticed by visitors");
      if (spanNamed(spans, "GET /search").version === version) return;
    }
  }
  await withTrouble("bad-deploy", async () => {
    await untilVersion("1.5.0");
    const good = await buy(cartOfCustomer(true));
    assert.equal(good.status, 303);
    assert.ok(good.spans.some((span) => span.name === "check risk"));
    const bad = await buy(cartOfCustomer(false));
    assert.equal(bad.status, 500);
    const api = spanNamed(bad.spans, "POST /carts/:id/checkout");
    assert.deepEqual(
      [api.version, api.isError, api.exceptions[0]?.["exception.type"]],
      ["1.5.0", true, "TypeError"],
    );
  });
  await untilVersion("1.4.2");
  assert.equal((await buy(cartOfCustomer(false))).status, 303);
});

test("unknown troubles are refused, by name", async () => {
  assert.deepEqual(parseTroubles("slow-query, n-plus-one"), ["slow-query", "n-plus-one"]);
  assert.throws(() => parseTroubles("slow-querry"), /no trouble called "slow-querry".*slow-query/);
  assert.equal((await see("/trouble", form({ name: "fire", on: "true" }))).status, 400);
});
