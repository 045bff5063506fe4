/**
 * What every control store must do, run on PGlite (contract.pglite.test.ts) and on a real PostgreSQL server
 * (test/e2e/controlStore.postgres.test.ts). Expected values are written once: the two backends may not differ.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { DEFAULT_CONTROL_LIMITS, type ControlLimits } from "./connection.ts";
import { migrate, readMigrations, type Migratable } from "./migrate.ts";
import { ControlError, type ControlStore, type SqlExecutor } from "./store.ts";

export type TestStore = ControlStore & Migratable;

export interface ContractBackend {
  readonly name: string;
  /** A store on a new, empty database. */
  openEmpty(limits: ControlLimits): Promise<TestStore>;
  /** Frees whatever openEmpty left behind. */
  cleanUp(): Promise<void>;
}

export function controlStoreContract(backend: ContractBackend): void {
  describe(`control store on ${backend.name}`, () => {
    let store: TestStore;
    before(async () => {
      store = await backend.openEmpty(DEFAULT_CONTROL_LIMITS);
      await migrate(store, await readMigrations());
    });
    after(async () => {
      await store.close();
      await backend.cleanUp();
    });
    const current = () => store;
    describe("values", () => valuesContract(current));
    describe("transactions", () => transactionsContract(current));
    describe("tenants", () => tenantsContract(current));
    describe("limits", () => limitsContract(backend));
    describe("life", () => lifeContract(backend, current));
  });
}

