/** The shared store in memory: the shared contract, and the bounds of its memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedStoreContract } from "./contract/index.ts";
import { openMemoryStore } from "./memory.ts";

let elapsedMs = 0;

sharedStoreContract({
  name: "memory",
  openEmpty: async (nowMs) => openMemoryStore({ nowMs: () => nowMs() + elapsedMs }),
  elapse: (ms) => {
    elapsedMs += ms;
  },
  cleanUp: async () => {},
});

test("a flood of invented keys costs bounded memory and is reported", async () => {
  const clock = { ms: 1_000 };
  const store = openMemoryStore({ nowMs: () => clock.ms, entriesMax: 100 });
  for (let n = 0; n < 100; n++) await store.set(`key ${n}`, "x", n < 50 ? 10 : 10_000);
  clock.ms += 10;
  await store.set("new", "x", 10_000);
  assert.equal((await store.health()).message, undefined, "what had ended made room");
  assert.equal(await store.get("key 50"), "x");
  for (let n = 0; n < 1_000; n++) await store.set(`invented ${n}`, "x", 10_000);
  assert.equal(await store.get("key 50"), null);
  assert.equal(await store.get("invented 999"), "x");
  const { ok, message } = await store.health();
  assert.equal(ok, true);
  assert.match(message ?? "", /^951 entries had to make room/);
  await store.close();
});
