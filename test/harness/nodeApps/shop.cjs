// A shop in CommonJS; with TELEMETRY=require it starts its telemetry itself.
if (process.env.TELEMETRY === "require") require("@throughline/node");
const express = require("express");
const { Pool } = require("pg");

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const app = express();
app.get("/orders/:id", async (req, res) => {
  const { rows } = await pool.query("select $1::int as id", [req.params.id]);
  res.json(rows[0]);
});
app.get("/crash", () => {
  setImmediate(() => {
    throw new Error("nobody catches this");
  });
});
const server = app.listen(0, "127.0.0.1", () =>
  console.log(JSON.stringify({ express: server.address().port })),
);
