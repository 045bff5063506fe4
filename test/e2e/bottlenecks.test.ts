/** The demo shop on a real product: healthy it is clean, and each of its troubles is found and named. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Bottleneck, BottleneckList, BottleneckType, Overview } from "@throughline/contract";
import { type Shop, startShop } from "../../examples/shop/shop.ts";
import type { Trouble } from "../../examples/shop/trouble.ts";
import { type Product, startProduct } from "../harness/product.ts";

const HEALTHY_ROUNDS = 30;
/** Pools are judged over two minutes. */
const GIVE_UP_MS = 300_000;

describe("the shop's bottlenecks", { timeout: 900_000 }, () => {
  let product: Product;
  let shop: Shop;
  before(async () => {
    product = await startProduct();
    shop = await startShop({
      otlpEndpoint: product.otlpUrl,
      env: {
        OTEL_BSP_SCHEDULE_DELAY: "100",
        OTEL_METRIC_EXPORT_INTERVAL: "1000",
        OTEL_METRIC_EXPORT_TIMEOUT: "1000",
      },
    });
  });
  after(async () => {
    await shop.stop();
    await product.stop();
  });

  async function ask<T>(path: string): Promise<T> {
    const answer = await fetch(`${product.url}${path}`);
    assert.equal(answer.status, 200, path);
    return (await answer.json()) as T;
  }
  const bottlenecks = async () => await ask<BottleneckList>("/api/bottlenecks?project=default&range=1h");
  const see = async (path: string): Promise<void> => {
    await (await fetch(new URL(path, shop.url))).arrayBuffer();
  };
  const round = async (index: number): Promise<void> => {
    for (const path of ["/", `/product/${(index % 40) + 1}`, "/search?q=lamp"]) await see(path);
  };

  /** Visits go on until the trouble is told. */
  async function found(
    trouble: Trouble,
    type: BottleneckType,
    isIt: (each: Bottleneck) => boolean,
    visit: (index: number) => Promise<void> = round,
  ): Promise<Bottleneck> {
    shop.setTrouble(trouble, true);
    try {
      const giveUpAt = Date.now() + GIVE_UP_MS;
      for (let index = 0; ; index++) {
        await visit(index);
        const all = (await bottlenecks()).bottlenecks;
        const it = all.find((each) => each.type === type && isIt(each));
        if (it !== undefined) return it;
        assert.ok(Date.now() < giveUpAt, `${type} is not among ${JSON.stringify(all)}`);
      }
    } finally {
      shop.setTrouble(trouble, false);
    }
  }

  async function isStored(traceId: string | null): Promise<void> {
    await ask(`/api/traces/${traceId ?? "none"}?project=default`);
  }

  test("a healthy shop has none, and a score", async () => {
    for (let index = 0; index < HEALTHY_ROUNDS; index++) await round(index);
    const giveUpAt = Date.now() + GIVE_UP_MS;
    let overview: Overview;
    do {
      overview = await ask<Overview>("/api/overview?project=default&range=1h");
      assert.ok(Date.now() < giveUpAt, "the visits are not told");
    } while (overview.health.requests < HEALTHY_ROUNDS * 3);
    const { bottlenecks: all, checks } = await bottlenecks();
    assert.deepEqual(all, []);
    assert.deepEqual(overview.bottlenecks, []);
    assert.equal(overview.health.status, "HEALTHY", JSON.stringify(overview.health));
    assert.deepEqual(
      checks.filter(({ isChecked }) => !isChecked).map(({ type }) => type),
      ["UNINDEXED_QUERY"],
    );
  });

  test("n-plus-one is N_PLUS_ONE_QUERY, by its statement and endpoint", async () => {
    const it = await found("n-plus-one", "N_PLUS_ONE_QUERY", ({ service }) => service === "shop-api");
    assert.match(it.subject, /round\(avg\(stars\)/);
    assert.ok(it.affectedEndpoints.some(({ route }) => route === "GET /products"));
    await isStored(it.evidence.traceId);
  });

  test("large-payload is LARGE_PAYLOAD, of the page and the endpoint behind it", async () => {
    const it = await found(
      "large-payload",
      "LARGE_PAYLOAD",
      ({ subject }) => subject === "GET /products",
      async () => see("/"),
    );
    assert.equal(it.service, "shop-api");
    await isStored(it.evidence.traceId);
  });

  test("slow-query is SLOW_QUERY, by the statement that lost its index", async () => {
    const it = await found(
      "slow-query",
      "SLOW_QUERY",
      ({ subject }) => subject.includes("FROM shop.review AS other"),
      async (index) => see(`/product/${(index % 40) + 1}`),
    );
    assert.ok(it.affectedEndpoints.some(({ route }) => route === "GET /products/:id"));
    await isStored(it.evidence.traceId);
  });

  test("pool-exhaustion is CONNECTION_POOL_EXHAUSTION, with a request that waited", async () => {
    const it = await found(
      "pool-exhaustion",
      "CONNECTION_POOL_EXHAUSTION",
      ({ service }) => service === "shop-api",
      async (index) => {
        await Promise.all(Array.from({ length: 16 }, (_, id) => see(`/product/${((index + id) % 40) + 1}`)));
      },
    );
    assert.match(it.description, /All 6 connections in use/);
    assert.ok(it.affectedEndpoints.length > 0);
    await isStored(it.evidence.traceId);
  });
});