function valuesContract(store: () => TestStore): void {
  test("every type arrives in its one documented form", async () => {
    const [row] = await store().query(
      `select 9007199254740993::int8 as big, 1.50::numeric as exact, 7::int4 as int, 2.5::float8 as float, true as yes,
              'x'::text as text, null::text as nothing, '\\x00ff'::bytea as bytes, '{"a":[1,null]}'::jsonb as json,
              '0194f000-0000-7000-8000-000000000001'::uuid as uuid, date '2026-02-28' as date,
              timestamp '2026-02-28 23:59:59.5' as local_time, interval '1 day 2 hours' as span,
              array[1,2]::int8[] as bigs, array[1,2]::int4[] as ints, array['a','b,"c\\',null]::text[] as texts`,
    );
    assert.deepEqual(row, {
      big: "9007199254740993",
      exact: "1.50",
      int: 7,
      float: 2.5,
      yes: true,
      text: "x",
      nothing: null,
      bytes: new Uint8Array([0, 255]),
      json: { a: [1, null] },
      uuid: "0194f000-0000-7000-8000-000000000001",
      date: "2026-02-28",
      local_time: "2026-02-28 23:59:59.5",
      span: "1 day 02:00:00",
      bigs: ["1", "2"],
      ints: [1, 2],
      texts: ["a", 'b,"c\\', null],
    });
  });

  test("times arrive as the same Date whatever the session's time zone", async () => {
    const statement = `select timestamptz '2026-07-01 12:00:00.123456+02' as t, timestamptz '0099-01-01 00:00:00Z' as old,
      timestamptz '12026-01-01 00:00:00Z' as late, timestamptz 'infinity' as ever, timestamptz '-infinity' as never,
      array[timestamptz '2026-07-01 00:00:00Z'] as list`;
    const expected = {
      t: new Date("2026-07-01T10:00:00.123Z"),
      old: new Date("0099-01-01T00:00:00Z"),
      late: new Date("+012026-01-01T00:00:00Z"),
      ever: new Date(8.64e15),
      never: new Date(-8.64e15),
      list: [new Date("2026-07-01T00:00:00Z")],
    };
    const zones = ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"];
    for (const zone of zones) {
      const row = await store().transaction(async (tx) => {
        await tx.query("select set_config('timezone', $1, true)", [zone]);
        return (await tx.query(statement))[0];
      });
      assert.deepEqual(row, expected, zone);
    }
    const [{ zone } = { zone: "" }] = await store().query<{ zone: string }>(
      "select current_setting('timezone') as zone",
    );
    assert.equal(zone, "UTC");
  });

  test("parameters keep their value", async () => {
    const [row] = await store().query(
      `select $1::text as text, $2::int8 as big, $3::float8 as float, $4::bool as no, $5::timestamptz as time,
              $6::bytea as bytes, $7::jsonb as json, $8::text[] as texts, $9::int8[] as bigs, $10::text as nothing,
              $11::jsonb as list, $12::text[] as empty`,
      [
        "Robert'); drop table x;-- ✓ 🦊",
        2n ** 62n,
        -1e-7,
        false,
        new Date("2026-07-01T10:00:00.123Z"),
        new Uint8Array([0, 1, 255]).subarray(1),
        { a: [1, { b: "\"\\'" }], c: null },
        ['quote " comma , brace } backslash \\', "NULL", ""],
        [1, 2],
        null,
        JSON.stringify([1, "two"]),
        [],
      ],
    );
    assert.deepEqual(row, {
      text: "Robert'); drop table x;-- ✓ 🦊",
      big: "4611686018427387904",
      float: -1e-7,
      no: false,
      time: new Date("2026-07-01T10:00:00.123Z"),
      bytes: new Uint8Array([1, 255]),
      json: { a: [1, { b: "\"\\'" }], c: null },
      texts: ['quote " comma , brace } backslash \\', "NULL", ""],
      bigs: ["1", "2"],
      nothing: null,
      list: [1, "two"],
      empty: [],
    });
  });

  test("what has no SQL form is refused before it is sent", async () => {
    await assert.rejects(store().query("select $1::text", ["a\0b"]), isControlError("22021", /NUL/));
    await assert.rejects(
      store().query("select $1::timestamptz", [new Date(Number.NaN)]),
      isControlError(undefined, /invalid date/),
    );
    await assert.rejects(
      store().query("select $1::jsonb", [[{ a: 1 }]]),
      isControlError(undefined, /JSON\.stringify/),
    );
    const absent: { readonly value?: string } = {};
    await assert.rejects(
      store().query("select $1::text", [absent.value as string]),
      isControlError(undefined, /undefined: pass null/),
    );
  });

  test("a refused statement carries PostgreSQL's code and none of its parameters", async () => {
    await assert.rejects(store().query("selec 1"), isControlError("42601", /syntax error/));
    await assert.rejects(store().query("select 1/$1::int", [0]), isControlError("22012", /division by zero/));
    await store().query("create table secrets (s text unique)");
    await store().query("insert into secrets values ($1)", ["hunter2"]);
    await assert.rejects(store().query("insert into secrets values ($1)", ["hunter2"]), (error) => {
      assert.ok(error instanceof ControlError && error.sqlState === "23505");
      assert.ok(!error.message.includes("hunter2"));
      return true;
    });
    assert.deepEqual(await store().query("select 1 as one"), [{ one: 1 }], "the session goes on");
  });
}

