/** shop-web: pages rendered on the server from what shop-api answers, and the control page for trouble. */
import "../runtimeMetrics.ts";
import { readFileSync } from "node:fs";
import type { CartLine } from "../api/cart.ts";
import type { PlacedOrder } from "../api/checkout.ts";
import type { OrderSummary } from "../api/orders.ts";
import type { ProductCard, ProductPage } from "../api/products.ts";
import { currentControl, isOn, setTrouble } from "../control.ts";
import { products } from "../db/catalogue.ts";
import { requiredEnv } from "../env.ts";
import { askApi } from "../http/client.ts";
import {
  annotate,
  close,
  createShopServer,
  HttpError,
  listen,
  type Reply,
  type Request,
  type Routes,
} from "../http/server.ts";
import { announceReady, stopWith } from "../lifecycle.ts";
import { log } from "../log.ts";
import { isTrouble } from "../trouble.ts";
import { serverTiming } from "./browser.ts";
import { remember } from "./leak.ts";
import * as pages from "./pages.ts";
import { cartIdFrom, customerOf } from "./visitor.ts";

const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
const script = readFileSync(new URL("shop.js", import.meta.url), "utf8");
const style = readFileSync(new URL("style.css", import.meta.url), "utf8");

const get = <Answer>(path: string) => askApi<Answer>(currentControl().apiUrl, "GET", path);
const post = <Answer>(path: string, body: object) =>
  askApi<Answer>(currentControl().apiUrl, "POST", path, body);

/** Who is visiting, also written on the span. */
function visitorOf(request: Request) {
  const cartId = cartIdFrom(request.cookies.cart);
  const customerId = customerOf(cartId);
  annotate({ "session.id": cartId, "user.id": String(customerId) });
  return { cartId, customerId };
}

const cartCookie = (cartId: string) => `cart=${cartId}; Path=/; HttpOnly; SameSite=Lax`;

function page(request: Request, body: string): Reply {
  remember(body);
  const headers: Record<string, string> = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    ...serverTiming(),
  };
  if (request.cookies.cart === undefined) {
    headers["set-cookie"] = cartCookie(visitorOf(request).cartId);
  }
  return { headers, body };
}

function goTo(location: string, headers: Record<string, string> = {}): Reply {
  return { status: 303, headers: { ...headers, location }, body: "" };
}

/** A product page is worth showing without its recommendations. */
async function recommendationsFor(id: string): Promise<ProductCard[]> {
  try {
    return await get<ProductCard[]>(`/products/${id}/recommendations`);
  } catch (error) {
    log.error("no recommendations", error, { "shop.product.id": id });
    return [];
  }
}

function onlyLoopback(request: Request): void {
  if (!LOOPBACK.has(request.remoteAddress))
    throw new HttpError(403, "The switches answer this machine only.");
}

const routes: Routes = {
  "GET /": async (request) => {
    const category = request.query.get("category") ?? "";
    const pageNumber = Number(request.query.get("page") ?? "1");
    const query = new URLSearchParams({ category, page: String(pageNumber) });
    const found = await get<ProductCard[]>(`/products?${query}`);
    return page(request, pages.cataloguePage(category, pageNumber, found));
  },
  "GET /product/:id": async (request) => {
    const { id = "" } = request.params;
    const [product, also] = await Promise.all([
      get<ProductPage>(`/products/${encodeURIComponent(id)}`),
      recommendationsFor(encodeURIComponent(id)),
    ]);
    return page(
      request,
      pages.productPage(product, also, {
        shifts: isOn("layout-shift"),
        blocks: isOn("blocking-click"),
        isHeroLate: isOn("late-hero"),
      }),
    );
  },
  "GET /search": async (request) => {
    const words = request.query.get("q") ?? "";
    const found = await get<ProductCard[]>(`/search?${new URLSearchParams({ q: words })}`);
    return page(request, pages.searchPage(words, found));
  },
  "GET /cart": async (request) =>
    page(request, pages.cartPage(await get<CartLine[]>(`/carts/${visitorOf(request).cartId}`))),
  "POST /cart": async (request) => {
    const { cartId } = visitorOf(request);
    await post(`/carts/${cartId}/items`, { productId: request.body.productId });
    return goTo("/cart", { "set-cookie": cartCookie(cartId) });
  },
  "GET /checkout": async (request) => {
    const { cartId, customerId } = visitorOf(request);
    return page(request, pages.checkoutPage(await get<CartLine[]>(`/carts/${cartId}`), customerId));
  },
  "POST /checkout": async (request) => {
    const { cartId, customerId } = visitorOf(request);
    const { orderId } = await post<PlacedOrder>(`/carts/${cartId}/checkout`, { customerId });
    return goTo(`/orders?placed=${orderId}`);
  },
  "GET /orders": async (request) =>
    page(
      request,
      pages.ordersPage(
        await get<OrderSummary[]>(`/customers/${visitorOf(request).customerId}/orders`),
        Number(request.query.get("placed") ?? Number.NaN),
      ),
    ),
  "GET /trouble": (request) => {
    onlyLoopback(request);
    return page(request, pages.troublePage(currentControl().troubles));
  },
  "POST /trouble": (request) => {
    onlyLoopback(request);
    const { name = "", on } = request.body;
    if (!isTrouble(name)) throw new HttpError(400, `There is no trouble called "${name}".`);
    setTrouble(requiredEnv("SHOP_CONTROL_FILE"), name, on === "true");
    return goTo("/trouble");
  },
  "GET /picture/:id.svg": ({ params }) => {
    const id = Number(params.id);
    const colour = products[id - 1]?.colour ?? "#888";
    return {
      headers: { "content-type": "image/svg+xml", "cache-control": "max-age=3600" },
      body: pages.picture(id, colour),
    };
  },
  "GET /photo/:id.svg": ({ params }) => {
    const id = Number(params.id);
    return {
      headers: { "content-type": "image/svg+xml", "cache-control": "max-age=3600" },
      body: pages.photo(id, products[id - 1]?.colour ?? "#888"),
    };
  },
  "GET /shop.js": () => ({
    headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": "max-age=3600" },
    body: script,
  }),
  "GET /style.css": () => ({
    headers: { "content-type": "text/css", "cache-control": "max-age=3600" },
    body: style,
  }),
};

const server = createShopServer(routes, (status, message) => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: pages.errorPage(status, message),
}));
const port = await listen(server, Number(requiredEnv("SHOP_PORT")));
stopWith(() => close(server));
log.info("shop-web is listening", { "server.port": port });
announceReady(port);
