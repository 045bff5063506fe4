// The same shop with telemetry as its first import: the shop's modules are linked before it runs.
import { event, instrumentCron } from "@throughline/node";
import express from "express";
import pg from "pg";
import { createServer } from "node:http";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const app = express();
app.get("/orders/:id", async (req, res) => {
  const { rows } = await pool.query("select $1::int as id", [req.params.id]);
  event("order.viewed", { "order.id": rows[0].id });
  res.json(rows[0]);
});
const cleanUp = instrumentCron("clean-up", "0 3 * * *", async (days) => days * 2);
const fails = instrumentCron("mail", "*/5 * * * *", () => {
  throw new Error("no mail server");
});
app.get("/jobs", async (_req, res) => {
  const answer = await cleanUp(7);
  let message = "";
  try {
    fails();
  } catch (error) {
    message = error.message;
  }
  res.json({ answer, message });
});
const server = createServer(app).listen(0, "127.0.0.1", () =>
  console.log(JSON.stringify({ express: server.address().port })),
);