function transactionsContract(store: () => TestStore): void {
  const table = async (): Promise<string> => {
    const name = `t_${randomUUID().replaceAll("-", "")}`;
    await store().query(`create table ${name} (n int primary key)`);
    return name;
  };
  const count = async (name: string): Promise<number> => {
    const [row] = await store().query<{ n: number }>(`select count(*)::int as n from ${name}`);
    return row?.n ?? -1;
  };

  test("commits what resolves and returns its value", async () => {
    const name = await table();
    const result = await store().transaction(async (tx) => {
      await tx.query(`insert into ${name} values (1), (2)`);
      return "done";
    });
    assert.equal(result, "done");
    assert.equal(await count(name), 2);
  });

  test("rolls back what throws and passes the same error on", async () => {
    const name = await table();
    const reason = new Error("changed my mind");
    const failing = store().transaction(async (tx) => {
      await tx.query(`insert into ${name} values (1)`);
      throw reason;
    });
    await assert.rejects(failing, (error) => error === reason);
    assert.equal(await count(name), 0);
  });

  test("a statement error that was caught inside still ends the transaction, and loudly", async () => {
    const name = await table();
    const failing = store().transaction(async (tx) => {
      await tx.query(`insert into ${name} values (1)`);
      await tx.query("select 1/0").catch(() => undefined);
      return "looks fine";
    });
    await assert.rejects(failing, isControlError("25P02", /nothing of it was kept/));
    assert.equal(await count(name), 0);
  });

  test("a constraint that fails at commit rejects", async () => {
    const name = await table();
    await store().query(
      `create table child_of_${name} (n int references ${name} deferrable initially deferred)`,
    );
    const failing = store().transaction(async (tx) => {
      await tx.query(`insert into child_of_${name} values (99)`);
    });
    await assert.rejects(failing, isControlError("23503", /foreign key/));
    assert.equal(await count(`child_of_${name}`), 0);
    assert.equal(await count(name), 0, "the session goes on");
  });

  test("fifty transactions at once lose no update", async () => {
    const name = await table();
    await store().query(`insert into ${name} values (0)`);
    await Promise.all(
      Array.from({ length: 50 }, () =>
        store().transaction(async (tx) => {
          const [row] = await tx.query<{ n: number }>(`select n from ${name} for update`);
          await tx.query(`update ${name} set n = $1`, [(row?.n ?? 0) + 1]);
        }),
      ),
    );
    assert.deepEqual(await store().query(`select n from ${name}`), [{ n: 50 }]);
  });

  test("nobody sees what is not committed", async () => {
    const name = await table();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: written, resolve: hasWritten } = Promise.withResolvers<void>();
    const writer = store()
      .transaction(async (tx) => {
        await tx.query(`insert into ${name} values (1)`);
        hasWritten();
        await gate;
        throw new Error("no");
      })
      .catch(() => "rolled back");
    await written;
    const reader = count(name);
    open();
    assert.equal(await reader, 0);
    assert.equal(await writer, "rolled back");
  });

  test("the store itself is refused inside a transaction instead of waiting for ever", async () => {
    const name = await table();
    const inside = [
      () => store().query("select 1"),
      () => store().transaction(async () => undefined),
      () => store().asTenant(randomUUID(), async () => undefined),
    ];
    for (const statement of inside) {
      const failing = store().transaction(async (tx) => {
        await tx.query(`insert into ${name} values (1)`);
        await statement();
      });
      await assert.rejects(failing, isControlError(undefined, /use its tx/));
    }
    assert.equal(await count(name), 0);
  });

  test("work that a transaction started and left behind may use the store afterwards", async () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const { promise: left } = await store().transaction(async () => ({
      promise: ended.then(() => store().query("select 1 as one")),
    }));
    resolve();
    assert.deepEqual(await left, [{ one: 1 }]);
  });

  test("a tx that is used after its end is refused", async () => {
    let kept: SqlExecutor | undefined;
    await store().transaction(async (tx) => {
      kept = tx;
    });
    assert.ok(kept !== undefined);
    await assert.rejects(kept.query("select 1"), isControlError(undefined, /has ended/));
  });
}

