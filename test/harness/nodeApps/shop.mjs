// A shop of Express, Fastify and PostgreSQL as ES modules. It knows nothing of telemetry.
import { createServer, request } from "node:http";
import express from "express";
import Fastify from "fastify";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 });
const app = express();
app.get("/orders/:id", async (req, res) => {
  const { rows } = await pool.query("select $1::int as id, 'open' as state", [req.params.id]);
  res.json(rows[0]);
});
app.get("/slow", async (_req, res) => {
  await pool.query("select pg_sleep(0.15)");
  res.send("done");
});
app.get("/boom", () => {
  throw new TypeError("no such order");
});
app.get("/missing-table", async (_req, res) => {
  await pool.query("select * from missing_table");
  res.send("unreachable");
});
app.get("/busy", async (_req, res) => {
  await Promise.all(Array.from({ length: 6 }, () => pool.query("select pg_sleep(0.05)")));
  res.send("done");
});
app.get("/leave", (_req, res) => {
  res.send("bye");
  res.once("finish", () => process.exit(3));
});
app.use((error, _req, res, _next) => res.status(500).json({ error: error.message }));

const fastify = Fastify();
fastify.get("/items/:id", async (req) => ({ id: req.params.id }));
fastify.post("/items", async (req) => {
  if (req.body.name === undefined) throw new RangeError("an item needs a name");
  return { length: req.body.name.length };
});

const server = app.listen(0, "127.0.0.1", async () => {
  await fastify.listen({ port: 0, host: "127.0.0.1" });
  // A call from this service to itself by node:http, as fetch is another way.
  app.get("/outgoing", (_req, res) => {
    request(`http://127.0.0.1:${server.address().port}/orders/5`, (answer) => {
      answer.resume().on("end", () => res.send("done"));
    }).end();
  });
  const raw = createServer((req, res) => req.resume().on("end", () => res.end("raw"))).listen(
    0,
    "127.0.0.1",
    () => {
      console.log(
        JSON.stringify({
          express: server.address().port,
          fastify: fastify.server.address().port,
          raw: raw.address().port,
        }),
      );
    },
  );
});
if (process.env.OWN_SIGTERM === "1") {
  process.on("SIGTERM", () => {
    server.close(() => process.exit(7));
    server.closeIdleConnections();
  });
}
