import type { Pool } from "pg";
import { HttpError } from "../http/server.ts";

export interface CartLine {
  product_id: number;
  name: string;
  colour: string;
  quantity: number;
  price_cents: number;
}

/** The lines of a cart, in the order they were put in. */
export async function readCart(pool: Pool, cartId: string): Promise<CartLine[]> {
  const { rows } = await pool.query<CartLine>(
    `SELECT i.product_id, p.name, p.colour, i.quantity, p.price_cents
     FROM shop.cart_item AS i JOIN shop.product AS p ON p.id = i.product_id
     WHERE i.cart_id = $1 ORDER BY i.added_at, i.product_id`,
    [cartId],
  );
  return rows;
}

/**
 * Puts one more of a product in the cart; 99 is the most.
 * @throws {HttpError} 404 when there is no such product.
 */
export async function addToCart(pool: Pool, cartId: string, productId: number): Promise<void> {
  const { rowCount } = await pool.query(
    `INSERT INTO shop.cart_item (cart_id, product_id, quantity)
     SELECT $1, id, 1 FROM shop.product WHERE id = $2
     ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = least(shop.cart_item.quantity + 1, 99)`,
    [cartId, productId],
  );
  if (rowCount === 0) throw new HttpError(404, `We have no product ${productId}.`);
}