function tenantsContract(store: () => TestStore): void {
  const ours = randomUUID();
  const theirs = randomUUID();
  before(async () => {
    await store().transaction(async (tx) => {
      for (const id of [ours, theirs]) {
        await tx.query("insert into tenants (id, name) values ($1, 'T')", [id]);
        await tx.query("insert into projects (id, tenant_id, name) values ('shop', $1, 'Shop')", [id]);
      }
    });
  });
  const asUs = <T>(work: (tx: SqlExecutor) => Promise<T>) => store().asTenant(ours, work);

  test("a tenant sees its own rows and no others", async () => {
    const seen = await asUs((tx) => tx.query<{ tenant_id: string }>("select tenant_id from projects"));
    assert.deepEqual(seen, [{ tenant_id: ours }]);
    assert.deepEqual(await asUs((tx) => tx.query("select id from tenants")), [{ id: ours }]);
    const asked = await asUs((tx) => tx.query("select * from projects where tenant_id = $1", [theirs]));
    assert.deepEqual(asked, []);
  });

  test("housekeeping sees all tenants, although row-level security is forced on the owner too", async () => {
    const seen = await store().query<{ tenant_id: string }>(
      "select tenant_id from projects where id = 'shop'",
    );
    assert.deepEqual(new Set(seen.map((row) => row.tenant_id)), new Set([ours, theirs]));
  });

  test("a tenant can't write into another", async () => {
    const foreign = "insert into projects (id, tenant_id, name) values ('x', $1, 'X')";
    await assert.rejects(
      asUs((tx) => tx.query(foreign, [theirs])),
      isControlError("42501", /row-level security/),
    );
    const moved = "update projects set tenant_id = $1";
    await assert.rejects(
      asUs((tx) => tx.query(moved, [theirs])),
      isControlError("42501", /row-level security/),
    );
    const touched = await asUs(async (tx) => [
      ...(await tx.query("update projects set name = 'mine' where tenant_id = $1 returning id", [theirs])),
      ...(await tx.query("delete from projects where tenant_id = $1 returning id", [theirs])),
    ]);
    assert.deepEqual(touched, []);
    const [row] = await store().query("select name from projects where tenant_id = $1", [theirs]);
    assert.deepEqual(row, { name: "Shop" });
  });

  test("a tenant can't make or delete tenants, nor read what belongs to the installation", async () => {
    for (const statement of [
      "insert into tenants (id, name) values (gen_random_uuid(), 'evil')",
      "delete from tenants",
      "select * from settings",
      "select * from schema_migrations",
      "select isolate_by_tenant('projects')",
    ]) {
      await assert.rejects(
        asUs((tx) => tx.query(statement)),
        isControlError("42501", /permission denied/),
        statement,
      );
    }
  });

  test("without a tenant the role sees nothing", async () => {
    const seen = await store().transaction(async (tx) => {
      await tx.query("set local role app_rw");
      return await tx.query("select * from projects");
    });
    assert.deepEqual(seen, []);
    // The setting was used in this session before, so it is '' now and not null: still nothing, and no error.
    await asUs((tx) => tx.query("select 1"));
    const again = await store().transaction(async (tx) => {
      await tx.query("set local role app_rw");
      return await tx.query("select * from tenants");
    });
    assert.deepEqual(again, []);
  });

  test("role and tenant are gone after the transaction, also after a failed one", async () => {
    await asUs((tx) => tx.query("select 1"));
    await asUs((tx) => tx.query("select 1/0")).catch(() => undefined);
    for (let round = 0; round < 12; round++) {
      const [row] = await store().query(
        "select current_user = session_user as is_owner, current_setting('app.tenant_id', true) as tenant",
      );
      assert.ok(row?.is_owner === true && (row.tenant === "" || row.tenant === null), JSON.stringify(row));
    }
  });

  test("a tenant can't step out of its role or tenant", async () => {
    for (const statement of [
      "reset role",
      "  RESET ROLE",
      "/* hello */ set role none",
      "-- hello\nset local app.tenant_id = ''",
      "set session authorization default",
      "select set_config('app.tenant_id', $1, true)",
      "with x as (select set_config('app.tenant_id', $1, true)) select * from projects, x",
      "commit",
      "do $$ begin perform 1; end $$",
      "begin",
      "copy projects to '/tmp/x'",
      "prepare p as select 1",
      "alter table projects disable row level security",
      "select 1; reset role",
    ]) {
      const params = statement.includes("$1") ? [theirs] : [];
      await assert.rejects(
        asUs((tx) => tx.query(statement, params)),
        isControlError(/^42(501|601)$/),
        statement,
      );
    }
  });

  test("a partition can't be read past its parent", async () => {
    await store().transaction(async (tx) => {
      await tx.query(
        "create table facts (tenant_id uuid not null, at date not null, what text) partition by range (at)",
      );
      await tx.query(
        "create table facts_2026 partition of facts for values from ('2026-01-01') to ('2027-01-01')",
      );
      await tx.query("select isolate_by_tenant('facts')");
      for (const id of [ours, theirs])
        await tx.query("insert into facts values ($1, '2026-05-05', 'x')", [id]);
    });
    assert.equal((await asUs((tx) => tx.query("select * from facts"))).length, 1);
    const direct = asUs((tx) => tx.query("select * from facts_2026"));
    await assert.rejects(direct, isControlError("42501", /permission denied/));
  });

  test("hidden rows don't show through errors, views of the catalogue or foreign keys", async () => {
    const guess =
      "insert into ingest_keys (id, tenant_id, project_id, name, prefix, hash, kind) values (gen_random_uuid(), $1, 'shop', 'k', 'p', sha256('x'), 'server')";
    await assert.rejects(
      asUs((tx) => tx.query(guess, [theirs])),
      isControlError("42501", /row-level security/),
    );
    // A function in the filter could print rows before the policy drops them; PostgreSQL runs leaky ones after it.
    const leaky = asUs((tx) =>
      tx.query("select * from projects where 1 / (case when tenant_id = $1 then 0 else 1 end) = 1", [theirs]),
    );
    assert.equal((await leaky).length, 1);
  });

  test("an id that is no UUID never becomes SQL", async () => {
    for (const id of ["", "x", `${ours}'; reset role; --`, `{${ours}}`]) {
      await assert.rejects(
        store().asTenant(id, (tx) => tx.query("select 1")),
        isControlError(undefined, /not a UUID/),
      );
    }
  });

  test("every table with a tenant forces row-level security and has both policies", async () => {
    const tables = await store().query<{ name: string; forced: boolean; policies: string[] }>(
      `select c.relname::text as name, c.relrowsecurity and c.relforcerowsecurity as forced,
              array(select policyname::text from pg_policies p where p.tablename = c.relname order by 1) as policies
       from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         and (c.relname = 'tenants' or exists (
           select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'))`,
    );
    assert.ok(tables.length >= 3, `only ${tables.length} found`);
    for (const { name, forced, policies } of tables) {
      assert.ok(forced, `${name} does not force row-level security`);
      assert.deepEqual(policies, ["housekeeping", "tenant_isolation"], name);
    }
  });

  test("the role may do nothing on tables that were not given to it", async () => {
    const granted = await store().query<{ name: string }>(
      `select distinct table_name::text as name from information_schema.role_table_grants
       where grantee in ('app_rw', 'PUBLIC') and table_schema = 'public' order by 1`,
    );
    const names = granted.map((row) => row.name).filter((name) => name !== "facts");
    assert.deepEqual(names, ["ingest_keys", "projects", "tenants"]);
  });
}

