/** A real PostgreSQL as somebody would have it watched: a shop's tables, statements that were run, and a role that only looks. */
import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { startPostgres, type TestPostgres } from "./postgres.ts";

export interface WatchedPostgres extends TestPostgres {
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** A client of the shop; closed with the server. */
  client(): Promise<Client>;
}

export const ORDERS = 60_000;
/** Stands in statements as a value, and must be found nowhere in what is stored. */
export const LITERAL = "SECRET-customer@example.org";

export async function startWatchedPostgres(): Promise<WatchedPostgres> {
  const server = await startPostgres([
    "shared_preload_libraries=pg_stat_statements",
    "log_lock_waits=off",
    "deadlock_timeout=100ms",
  ]);
  const clients: Client[] = [];
  const [username, database] = ["watcher", "shop"];
  const password = `pw-${randomBytes(12).toString("hex")}`;
  const connect = async (url: string): Promise<Client> => {
    const client = new Client({ connectionString: url });
    client.on("error", () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const urlOf = (name: string): string => {
    const url = new URL(server.adminUrl);
    url.pathname = `/${name}`;
    return url.href;
  };
  const admin = await connect(server.adminUrl);
  await admin.query(`create role ${username} login password '${password}'`);
  await admin.query(`grant pg_monitor, pg_read_all_data to ${username}`);
  await admin.query(`create database ${database}`);
  // The role has to prove itself; the superuser of the tests need not.
  const { rows } = await admin.query<{ hba_file: string }>("show hba_file");
  await admin.query(
    `copy (select unnest(array['host all ${username} 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 trust']))
     to '${rows[0]?.hba_file ?? ""}'`,
  );
  await admin.query("select pg_reload_conf()");
  const shop = await connect(urlOf(database));
  await shop.query("create extension pg_stat_statements");
  await shop.query(
    `create table orders (id bigint generated always as identity primary key, customer_id integer not null,
       mail text not null, total numeric not null, note text not null default '')`,
  );
  await shop.query(
    `insert into orders (customer_id, mail, total) select n % 5000, 'c' || n || '@example.org', n % 100
     from generate_series(1, ${ORDERS}) n`,
  );
  await shop.query("create index orders_total on orders (total)");
  await shop.query("create index orders_total_again on orders (total)");
  // Before ANALYZE counts them, or the server's own counters have them twice.
  await shop.query("select pg_stat_force_next_flush()");
  await shop.query("analyze orders");
  await shop.query("select pg_stat_statements_reset()");
  return {
    ...server,
    username,
    password,
    database,
    client: () => connect(urlOf(database)),
    async stop() {
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      await server.stop();
    },
  };
}
