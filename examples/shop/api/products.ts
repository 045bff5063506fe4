import type { Pool } from "pg";
import { isOn } from "../control.ts";
import { HttpError } from "../http/server.ts";

export const PAGE_SIZE = 24;

export interface ProductCard {
  id: number;
  name: string;
  category: string;
  colour: string;
  price_cents: number;
  stock: number;
  stars: number;
  /** Only with the trouble "large-payload". */
  reviews?: object[];
}

export interface Review {
  stars: number;
  body: string;
  created_at: string;
  author: string;
  reviews_by_author: number;
}

export interface ProductPage {
  product: Omit<ProductCard, "stars"> & { description: string };
  reviews: Review[];
}

const CATALOGUE = `
  SELECT id, name, category, colour, price_cents, stock FROM shop.product
  WHERE $1 = '' OR category = $1 ORDER BY id LIMIT $2 OFFSET $3`;

/** Recent opinions only: what a product is like now. */
const RATINGS = `
  SELECT p.id, round(avg(r.stars), 1)::float AS stars
  FROM unnest($1::int[]) AS p(id)
  CROSS JOIN LATERAL (
    SELECT stars FROM shop.review WHERE product_id = p.id ORDER BY created_at DESC LIMIT 50) AS r
  GROUP BY p.id`;

const RATING = `
  SELECT round(avg(stars), 1)::float AS stars
  FROM (SELECT stars FROM shop.review WHERE product_id = $1 ORDER BY created_at DESC LIMIT 50) AS r`;

/** One page of the catalogue with ratings. */
export async function listProducts(pool: Pool, category: string, page: number): Promise<ProductCard[]> {
  const offset = (page - 1) * PAGE_SIZE;
  const { rows } = await pool.query<ProductCard>(CATALOGUE, [category, PAGE_SIZE, offset]);
  return withReviews(pool, await withStars(pool, rows));
}

/** Full-text search over names, categories and descriptions. */
export async function searchProducts(pool: Pool, words: string): Promise<ProductCard[]> {
  const { rows } = await pool.query<ProductCard>(
    `SELECT id, name, category, colour, price_cents, stock
     FROM shop.product, websearch_to_tsquery('english', $1) AS wanted
     WHERE search @@ wanted ORDER BY ts_rank(search, wanted) DESC, id LIMIT $2`,
    [words, PAGE_SIZE],
  );
  return withStars(pool, rows);
}

async function withStars(pool: Pool, products: ProductCard[]): Promise<ProductCard[]> {
  if (isOn("n-plus-one")) {
    for (const product of products) {
      const { rows } = await pool.query<{ stars: number }>(RATING, [product.id]);
      product.stars = rows[0]?.stars ?? 0;
    }
    return products;
  }
  const { rows } = await pool.query<{ id: number; stars: number }>(RATINGS, [products.map(({ id }) => id)]);
  const starsById = new Map(rows.map(({ id, stars }) => [id, stars]));
  return products.map((product) => ({ ...product, stars: starsById.get(product.id) ?? 0 }));
}

/** The forgotten LIMIT: a season's reviews of everything on the page, although the page shows none of them. */
async function withReviews(pool: Pool, products: ProductCard[]): Promise<ProductCard[]> {
  if (!isOn("large-payload")) return products;
  const { rows } = await pool.query<{ product_id: number }>(
    "SELECT * FROM shop.review WHERE product_id = ANY($1) AND created_at >= '2026-07-01'",
    [products.map(({ id }) => id)],
  );
  const reviews = Map.groupBy(rows, (review) => review.product_id);
  return products.map((product) => ({ ...product, reviews: reviews.get(product.id) ?? [] }));
}

/** Correct and fast with an index on review (customer_id), correct and slow without. */
const REVIEWS = `
  SELECT r.stars, r.body, r.created_at, c.name AS author,
         (SELECT count(*) FROM shop.review AS other WHERE other.customer_id = r.customer_id) AS reviews_by_author
  FROM shop.review AS r JOIN shop.customer AS c ON c.id = r.customer_id
  WHERE r.product_id = $1 ORDER BY r.created_at DESC LIMIT 20`;

/**
 * A product with its latest reviews.
 * @throws {HttpError} 404 when there is no such product.
 */
export async function readProduct(pool: Pool, id: number): Promise<ProductPage> {
  await keepIndex(pool, !isOn("slow-query"));
  const { rows } = await pool.query<ProductPage["product"]>(
    "SELECT id, name, category, description, colour, price_cents, stock FROM shop.product WHERE id = $1",
    [id],
  );
  const product = rows[0];
  if (product === undefined) throw new HttpError(404, `We have no product ${id}.`);
  const reviews = await pool.query<Review>(REVIEWS, [id]);
  return { product, reviews: reviews.rows };
}

let isIndexed: boolean | undefined;

/** Brings the index in line with the switch "slow-query", once per change. */
async function keepIndex(pool: Pool, isWanted: boolean): Promise<void> {
  if (isIndexed === isWanted) return;
  isIndexed = isWanted;
  await pool.query(
    isWanted
      ? "CREATE INDEX IF NOT EXISTS review_by_customer ON shop.review (customer_id)"
      : "DROP INDEX IF EXISTS shop.review_by_customer",
  );
}