function limitsContract(backend: ContractBackend): void {
  const limits: ControlLimits = { statementTimeoutMs: 400, idleInTransactionMs: 400 };
  const RUNAWAY = "select count(*) from generate_series(1, 100000000000) as n";
  let store: TestStore;
  before(async () => {
    store = await backend.openEmpty(limits);
    await store.query("create table kept (n int)");
  });
  after(() => store.close());

  test("a runaway statement is ended, its transaction rolled back, and everybody else goes on", async () => {
    await store.query("insert into kept values (1)");
    const runaway = store.transaction(async (tx) => {
      await tx.query("insert into kept values (2)");
      await tx.query(RUNAWAY);
    });
    const waiting = Array.from({ length: 5 }, () => store.query("select n from kept"));
    await assert.rejects(runaway, isControlError("57014"));
    for (const rows of await Promise.all(waiting)) assert.deepEqual(rows, [{ n: 1 }]);
    await store.query("insert into kept values (3)");
    assert.deepEqual(await store.query("select n from kept order by n"), [{ n: 1 }, { n: 3 }]);
  });

  test("a transaction that stands still is rolled back and gives way", async () => {
    const { promise: never } = Promise.withResolvers<void>();
    const idle = store.transaction(async (tx) => {
      await tx.query("insert into kept values (10)");
      await never;
    });
    await assert.rejects(idle, isControlError("25P03"));
    assert.deepEqual(await store.query("select n from kept where n = 10"), []);
  });

  test("a tx whose session was ended is refused and not run on the next one", async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let late: Promise<unknown> | undefined;
    const idle = store.transaction(async (tx) => {
      await tx.query("insert into kept values (20)");
      late = gate.then(() => tx.query("insert into kept values (21)"));
      late.catch(() => undefined);
      await late;
    });
    await assert.rejects(idle, isControlError("25P03"));
    open();
    await assert.rejects(late ?? Promise.resolve());
    assert.deepEqual(await store.query("select n from kept where n >= 20"), []);
  });
}

