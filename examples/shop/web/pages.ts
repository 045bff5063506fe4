/** The shop's pages, as functions of what is shown. */
import type { CartLine } from "../api/cart.ts";
import type { OrderSummary } from "../api/orders.ts";
import type { ProductCard, ProductPage } from "../api/products.ts";
import { categories } from "../db/catalogue.ts";
import { type Trouble, troubleNames, troubles } from "../trouble.ts";
import { sdkTag, tracked } from "./browser.ts";
import { type Html, html, raw } from "./html.ts";

const euro = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });
const price = (cents: number) => euro.format(cents / 100);
const total = (lines: CartLine[]) => lines.reduce((sum, line) => sum + line.quantity * line.price_cents, 0);
const day = (time: string) => time.slice(0, 10);

function page(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – Fernhill</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="data:," />
        ${sdkTag()}
      </head>
      <body>
        <header>
          <a class="name" href="/">Fernhill</a>
          <form action="/search" role="search">
            <input type="search" name="q" aria-label="Search" placeholder="Search" />
          </form>
          <nav>
            ${categories.map((name) => html`<a href="/?category=${name}">${name}</a>`)}<a href="/cart">Cart</a
            ><a href="/orders">Orders</a>
          </nav>
        </header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
        <footer class="quiet">A demo shop. Nothing here can be bought.</footer>
      </body>
    </html>`.markup;
}

function card(product: ProductCard): Html {
  const stars = product.stars === undefined ? "" : ` · ★ ${product.stars.toFixed(1)}`;
  return html`<li>
    <a class="card" href="/product/${product.id}">
      <img src="/picture/${product.id}.svg" width="400" height="300" alt="" loading="lazy" />
      <span class="title">${product.name}</span
      ><span class="facts">${price(product.price_cents)}${stars}</span></a
    >
  </li>`;
}

const grid = (products: ProductCard[]) =>
  html`<ul class="grid">
    ${products.map(card)}
  </ul>`;

export function cataloguePage(category: string, pageNumber: number, products: ProductCard[]): string {
  const hasMore = products.length > 0;
  const next = html`<p><a href="/?category=${category}&amp;page=${pageNumber + 1}">More</a></p>`;
  // What a client-side filter would use; with "large-payload" it is megabytes.
  const data = raw(JSON.stringify(products).replaceAll("<", "\\u003c"));
  return page(
    category === "" ? "For a calm desk" : category,
    html`${grid(products)}${hasMore ? next : html`<p>That was everything.</p>`}
      <script type="application/json" id="catalogue">
        ${data}
      </script>`,
  );
}

export function searchPage(words: string, products: ProductCard[]): string {
  const nothing = html`<p>Nothing found for “${words}”. Try “lamp”, “paper” or “moss”.</p>`;
  return page(
    `Search: ${words}`,
    html`${products.length === 0 ? nothing : grid(products)}${tracked("search", { results: products.length })}`,
  );
}

const SHIFT = raw(`<script>
addEventListener("load", () => setTimeout(() => {
  const banner = document.createElement("div");
  banner.className = "banner";
  banner.textContent = "Summer sale: free delivery until Sunday";
  document.body.prepend(banner);
}, 300));
</script>`);

export interface PageTroubles {
  readonly shifts: boolean;
  readonly blocks: boolean;
  readonly isHeroLate: boolean;
}

export function productPage(
  { product, reviews }: ProductPage,
  also: ProductCard[],
  { shifts, blocks, isHeroLate }: PageTroubles,
): string {
  const hero = isHeroLate
    ? html`<div
        id="hero"
        class="hero-place"
        data-src="/photo/${product.id}.svg"
        data-alt="${product.name}"
      ></div>`
    : html`<img src="/photo/${product.id}.svg" width="400" height="300" alt="${product.name}" />`;
  const isOn = raw([blocks ? " data-blocks" : "", isHeroLate ? " data-late-hero" : ""].join(""));
  const shown = reviews.map(
    (review) =>
      html`<li>
        ${"★".repeat(review.stars)} ${review.body} <br /><span class="quiet"
          >${review.author}, ${review.reviews_by_author} reviews, ${day(review.created_at)}</span
        >
      </li>`,
  );
  return page(
    product.name,
    html`<div class="product">
        ${hero}
        <div>
          <p>${product.description}</p>
          <p class="price">${price(product.price_cents)}</p>
          <form method="post" action="/cart">
            <button id="add-to-cart" name="productId" value="${product.id}">Add to cart</button>
          </form>
          <p class="quiet">${product.stock > 0 ? `${product.stock} in stock` : "Out of stock"}</p>
        </div>
      </div>
      ${
        also.length === 0
          ? ""
          : html`<h2>Often bought together</h2>
              ${grid(also)}`
      }
      <h2>Reviews</h2>
      <ul class="reviews">
        ${shown}
      </ul>
      ${raw('<script src="/shop.js"')}${isOn}${raw("></script>")}
      ${tracked("product_view", { product_id: product.id, price: product.price_cents / 100 })}
      ${shifts ? SHIFT : ""}`,
  );
}

function lineTable(lines: CartLine[]): Html {
  const rows = lines.map(
    (line) =>
      html`<tr>
        <td><a href="/product/${line.product_id}">${line.name}</a></td>
        <td>${line.quantity}</td>
        <td class="amount">${price(line.quantity * line.price_cents)}</td>
      </tr>`,
  );
  return html`<table>
    <thead>
      <tr>
        <th>Product</th>
        <th>Pieces</th>
        <th class="amount">Price</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
    <tfoot>
      <tr>
        <th colspan="2">Total</th>
        <th class="amount">${price(total(lines))}</th>
      </tr>
    </tfoot>
  </table>`;
}

export function cartPage(lines: CartLine[]): string {
  if (lines.length === 0) return page("Cart", html`<p>Nothing in it yet. <a href="/">Look around</a>.</p>`);
  return page(
    "Cart",
    html`${lineTable(lines)}
      <p><a href="/checkout">Checkout</a></p>`,
  );
}

export function checkoutPage(lines: CartLine[], customerId: number): string {
  if (lines.length === 0) return cartPage(lines);
  return page(
    "Checkout",
    html`${lineTable(lines)}
      <p class="quiet">You order as customer ${customerId}.</p>
      <form method="post" action="/checkout"><button>Place order</button></form>`,
  );
}

/** @param placedId of the order that led here */
export function ordersPage(orders: OrderSummary[], placedId: number | null): string {
  const placed = orders.find(({ id }) => Number(id) === placedId);
  const rows = orders.map(
    (order) =>
      html`<tr>
        <td>${order.id}</td>
        <td>${day(order.placed_at)}</td>
        <td>${order.status}</td>
        <td>${order.pieces}</td>
        <td class="amount">${price(order.total_cents)}</td>
      </tr>`,
  );
  const table = html`<table>
    <thead>
      <tr>
        <th>Order</th>
        <th>Placed</th>
        <th>Status</th>
        <th>Pieces</th>
        <th class="amount">Total</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
  const told =
    placed === undefined
      ? ""
      : tracked("order", {
          revenue: placed.total_cents / 100,
          currency: "EUR",
          pieces: Number(placed.pieces),
        });
  return page("Your orders", html`${orders.length === 0 ? html`<p>None yet.</p>` : table}${told}`);
}

