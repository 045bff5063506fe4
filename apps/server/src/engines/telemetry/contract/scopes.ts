import assert from "node:assert/strict";
import { test } from "node:test";
import type { TelemetryStore } from "../store.ts";
import { loadSamples, newStore, QUERY, rowsOf, type OpenBackend } from "./backend.ts";

const SEED = 815;
const ACME = { tenantId: "acme", projectId: "shop" };

interface Seen {
  readonly tenant_id: string;
  readonly project_id: string;
}

async function tenantTablesOf(store: TelemetryStore): Promise<string[]> {
  const rows = await rowsOf<{ holder: string }>(
    store,
    `SELECT DISTINCT table AS holder FROM system.columns
     WHERE database = 'throughline' AND name = 'tenant_id' ORDER BY holder`,
  );
  return rows.map(({ holder }) => holder);
}

export function scopeContract(openBackend: OpenBackend): void {
  test("a statement without a WHERE shows nothing of another tenant or project, on any table of the schema", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    await loadSamples(store, folder, { rows: 600, seed: SEED });
    const reader = store.scoped(ACME);
    const stranger = store.scoped({ tenantId: "nobody", projectId: "shop" });
    const otherProject = store.scoped({ tenantId: "acme", projectId: "nothing" });
    const tables = await tenantTablesOf(store);
    assert.ok(tables.length >= 14, tables.join());
    for (const table of tables) {
      const sql = `SELECT DISTINCT tenant_id, project_id FROM ${table} ORDER BY ALL`;
      const all = await rowsOf<Seen>(store, sql);
      assert.ok(all.length >= 4, `${table} holds the rows of ${all.length} projects only`);
      assert.deepEqual(
        await reader.query<Seen>(sql, {}, QUERY),
        [{ tenant_id: "acme", project_id: "shop" }],
        table,
      );
      for (const shut of [stranger, otherProject]) {
        const [count] = await shut.query<{ n: number }>(`SELECT count() AS n FROM ${table}`, {}, QUERY);
        assert.equal(count?.n, 0, table);
      }
    }
  });

  test("joins, subqueries, CTEs, unions, aliases and qualified names are filtered as well", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    await loadSamples(store, folder, { rows: 600, seed: SEED });
    const reader = store.scoped(ACME);
    const own = "[('acme','shop')]";
    const seen = "toString(arraySort(groupUniqArray((toString(tenant_id), toString(project_id))))) AS seen";
    const statements = [
      `SELECT ${seen} FROM spans AS other`,
      `SELECT ${seen} FROM throughline.spans`,
      "SELECT toString(arraySort(groupUniqArray((toString(`tenant_id`), toString(project_id))))) AS seen FROM `throughline`.`spans`",
      `SELECT ${seen} FROM (SELECT * FROM (SELECT * FROM logs))`,
      `WITH everyone AS (SELECT tenant_id, project_id FROM spans) SELECT ${seen} FROM everyone`,
      `SELECT ${seen} FROM (SELECT tenant_id, project_id FROM spans UNION ALL SELECT tenant_id, project_id FROM logs)`,
      `SELECT toString(arraySort(groupUniqArray((toString(b.tenant_id), toString(b.project_id))))) AS seen
       FROM spans AS a LEFT JOIN logs AS b ON a.service = b.service`,
      `SELECT toString(arraySort(groupUniqArray((toString(b.tenant_id), toString(b.project_id))))) AS seen
       FROM logs AS a RIGHT JOIN request_rollups AS b USING (service)`,
      `SELECT toString(arraySort(groupUniqArray((toString(b.tenant_id), toString(b.project_id))))) AS seen
       FROM span_rollups AS a CROSS JOIN request_rollups AS b`,
      `SELECT toString(arraySort(groupUniqArray(k))) AS seen FROM (
         SELECT (toString(tenant_id), toString(project_id)) AS k FROM metrics_1m FINAL)`,
      `SELECT toString((SELECT arraySort(groupUniqArray((toString(tenant_id), toString(project_id)))) FROM exceptions)) AS seen`,
      `SELECT ${seen} FROM spans PREWHERE duration_ns > 0 WHERE 1 OR tenant_id != ''`,
      `SELECT ${seen} FROM request_rollups_from_spans`,
      `SELECT ${seen} FROM \`sp\\x61ns\``,
      `SELECT ${seen} FROM "throughline"."sp\\x61ns"`,
    ];
    for (const sql of statements) {
      assert.deepEqual(await reader.query(sql, {}, QUERY), [{ seen: own }], sql);
      const [all] = await rowsOf<{ seen: string }>(store, sql);
      assert.notEqual(
        all?.seen,
        own,
        `without a scope this statement sees others, or it proves nothing: ${sql}`,
      );
    }
    const named = await reader.query(`SELECT ${seen} FROM {table:Identifier}`, { table: "spans" }, QUERY);
    assert.deepEqual(named, [{ seen: own }], "a table whose name comes as a value");
    const [inSubquery] = await reader.query<{ n: number }>(
      "SELECT count() AS n FROM numbers(1) WHERE 'globex' IN (SELECT tenant_id FROM spans)",
      {},
      QUERY,
    );
    assert.equal(inSubquery?.n, 0);
  });

  test("a scope does not stay on the connection for the next statement", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    await loadSamples(store, folder, { rows: 300, seed: SEED });
    const acme = store.scoped(ACME);
    const globex = store.scoped({ tenantId: "globex", projectId: "blog" });
    const sql = "SELECT DISTINCT tenant_id, project_id FROM spans";
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? acme : globex).query<Seen>(sql, {}, QUERY)),
    );
    answers.forEach((rows, i) => {
      const expected = i % 2 === 0 ? ["acme", "shop"] : ["globex", "blog"];
      assert.deepEqual(
        rows.map((row) => [row.tenant_id, row.project_id]),
        [expected],
      );
    });
    assert.equal((await rowsOf(store, sql)).length, 4);
  });

  test("the scope's own values are bound, and a caller can't bind others", async (t) => {
    const { store } = await newStore(t, openBackend);
    const hostile = { tenantId: "a' OR 1=1 --\\", projectId: "p\n\n'" };
    const rows = await store
      .scoped(hostile)
      .query(
        "SELECT {tenant:String} AS tenant, {project:String} AS project, (SELECT count() FROM spans) AS n",
        { tenant: "globex", project: "blog" },
        QUERY,
      );
    assert.deepEqual(rows, [{ tenant: hostile.tenantId, project: hostile.projectId, n: 0 }]);
  });

  test("a scoped statement can't name settings or functions that lead around the filter", async (t) => {
    const { store } = await newStore(t, openBackend);
    const reader = store.scoped(ACME);
    const ways = [
      "SELECT count() FROM spans SETTINGS additional_table_filters = {}",
      "SELECT * FROM (SELECT count() FROM spans SETTINGS `additional_table_filters` = {})",
      "SELECT count() FROM merge('throughline', '.*')",
      "SELECT count() FROM merge /* */ ('throughline', '.*')",
      "SELECT name FROM system.tables",
      'SELECT name FROM "system".tables',
      "SELECT * FROM file('/etc/passwd', 'LineAsString')",
      "SELECT 1 INTO OUTFILE '/tmp/x'",
      "SELECT * FROM mergeTreeIndex('throughline', 'spans')",
    ];
    for (const sql of ways) {
      await assert.rejects(reader.query(sql, {}, QUERY), /may not contain the word/, sql);
    }
    // Words in strings, aliases and comments are no calls.
    assert.deepEqual(
      await reader.query("SELECT 'system.tables merge(' AS url, 1 AS file -- system.tables", {}, QUERY),
      [{ url: "system.tables merge(", file: 1 }],
    );
  });

  test("a query can't write", async (t) => {
    const { store } = await newStore(t, openBackend);
    for (const sql of [
      "DROP TABLE spans",
      "INSERT INTO schema_migrations (version) SELECT 9",
      "TRUNCATE TABLE spans",
    ]) {
      await assert.rejects(store.internal.query(sql, {}, QUERY), { code: "statement" }, sql);
    }
    await rowsOf(store, "SELECT count() FROM spans");
  });

  test("the filter is found by the primary key", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    for (const tenantId of ["acme", "globex", "initech"]) {
      await loadSamples(store, folder, { rows: 9000, seed: 1, tenantId });
    }
    await store.internal.command("OPTIMIZE TABLE spans FINAL");
    for (const table of ["spans", "request_rollups", "logs"]) {
      const plan = await store
        .scoped(ACME)
        .query<{ explain: string }>(
          `EXPLAIN indexes = 1 SELECT time FROM ${table} WHERE service = 'api'`,
          {},
          QUERY,
        );
      const text = plan.map(({ explain }) => explain.trim()).join("\n");
      const key = /PrimaryKey\nKeys:\n([\s\S]*?)Condition: (.*)\n/.exec(text);
      assert.ok(key !== null, `${table}: ${text}`);
      for (const column of ["tenant_id", "project_id", "service"])
        assert.match(key[1]!, new RegExp(`^${column}$`, "m"));
      assert.match(key[2]!, /tenant_id in \['acme', 'acme'\]/, table);
    }
  });
}
