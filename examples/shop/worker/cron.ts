import { metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Pool } from "pg";
import { log } from "../log.ts";

export const EVERY_MINUTE_MS = 60_000;
const REORDER_BELOW = 40;
const FULL_STOCK = 400;

const tracer = trace.getTracer("shop");
const runs = metrics.getMeter("shop").createCounter("shop.cron.runs", { unit: "{run}" });

/** Cron job: fills the shelves and clears away what nobody will come back for, so that a long demo stays small. */
export async function reconcileStock(pool: Pool): Promise<void> {
  const attributes = { "cron.job": "stock-reconciliation", "cron.schedule": "* * * * *" };
  await tracer.startActiveSpan("cron stock-reconciliation", { root: true, attributes }, async (span) => {
    try {
      const filled = await pool.query("UPDATE shop.product SET stock = $1 WHERE stock < $2 RETURNING id", [
        FULL_STOCK,
        REORDER_BELOW,
      ]);
      await pool.query("DELETE FROM shop.cart_item WHERE added_at < now() - interval '1 day'");
      await pool.query("DELETE FROM shop.job WHERE done_at < now() - interval '1 hour'");
      await pool.query("DELETE FROM shop.customer_order WHERE placed_at < now() - interval '1 day'");
      span.setAttribute("shop.products.restocked", filled.rowCount ?? 0);
      runs.add(1, { outcome: "done" });
      log.info("stock reconciled", { "shop.products.restocked": filled.rowCount ?? 0 });
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      runs.add(1, { outcome: "failed" });
      log.error("stock reconciliation failed", error);
    } finally {
      span.end();
    }
  });
}
