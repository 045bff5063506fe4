/** All or nothing, one after the other, and no way to wait for oneself. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { SqlExecutor } from "../store.ts";
import { isControlError, type TestStore } from "./backend.ts";

export function transactionsContract(store: () => TestStore): void {
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

  test("a failed statement that nobody waited for ends the transaction too", async () => {
    const name = await table();
    const failing = store().transaction(async (tx) => {
      await tx.query(`insert into ${name} values (1)`);
      tx.query("select 1/0").catch(() => undefined);
    });
    await assert.rejects(failing, isControlError("25P02", /nothing of it was kept/));
    assert.equal(await count(name), 0);
  });

  test("statements that run side by side inside all count", async () => {
    const name = await table();
    await store().transaction(async (tx) => {
      await Promise.all([1, 2, 3, 4, 5].map((n) => tx.query(`insert into ${name} values ($1)`, [n])));
    });
    assert.equal(await count(name), 5);
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
