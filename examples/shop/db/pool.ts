import { metrics } from "@opentelemetry/api";
import pg from "pg";
import { requiredEnv } from "../env.ts";

// bigint identities stay far below 2^53 here.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export const POOL_MAX = 6;

/** The one pool of a process, with its size as metrics. */
export function openPool(): pg.Pool {
  const pool = new pg.Pool({
    connectionString: requiredEnv("SHOP_DATABASE_URL"),
    application_name: process.env.OTEL_SERVICE_NAME,
    max: POOL_MAX,
    connectionTimeoutMillis: 4_000,
  });
  // An idle connection that breaks is replaced by the pool at the next query, which reports a lasting problem.
  pool.on("error", (error) =>
    process.stderr.write(`shop: idle database connection lost: ${error.message}\n`),
  );
  metrics
    .getMeter("shop")
    .createObservableGauge("shop.db.pool.connections", {
      unit: "{connection}",
      description: "Connections of the pool by state; waiting counts requests that have none yet.",
    })
    .addCallback((result) => {
      result.observe(pool.totalCount, { state: "total" });
      result.observe(pool.idleCount, { state: "idle" });
      result.observe(pool.waitingCount, { state: "waiting" });
    });
  return pool;
}
