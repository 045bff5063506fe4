import { setTimeout as wait } from "node:timers/promises";
import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Pool, PoolClient } from "pg";
import { log } from "../log.ts";

const MAX_ATTEMPTS = 5;
const RENDER_MS = 15;

const tracer = trace.getTracer("shop");
const meter = metrics.getMeter("shop");
const processed = meter.createCounter("shop.jobs", {
  unit: "{job}",
  description: "Jobs finished, by outcome.",
});
const latency = meter.createHistogram("shop.job.latency", { unit: "s", description: "From queued to done." });

interface Job {
  id: number;
  order_id: number;
  attempts: number;
  carrier: Record<string, string>;
  waited_s: number;
}

/** Several workers may run: each takes a job that no other has locked. */
const TAKE_JOB = `
  SELECT id, order_id, attempts, carrier, extract(epoch FROM now() - queued_at)::float AS waited_s
  FROM shop.job WHERE done_at IS NULL AND attempts < $1
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;

/** Processes one waiting order, as part of the trace of the request that placed it. False when none waits. */
export async function processNextOrder(pool: Pool): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const { rows } = await client.query<Job>(TAKE_JOB, [MAX_ATTEMPTS]);
    const job = rows[0];
    if (job !== undefined) await runJob(client, job);
    await client.query("COMMIT");
    return job !== undefined;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

async function runJob(client: PoolClient, job: Job): Promise<void> {
  const placedBy = propagation.extract(context.active(), job.carrier);
  const attributes = { "messaging.operation.type": "process", "shop.order.id": job.order_id };
  await tracer.startActiveSpan(
    "process order",
    { kind: SpanKind.CONSUMER, attributes },
    placedBy,
    async (span) => {
      await client.query("SAVEPOINT job");
      try {
        await client.query("UPDATE shop.customer_order SET status = 'packed' WHERE id = $1", [job.order_id]);
        await sendEmail(client, job.order_id);
        await client.query("UPDATE shop.job SET done_at = now(), attempts = attempts + 1 WHERE id = $1", [
          job.id,
        ]);
        processed.add(1, { outcome: "done" });
        latency.record(job.waited_s);
        log.event("order_completed", "order processed", {
          order_id: String(job.order_id),
          "shop.order.id": job.order_id,
        });
      } catch (error) {
        await client.query("ROLLBACK TO job");
        await client.query("UPDATE shop.job SET attempts = attempts + 1 WHERE id = $1", [job.id]);
        processed.add(1, { outcome: "failed" });
        span.recordException(error instanceof Error ? error : String(error));
        span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
        log.error("processing an order failed", error, { "shop.order.id": job.order_id });
      } finally {
        span.end();
      }
    },
  );
}

/** Writes the confirmation and stops short of the network: there is no mail server in a demo. */
async function sendEmail(client: PoolClient, orderId: number): Promise<void> {
  await tracer.startActiveSpan(
    "send e-mail",
    { attributes: { "shop.email.kind": "confirmation" } },
    async (span) => {
      try {
        const { rows } = await client.query<{ name: string; total_cents: number }>(
          `SELECT c.name, o.total_cents FROM shop.customer_order AS o
         JOIN shop.customer AS c ON c.id = o.customer_id WHERE o.id = $1`,
          [orderId],
        );
        const text = rows
          .map((row) => `Dear ${row.name}, we packed order ${orderId}: ${row.total_cents / 100} EUR.`)
          .join();
        await wait(RENDER_MS);
        span.setAttribute("shop.email.size", Buffer.byteLength(text));
      } finally {
        span.end();
      }
    },
  );
}