export function errorPage(status: number, message: string): string {
  return page(
    status === 404 ? "Not here" : "That did not work",
    html`<p>${message}</p>
      <p><a href="/">Home</a></p>`,
  );
}

export function troublePage(on: readonly Trouble[]): string {
  const rows = troubleNames.map((name) => {
    const isOn = on.includes(name);
    return html`<tr>
      <th scope="row">${name}</th>
      <td>${troubles[name]}</td>
      <td>
        <form method="post">
          <input type="hidden" name="name" value="${name}" /><input
            type="hidden"
            name="on"
            value="${isOn ? "false" : "true"}"
          />
          <button
            class="${isOn ? "" : "off"}"
            aria-label="${name} is ${isOn ? "on, turn off" : "off, turn on"}"
          >
            ${isOn ? "is on" : "is off"}
          </button>
        </form>
      </td>
    </tr>`;
  });
  return page(
    "Trouble",
    html`<p>Make the shop misbehave, then find out why.</p>
      <table>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  );
}

/** A plain picture of a product: its colour and a shape. */
export function picture(id: number, colour: string): string {
  const inset = 40 + (id % 12) * 7;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300"><rect width="400" height="300" fill="${colour}" opacity=".28"/>
<rect x="${inset}" y="${inset / 2 + 20}" width="${400 - 2 * inset}" height="${260 - inset}" rx="${(id % 5) * 14}" fill="${colour}"/></svg>`;
}

/** The same with the grain of a photograph: real pictures have bytes. */
export function photo(id: number, colour: string): string {
  const grain = Array.from({ length: 900 }, (_, index) => {
    const [x, y] = [(index * 97 * (id + 3)) % 400, (index * 61 * (id + 7)) % 300];
    return `<circle cx="${x}" cy="${y}" r="${1 + (index % 4)}" fill="${colour}" opacity=".${2 + (index % 6)}"/>`;
  });
  return picture(id, colour).replace("</svg>", `${grain.join("")}</svg>`);
}
