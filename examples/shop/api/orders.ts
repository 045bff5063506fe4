import type { Pool } from "pg";
import { isOn } from "../control.ts";

export interface OrderSummary {
  id: number;
  status: string;
  total_cents: number;
  placed_at: string;
  pieces: number;
}

/** A customer's latest orders, newest first. */
export async function readOrders(pool: Pool, customerId: number): Promise<OrderSummary[]> {
  // "failing-route": the column was renamed in the database and not here.
  const total = isOn("failing-route") ? "o.total" : "o.total_cents";
  const { rows } = await pool.query<OrderSummary>(
    `SELECT o.id, o.status, ${total} AS total_cents, o.placed_at, sum(l.quantity)::int AS pieces
     FROM shop.customer_order AS o JOIN shop.order_line AS l ON l.order_id = o.id
     WHERE o.customer_id = $1 GROUP BY o.id ORDER BY o.id DESC LIMIT 20`,
    [customerId],
  );
  return rows;
}
