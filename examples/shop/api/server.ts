/** shop-api: products, search, carts, orders and recommendations as JSON, from PostgreSQL. */
import "../runtimeMetrics.ts";
import { metrics } from "@opentelemetry/api";
import { openPool } from "../db/pool.ts";
import { requiredEnv } from "../env.ts";
import {
  close,
  createShopServer,
  HttpError,
  json,
  listen,
  type Request,
  type Routes,
} from "../http/server.ts";
import { announceReady, stopWith } from "../lifecycle.ts";
import { log } from "../log.ts";
import { addToCart, readCart } from "./cart.ts";
import { checkout } from "./checkout.ts";
import { readOrders } from "./orders.ts";
import { listProducts, readProduct, searchProducts } from "./products.ts";
import { recommend } from "./recommendations.ts";

const MAX_ID = 2 ** 31 - 1;
const release = requiredEnv("SHOP_RELEASE");
const pool = openPool();
const searches = metrics.getMeter("shop").createCounter("shop.searches", { unit: "{search}" });

function wholeNumber(text: string | undefined, what: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MAX_ID) return number;
  throw new HttpError(400, `${what} must be a whole number from 1.`);
}

const idOf = (request: Request) => wholeNumber(request.params.id, "The id");
const cartOf = (request: Request) => request.params.id ?? "";

const routes: Routes = {
  "GET /products": async ({ query }) =>
    json(
      await listProducts(pool, query.get("category") ?? "", wholeNumber(query.get("page") ?? "1", "page")),
    ),
  "GET /products/:id": async (request) => json(await readProduct(pool, idOf(request))),
  "GET /products/:id/recommendations": async (request) => json(await recommend(pool, idOf(request))),
  "GET /search": async ({ query }) => {
    const found = await searchProducts(pool, query.get("q") ?? "");
    searches.add(1, { "shop.search.found": found.length > 0 });
    return json(found);
  },
  "GET /carts/:id": async (request) => json(await readCart(pool, cartOf(request))),
  "POST /carts/:id/items": async (request) => {
    await addToCart(pool, cartOf(request), wholeNumber(request.body.productId, "productId"));
    return json({}, 201);
  },
  "POST /carts/:id/checkout": async (request) => {
    const customerId = wholeNumber(request.body.customerId, "customerId");
    return json(await checkout(pool, cartOf(request), customerId, release), 201);
  },
  "GET /customers/:id/orders": async (request) => json(await readOrders(pool, idOf(request))),
};

const server = createShopServer(routes, (status, message) => json({ error: message }, status));
const port = await listen(server, 0);
stopWith(async () => {
  await close(server);
  await pool.end();
});
log.info(`shop-api ${release} is listening`, { "server.port": port });
announceReady(port);
