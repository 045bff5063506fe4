import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../../../../../test/harness/until.ts";
import type { SharedStore } from "../store.ts";
import type { ContractBackend } from "./index.ts";

const HOUR_MS = 3_600_000;
const SHORT_MS = 40;

export function valuesContract(store: () => SharedStore, backend: ContractBackend): void {
  test("gives back what was set, whatever its characters, until it is deleted", async () => {
    assert.equal(await store().get("missing"), null);
    for (const value of ["", "text", "a\r\nb\0c", "ümläut 🦉", "9".repeat(100_000)]) {
      await store().set("value", value, HOUR_MS);
      assert.equal(await store().get("value"), value);
    }
    await store().delete("value");
    assert.equal(await store().get("value"), null);
    await store().delete("value");
  });

  test("values end, others stay", async () => {
    await store().set("short", "x", SHORT_MS);
    await store().set("long", "y", HOUR_MS);
    backend.elapse(SHORT_MS);
    await until("the short one has ended", async () => (await store().get("short")) === null);
    assert.equal(await store().get("long"), "y");
  });

  test("counters add up, also concurrently", async () => {
    assert.equal(await store().increment("sum", 5, HOUR_MS), 5);
    assert.equal(await store().increment("sum", 0, HOUR_MS), 5);
    await Promise.all(Array.from({ length: 200 }, () => store().increment("sum", 2, HOUR_MS)));
    assert.equal(await store().increment("sum", -5, HOUR_MS), 400);
  });

  test("a counter ends after its first addition's time, later ones don't prolong it", async () => {
    assert.equal(await store().increment("window", 7, SHORT_MS), 7);
    await store().increment("window", 1, HOUR_MS);
    backend.elapse(SHORT_MS);
    await until("a new window has begun", async () => (await store().increment("window", 1, HOUR_MS)) <= 3);
  });

  test("groups of fields: each writer its own field, everybody reads all", async () => {
    assert.deepEqual(await store().fields("group"), new Map());
    await store().putField("group", "one", "1", HOUR_MS);
    await store().putField("group", "two", "2", HOUR_MS);
    assert.deepEqual(
      await store().putField("group", "one", "3", HOUR_MS),
      new Map([
        ["one", "3"],
        ["two", "2"],
      ]),
    );
    assert.equal((await store().fields("group")).get("two"), "2");
    await store().putField("group", "last", "4", SHORT_MS);
    backend.elapse(SHORT_MS);
    await until("the group has ended", async () => (await store().fields("group")).size === 0);
  });

  test("says that it is well", async () => {
    const health = await store().health();
    assert.equal(health.ok, true);
    assert.equal(health.backend, store().backend);
    assert.equal(health.message, undefined);
  });
}
