import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackoffPolicy, SharedStore } from "../store.ts";
import type { ContractClock } from "./index.ts";

const POLICY: BackoffPolicy = {
  free: 3,
  firstDelayMs: 1_000,
  delayMsMax: 5_000,
  forgetAfterMs: 60_000,
};

export function attemptsContract(store: () => SharedStore, clock: ContractClock): void {
  const attempt = async (key: string) => await store().attempt(key, POLICY);

  test("some are free, then each waits twice as long, up to a bound", async () => {
    for (let n = 0; n < 3; n++) assert.equal(await attempt("a"), 0);
    for (const delayMs of [1_000, 2_000, 4_000, 5_000, 5_000]) {
      assert.equal(await attempt("a"), delayMs);
      clock.ms += delayMs - 1;
      assert.equal(await attempt("a"), 1, `after ${delayMs - 1} ms`);
      clock.ms += 1;
      assert.equal(await attempt("a"), 0, `after ${delayMs} ms`);
    }
  });

  test("a thousand at once get no more than the free ones", async () => {
    const waits = await Promise.all(Array.from({ length: 1_000 }, () => attempt("flood")));
    assert.equal(waits.filter((waitMs) => waitMs === 0).length, 3);
  });

  test("what is forgiven starts anew, others are not touched", async () => {
    for (const key of ["b", "c"]) for (let n = 0; n < 4; n++) await attempt(key);
    await store().delete("b");
    assert.equal(await attempt("b"), 0);
    assert.ok((await attempt("c")) > 0);
  });
}
