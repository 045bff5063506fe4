import { scryptSync } from "node:crypto";
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import type { Pool, PoolClient } from "pg";
import { HttpError } from "../http/server.ts";
import { log } from "../log.ts";
import type { CartLine } from "./cart.ts";
import { BAD_RELEASE } from "./releases.ts";

export interface PlacedOrder {
  orderId: number;
  totalCents: number;
}

const meter = metrics.getMeter("shop");
const ordersPlaced = meter.createCounter("shop.orders", { unit: "{order}", description: "Orders placed." });
const revenue = meter.createCounter("shop.revenue", {
  unit: "EUR",
  description: "Value of the orders placed.",
});
const tracer = trace.getTracer("shop");

/**
 * Turns a cart into an order: one transaction that takes the stock, writes the order and queues its processing.
 * @throws {HttpError} 409 when the cart is empty or something is out of stock.
 */
export async function checkout(
  pool: Pool,
  cartId: string,
  customerId: number,
  release: string,
): Promise<PlacedOrder> {
  if (release === BAD_RELEASE) await checkRisk(pool, customerId);
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const order = await placeOrder(client, cartId, customerId);
    await client.query("COMMIT");
    ordersPlaced.add(1);
    revenue.add(order.totalCents / 100);
    log.event("order", "order placed", {
      order_id: String(order.orderId),
      revenue: order.totalCents / 100,
      currency: "EUR",
      "shop.order.id": order.orderId,
      "shop.order.total_cents": order.totalCents,
    });
    return order;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

async function placeOrder(client: PoolClient, cartId: string, customerId: number): Promise<PlacedOrder> {
  const { rows: lines } = await client.query<Pick<CartLine, "product_id" | "quantity" | "price_cents">>(
    `UPDATE shop.product AS p SET stock = p.stock - i.quantity
     FROM shop.cart_item AS i
     WHERE i.cart_id = $1 AND p.id = i.product_id AND p.stock >= i.quantity
     RETURNING i.product_id, i.quantity, p.price_cents`,
    [cartId],
  );
  const emptied = await client.query("DELETE FROM shop.cart_item WHERE cart_id = $1", [cartId]);
  if (emptied.rowCount === 0) throw new HttpError(409, "The cart is empty.");
  if (emptied.rowCount !== lines.length) throw new HttpError(409, "Something in the cart is out of stock.");
  const totalCents = lines.reduce((sum, line) => sum + line.quantity * line.price_cents, 0);
  const { rows } = await client.query<{ id: number }>(
    "INSERT INTO shop.customer_order (customer_id, total_cents) VALUES ($1, $2) RETURNING id",
    [customerId, totalCents],
  );
  const orderId = rows[0]?.id ?? 0;
  await client.query(
    `INSERT INTO shop.order_line (order_id, product_id, quantity, price_cents)
     SELECT $1, product_id, quantity, price_cents
     FROM jsonb_to_recordset($2::jsonb) AS line(product_id int, quantity int, price_cents int)`,
    [orderId, JSON.stringify(lines)],
  );
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  await client.query("INSERT INTO shop.job (order_id, carrier) VALUES ($1, $2)", [
    orderId,
    JSON.stringify(carrier),
  ]);
  return { orderId, totalCents };
}

/** New in 1.5.0: a "risk score". It blocks the event loop, and whoever wrote it forgot that a postcode is optional. */
async function checkRisk(pool: Pool, customerId: number): Promise<void> {
  await tracer.startActiveSpan("check risk", async (span) => {
    try {
      const { rows } = await pool.query<{ email: string; postcode: string }>(
        "SELECT email, postcode FROM shop.customer WHERE id = $1",
        [customerId],
      );
      const { email = "", postcode = "" } = rows[0] ?? {};
      const region = postcode.slice(0, 2);
      const score = scryptSync(email, region, 32, { N: 2 ** 16, maxmem: 2 ** 27 }).readUInt8(0);
      span.setAttribute("shop.risk.score", score);
    } finally {
      span.end();
    }
  });
}
