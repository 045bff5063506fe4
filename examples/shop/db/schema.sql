-- Everything lives in a schema of its own, so that the shop can share a database with other things.
CREATE SCHEMA IF NOT EXISTS shop;

CREATE TABLE IF NOT EXISTS shop.product (
  id          int PRIMARY KEY,
  name        text NOT NULL,
  category    text NOT NULL,
  description text NOT NULL,
  colour      text NOT NULL,
  price_cents int  NOT NULL,
  stock       int  NOT NULL CHECK (stock >= 0),
  search      tsvector GENERATED ALWAYS AS (to_tsvector('english', name || ' ' || category || ' ' || description)) STORED
);
CREATE INDEX IF NOT EXISTS product_by_search ON shop.product USING gin (search);
CREATE INDEX IF NOT EXISTS product_by_category ON shop.product (category, id);

-- The postcode is optional: customers who collect in person have none.
CREATE TABLE IF NOT EXISTS shop.customer (
  id       int PRIMARY KEY,
  name     text NOT NULL,
  email    text NOT NULL,
  postcode text
);

CREATE TABLE IF NOT EXISTS shop.review (
  id          int PRIMARY KEY,
  product_id  int NOT NULL,
  customer_id int NOT NULL,
  stars       int NOT NULL,
  body        text NOT NULL,
  created_at  timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS review_by_product ON shop.review (product_id, created_at DESC);
-- review_by_customer is created and dropped by the switch "slow-query".

CREATE TABLE IF NOT EXISTS shop.cart_item (
  cart_id    text NOT NULL,
  product_id int  NOT NULL,
  quantity   int  NOT NULL CHECK (quantity BETWEEN 1 AND 99),
  added_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (cart_id, product_id)
);

CREATE TABLE IF NOT EXISTS shop.customer_order (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id int  NOT NULL,
  total_cents int  NOT NULL,
  status      text NOT NULL DEFAULT 'placed',
  placed_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS order_by_customer ON shop.customer_order (customer_id, id DESC);

CREATE TABLE IF NOT EXISTS shop.order_line (
  order_id    bigint NOT NULL REFERENCES shop.customer_order ON DELETE CASCADE,
  product_id  int NOT NULL,
  quantity    int NOT NULL,
  price_cents int NOT NULL,
  PRIMARY KEY (order_id, product_id)
);
CREATE INDEX IF NOT EXISTS order_line_by_product ON shop.order_line (product_id, order_id);

-- The queue of the background job. `carrier` holds the trace context of the request that placed the order.
CREATE TABLE IF NOT EXISTS shop.job (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id  bigint NOT NULL,
  carrier   jsonb  NOT NULL,
  attempts  int    NOT NULL DEFAULT 0,
  queued_at timestamptz NOT NULL DEFAULT now(),
  done_at   timestamptz
);
CREATE INDEX IF NOT EXISTS job_waiting ON shop.job (id) WHERE done_at IS NULL;
