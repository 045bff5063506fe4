/** The control store on a real PostgreSQL server: the shared contract, and what only a server can do to it. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Client } from "pg";
import { bootstrap } from "../../apps/server/src/access/bootstrap.ts";
import { DEFAULT_CONTROL_LIMITS } from "../../apps/server/src/engines/control/connection.ts";
import { controlStoreContract } from "../../apps/server/src/engines/control/contract/index.ts";
import { ControlError, openControlStore } from "../../apps/server/src/engines/control/index.ts";
import { openPostgres } from "../../apps/server/src/engines/control/postgres.ts";
import { startPostgres } from "../harness/postgres.ts";

const server = await startPostgres();
after(() => server.stop());

controlStoreContract({
  name: "PostgreSQL",
  openEmpty: async (limits) => openPostgres(await server.createDatabase(), limits),
  cleanUp: async () => {},
});

describe("control store against a server", () => {
  const open = (databaseUrl: string, limits = {}) =>
    openControlStore({ dataDir: "/unused", databaseUrl, limits });

  async function asAdmin(statement: string, params: readonly string[] = []): Promise<readonly object[]> {
    const client = new Client({ connectionString: server.adminUrl });
    await client.connect();
    try {
      return (await client.query<object>(statement, [...params])).rows;
    } finally {
      await client.end();
    }
  }

  const loginOf = (url: string) => new URL(url).username;

  test("eight instances that start at once on an empty database migrate and bootstrap it once", async () => {
    const url = await server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 8 }, () => open(url)));
    try {
      const installations = await Promise.all(stores.map((store) => bootstrap(store)));
      assert.equal(new Set(installations.map((found) => found.tenantId)).size, 1);
      assert.equal(installations.filter((found) => found.firstIngestKey !== null).length, 1);
      const [row] = await (stores[0] ?? assert.fail()).query<{ tenants: number; keys: number }>(
        "select (select count(*)::int from tenants) as tenants, (select count(*)::int from ingest_keys) as keys",
      );
      assert.deepEqual(row, { tenants: 1, keys: 1 });
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  });

  test("connections that are cut cost at most the statements on them", async () => {
    const url = await server.createDatabase();
    const store = await open(url);
    try {
      await store.query("create table t (n int)");
      const cut = store.transaction(async (tx) => {
        await tx.query("insert into t values (1)");
        await asAdmin("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [
          loginOf(url),
        ]);
        await tx.query("insert into t values (2)");
      });
      await assert.rejects(cut, ControlError);
      for (let round = 0; round < 12; round++) assert.deepEqual(await store.query("select n from t"), []);
      assert.equal((await store.health()).ok, true);
    } finally {
      await store.close();
    }
  });

  test("a server that hangs is given up after the limit and used again when it is back", async () => {
    const store = await open(await server.createDatabase(), { statementTimeoutMs: 200 });
    try {
      await store.query("select 1");
      await server.signalAll("SIGSTOP");
      try {
        await assert.rejects(store.query("select 1"), (error) => {
          assert.ok(error instanceof ControlError && error.sqlState === "08006", String(error));
          assert.match(error.message, /can't be reached.*Check DATABASE_URL/);
          return true;
        });
      } finally {
        await server.signalAll("SIGCONT");
      }
      assert.deepEqual(await store.query("select 1 as one"), [{ one: 1 }]);
    } finally {
      await store.close();
    }
  });

  test("what is wrong with the address or login is said in a sentence without the password", async () => {
    const refused = async (url: string, words: RegExp) => {
      await assert.rejects(open(url), (error) => {
        assert.ok(error instanceof ControlError, String(error));
        assert.match(error.message, words);
        assert.ok(!`${error.message} ${String(error.cause)}`.includes("hunter2"), error.message);
        return true;
      });
    };
    await refused("postgres://a:hunter2@127.0.0.1:1/x", /127\.0\.0\.1:1 can't be reached \(.*ECONNREFUSED/);
    const good = await server.createDatabase();
    const noDatabase = new URL(good);
    noDatabase.password = "hunter2";
    noDatabase.pathname = "/nowhere";
    await refused(noDatabase.href, /database "nowhere" does not exist.*Check DATABASE_URL/);
    const noLogin = new URL(good);
    noLogin.username = "nobody";
    noLogin.password = "hunter2";
    await refused(noLogin.href, /role "nobody" does not exist/);
  });

  test("a login that may not act as app_rw is told what an administrator has to run", async () => {
    const url = await server.createDatabase();
    const login = loginOf(url);
    await asAdmin(`alter role ${login} nocreaterole`);
    await assert.rejects(open(url), (error) => {
      assert.ok(error instanceof ControlError);
      assert.match(error.message, new RegExp(`as an administrator run: .*grant app_rw to ${login}`));
      return true;
    });
    await asAdmin(`grant app_rw to ${login}`);
    const store = await open(url);
    await store.close();
  });

  test("another login with grants but without a policy sees no rows", async () => {
    const url = await server.createDatabase();
    const store = await open(url);
    const stranger = loginOf(await server.createDatabase());
    try {
      await bootstrap(store);
      await store.query(`grant select on tenants, projects, ingest_keys to ${stranger}`);
    } finally {
      await store.close();
    }
    const asStranger = new URL(url);
    asStranger.username = stranger;
    const other = await openPostgres(asStranger.href, DEFAULT_CONTROL_LIMITS);
    try {
      for (const table of ["tenants", "projects", "ingest_keys"]) {
        assert.deepEqual(await other.query(`select * from ${table}`), [], table);
      }
    } finally {
      await other.close();
    }
  });
});
