import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";
import { isOn } from "../control.ts";
import type { ProductCard } from "./products.ts";

const PARTNER_ANSWERS_AFTER_MS = 3_000;

const BOUGHT_TOGETHER = `
  SELECT p.id, p.name, p.category, p.colour, p.price_cents, p.stock
  FROM shop.order_line AS mine
  JOIN shop.order_line AS also ON also.order_id = mine.order_id AND also.product_id <> mine.product_id
  JOIN shop.product AS p ON p.id = also.product_id
  WHERE mine.product_id = $1
  GROUP BY p.id ORDER BY count(*) DESC, p.id LIMIT 4`;

/** What else was in the orders that held this product. */
export async function recommend(pool: Pool, productId: number): Promise<ProductCard[]> {
  if (!isOn("pool-exhaustion")) return (await pool.query<ProductCard>(BOUGHT_TOGETHER, [productId])).rows;
  // The mistake: the connection is taken before the slow wait for a partner's answer, and kept during it.
  const client = await pool.connect();
  try {
    const { rows } = await client.query<ProductCard>(BOUGHT_TOGETHER, [productId]);
    await wait(PARTNER_ANSWERS_AFTER_MS);
    return rows;
  } finally {
    client.release();
  }
}
