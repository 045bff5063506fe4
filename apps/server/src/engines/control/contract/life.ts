/** Health, migrations, closing. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DEFAULT_CONTROL_LIMITS } from "../connection.ts";
import { migrate, readMigrations } from "../migrate.ts";
import { isControlError, type ContractBackend, type TestStore } from "./backend.ts";
import { schemaText } from "./schemaText.ts";

export function lifeContract(backend: ContractBackend, store: () => TestStore): void {
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

  test("the schema is the one that is written down", async () => {
    const fresh = await backend.openEmpty(DEFAULT_CONTROL_LIMITS);
    try {
      await migrate(fresh, await readMigrations());
      const text = await schemaText(fresh);
      const file = fileURLToPath(new URL("../migrations/schema.txt", import.meta.url));
      if (process.env.UPDATE_SCHEMA === "1") await writeFile(file, text);
      assert.equal(text, await readFile(file, "utf8"), "if this is meant, run the test with UPDATE_SCHEMA=1");
    } finally {
      await fresh.close();
    }
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

  test("a transaction that can't even begin leaves a usable session", async () => {
    const unmigrated = await backend.openEmpty(DEFAULT_CONTROL_LIMITS);
    try {
      for (let round = 0; round < 12; round++) {
        const asked = unmigrated.asTenant(randomUUID(), (tx) => tx.query("select 1"));
        await assert.rejects(asked, isControlError(/^(22023|42501|42704)$/, /app_rw/));
        assert.deepEqual(await unmigrated.query("select 1 as one"), [{ one: 1 }]);
      }
    } finally {
      await unmigrated.close();
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
