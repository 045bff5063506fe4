/** Statements and transactions that take too long. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ControlLimits } from "../connection.ts";
import { isControlError, type ContractBackend, type TestStore } from "./backend.ts";

export function limitsContract(backend: ContractBackend): void {
  const limits: ControlLimits = { statementTimeoutMs: 1_500, idleInTransactionMs: 1_500 };
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

  test("an endless recursion is refused and does not end the session", async () => {
    await store.query(
      "create function endless(n int) returns int language plpgsql as $$ begin return endless(n + 1); end $$",
    );
    await assert.rejects(store.query("select endless(1)"), isControlError("54001", /stack depth/));
    assert.deepEqual(await store.query("select 1 as one"), [{ one: 1 }]);
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
