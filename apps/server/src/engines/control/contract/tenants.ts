/** Attacks of one tenant on another. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import type { SqlExecutor } from "../store.ts";
import { isControlError, type TestStore } from "./backend.ts";

export function tenantsContract(store: () => TestStore): void {
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

  test("work that only reads is bound alike, refuses to write, and leaves nothing behind", async () => {
    const reading = <T>(work: (tx: SqlExecutor) => Promise<T>) => store().readAsTenant(ours, work);
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, i) => {
        if (i % 3 === 2)
          return store().query<{ tenant_id: string }>("select tenant_id from projects limit 0");
        return store().readAsTenant(i % 3 === 0 ? ours : theirs, (tx) =>
          tx.query<{ tenant_id: string }>("select tenant_id from projects"),
        );
      }),
    );
    all.forEach((rows, i) =>
      assert.deepEqual(rows, i % 3 === 2 ? [] : [{ tenant_id: i % 3 === 0 ? ours : theirs }]),
    );
    for (const statement of [
      "update projects set name = 'x' returning id",
      "insert into projects (id, tenant_id, name) values ('y', $1, 'Y')",
      "with gone as (delete from projects returning id) select * from gone",
    ]) {
      const params = statement.includes("$1") ? [ours] : [];
      await assert.rejects(
        reading((tx) => tx.query(statement, params)),
        isControlError("25006", /read-only transaction/),
        statement,
      );
    }
    await assert.rejects(
      reading((tx) => tx.query("set transaction read write")),
      isControlError("42501"),
    );
    const thrown = new Error("mine");
    await assert.rejects(
      reading(async () => await Promise.reject(thrown)),
      thrown,
    );
    const caught = reading(async (tx) => {
      await tx.query("select 1/0").catch(() => undefined);
      return "kept";
    });
    await assert.rejects(caught, isControlError("25P02"));
    await reading((tx) => tx.query("select 1"));
    for (let round = 0; round < 12; round++) {
      const [row] = await store().query(
        `select current_user = session_user as is_owner, current_setting('transaction_read_only') as is_reading,
                current_setting('app.tenant_id', true) as tenant`,
      );
      assert.ok(row?.is_owner === true && row.is_reading === "off" && !row.tenant, JSON.stringify(row));
    }
    await asUs((tx) => tx.query("update projects set name = name"));
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
    assert.deepEqual(names, [
      "api_keys",
      "audit_entries",
      "audit_log",
      "budget_changes",
      "budget_evaluations",
      "budget_events",
      "budget_states",
      "budgets",
      "database_plans",
      "database_states",
      "databases",
      "deployments",
      "error_evaluations",
      "error_events",
      "error_groups",
      "ingest_keys",
      "invitations",
      "member_projects",
      "members",
      "people",
      "projects",
      "quotas",
      "retention",
      "source_maps",
      "sso_providers",
      "telemetry_deletions",
      "tenants",
      "usage_days",
    ]);
  });
}