function lifeContract(backend: ContractBackend, store: () => TestStore): void {
  test("health names the backend, its version, size and latency", async () => {
    const health = await store().health();
    assert.equal(health.backend, store().backend);
    assert.equal(health.ok, true);
    assert.match(health.version, /^1[4-9]|^[2-9]\d/);
    assert.ok(health.diskBytes > 1_000_000 && health.latencyMs >= 0);
    assert.equal(health.message, undefined);
  });

  test("migrations run once; a second start finds nothing to do", async () => {
    assert.deepEqual(await migrate(store(), await readMigrations()), []);
  });

  test("an edited or newer migration is refused with a sentence", async () => {
    const known = await readMigrations();
    const [first] = known;
    assert.ok(first !== undefined);
    const edited = [{ ...first, sql: `${first.sql} `, checksum: "0" }, ...known.slice(1)];
    await assert.rejects(
      migrate(store(), edited),
      isControlError(undefined, /0001_.*differs.*restore the file/),
    );
    await assert.rejects(migrate(store(), []), isControlError(undefined, /newer Throughline.*0001_/));
  });

  test("a migration that fails leaves nothing of itself or its neighbours", async () => {
    const fresh = await backend.openEmpty(DEFAULT_CONTROL_LIMITS);
    try {
      const make = (number: number, sql: string) => ({
        number,
        name: `000${number}_x.sql`,
        sql,
        checksum: String(number),
      });
      const failing = [make(1, "create table one (n int)"), make(2, "create table two (n int); select 1/0;")];
      await assert.rejects(
        migrate(fresh, failing),
        isControlError("22012", /0002_x\.sql failed: division by zero/),
      );
      const [left] = await fresh.query("select to_regclass('one') as one, to_regclass('two') as two");
      assert.deepEqual(left, { one: null, two: null });
      assert.deepEqual(
        await migrate(fresh, failing.slice(0, 1)),
        ["0001_x.sql"],
        "the corrected set then works",
      );
    } finally {
      await fresh.close();
    }
  });

  test("after close everything is refused, and closing twice is fine", async () => {
    const fresh = await backend.openEmpty(DEFAULT_CONTROL_LIMITS);
    const asked = fresh.query("select 1 as one");
    await fresh.close();
    await fresh.close();
    assert.deepEqual(await asked, [{ one: 1 }], "what was asked before is answered");
    await assert.rejects(fresh.query("select 1"), isControlError("08006", /closed/));
    await assert.rejects(
      fresh.transaction(async () => undefined),
      isControlError("08006", /closed/),
    );
    const health = await fresh.health();
    assert.equal(health.ok, false);
    assert.match(health.message ?? "", /closed/);
  });
}

function isControlError(
  sqlState: string | RegExp | undefined,
  message: RegExp = /./,
): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ControlError, `not a ControlError: ${String(error)}`);
    if (sqlState instanceof RegExp) assert.match(error.sqlState ?? "", sqlState);
    else assert.equal(error.sqlState, sqlState, error.message);
    assert.match(error.message, message);
    return true;
  };
}
