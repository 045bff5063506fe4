import { readFile } from "node:fs/promises";
import pg from "pg";
import { CUSTOMERS, products } from "./catalogue.ts";

/** Enough rows that reading all of them instead of a few is felt. */
const REVIEWS = 120_000;

const SEED_CUSTOMERS = `
  INSERT INTO shop.customer (id, name, email, postcode)
  SELECT n,
         (ARRAY['Ada','Bela','Cleo','Dario','Edith','Farid','Greta','Hugo','Ines','Jonas','Kaya','Lev'])[1 + n % 12]
           || ' ' || (ARRAY['Arden','Birch','Castell','Dorn','Ellery','Fenn','Grove'])[1 + n % 7],
         'customer' || n || '@example.com',
         CASE WHEN n % 5 = 0 THEN NULL ELSE lpad((n * 37 % 90000 + 10000)::text, 5, '0') END
  FROM generate_series(1, $1::int) AS n`;

/** Scattered, and the same every time: `h` is a hash of the row's number. Some products please more than others. */
const SEED_REVIEWS = `
  INSERT INTO shop.review (id, product_id, customer_id, stars, body, created_at)
  SELECT n,
         product_id,
         1 + (h / 64 % $3)::int,
         5 - (h % (2 + product_id % 3))::int,
         (ARRAY['Better than I had hoped','Does what it should','A little smaller than expected','Bought it twice',
                'A present, and very welcome','Sturdy and quiet','The colour is lovely'])[1 + h / 8 % 7]
           || ', ' ||
         (ARRAY['would buy again.','in daily use since spring.','arrived well packed.','no complaints so far.',
                'my desk thanks me.'])[1 + h / 4096 % 5],
         timestamptz '2026-01-01' + n * interval '3 minutes'
  FROM (SELECT n, hashint4(n) & 2147483647 AS h, 1 + n % $2::int AS product_id
        FROM generate_series(1, $1::int) AS n) AS row`;

/** Creates the shop's tables and fills the empty ones; safe to run again on the same database. */
export async function prepareDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(await readFile(new URL("schema.sql", import.meta.url), "utf8"));
    const { rowCount } = await client.query("SELECT FROM shop.product LIMIT 1");
    if (rowCount !== 0) return;
    await client.query("BEGIN");
    await client.query(SEED_CUSTOMERS, [CUSTOMERS]);
    await client.query(SEED_REVIEWS, [REVIEWS, products.length, CUSTOMERS]);
    await client.query(
      `INSERT INTO shop.product (id, name, category, description, colour, price_cents, stock)
       SELECT * FROM jsonb_to_recordset($1::jsonb)
         AS p(id int, name text, category text, description text, colour text, price_cents int, stock int)`,
      [JSON.stringify(products)],
    );
    await client.query("COMMIT");
    await client.query("ANALYZE shop.product, shop.review, shop.customer");
  } finally {
    await client.end();
  }
}
