import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { startEmbeddedDatabase } from "./embedded.ts";

let database: Awaited<ReturnType<typeof startEmbeddedDatabase>>;
let pool: pg.Pool;

before(async () => {
  database = await startEmbeddedDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 8 });
});

after(async () => {
  await pool.end();
  await database.stop();
});

test("eight connections at once get their own rows, whatever fails beside them", async () => {
  const failing = () => assert.rejects(pool.query("SELECT $1::int / 0", [1]), /division by zero/);
  const reading = async (number: number) => {
    const { rows } = await pool.query<{ mine: number }>("SELECT $1::int AS mine", [number]);
    assert.equal(rows[0]?.mine, number);
  };
  const inTransaction = async (number: number) => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      await client.query("SELECT set_config('shop.number', $1, true)", [String(number)]);
      const { rows } = await client.query<{ mine: string }>("SELECT current_setting('shop.number') AS mine");
      assert.equal(rows[0]?.mine, String(number));
      await client.query("COMMIT");
    } finally {
      client.release();
    }
  };
  const kinds = [reading, failing, inTransaction, reading, reading];
  await Promise.all(Array.from({ length: 600 }, (_, number) => kinds[number % kinds.length]?.(number)));
});

test("a connection that is lost inside a transaction is rolled back and lets the others work", async () => {
  await pool.query("CREATE TABLE kept (n int)");
  const client = await pool.connect();
  await client.query("BEGIN");
  await client.query("INSERT INTO kept VALUES (1)");
  client.release(true);
  const { rows } = await pool.query("SELECT * FROM kept");
  assert.deepEqual(rows, []);
});

test("a sender of nonsense is shown the door and nobody else notices", async () => {
  const { connect } = await import("node:net");
  const socket = connect(Number(new URL(database.url).port), "127.0.0.1");
  await new Promise<void>((resolve) => {
    socket.on("close", () => resolve());
    socket.on("error", () => {});
    socket.resume().write(Buffer.alloc(64, 0xff));
  });
  assert.equal((await pool.query("SELECT 1")).rowCount, 1);
});
