import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bucket, SharedStore } from "../store.ts";
import type { ContractClock } from "./index.ts";

export function bucketsContract(store: () => SharedStore, clock: ContractClock): void {
  let made = 0;
  const newBucket = (limit: number, periodMs: number, burst: number): Bucket => ({
    key: `bucket:${++made}`,
    limit,
    periodMs,
    burst,
  });
  const take = async (...buckets: Bucket[]) => await store().take(buckets);
  const letThrough = async (...buckets: Bucket[]) =>
    (await take(...buckets)).every((state) => state.retryAfterMs === 0);

  test("lets the burst through, then one each interval", async () => {
    const bucket = newBucket(10, 1_000, 3);
    assert.deepEqual(await take(bucket), [{ remaining: 2, resetMs: 100, retryAfterMs: 0 }]);
    assert.deepEqual(await take(bucket), [{ remaining: 1, resetMs: 200, retryAfterMs: 0 }]);
    assert.deepEqual(await take(bucket), [{ remaining: 0, resetMs: 300, retryAfterMs: 0 }]);
    assert.deepEqual(await take(bucket), [{ remaining: 0, resetMs: 300, retryAfterMs: 100 }]);
    clock.ms += 99;
    assert.deepEqual(await take(bucket), [{ remaining: 0, resetMs: 201, retryAfterMs: 1 }]);
    clock.ms += 1;
    assert.equal(await letThrough(bucket), true);
    assert.equal(await letThrough(bucket), false);
  });

  test("a refusal costs nothing: who waits as told gets through", async () => {
    const bucket = newBucket(60, 60_000, 2);
    await take(bucket);
    await take(bucket);
    for (let n = 0; n < 50; n++) assert.equal(await letThrough(bucket), false);
    const [state] = await take(bucket);
    clock.ms += state?.retryAfterMs ?? 0;
    assert.equal(await letThrough(bucket), true);
  });

  test("is full again after its reset and never fuller", async () => {
    const bucket = newBucket(5, 1_000, 5);
    for (let n = 0; n < 5; n++) await take(bucket);
    clock.ms += 3_600_000;
    let through = 0;
    for (let n = 0; n < 20; n++) if (await letThrough(bucket)) through += 1;
    assert.equal(through, 5);
  });

  test("lets exactly the limit through over a long time", async () => {
    const bucket = newBucket(100, 60_000, 10);
    let through = 0;
    for (let n = 0; n < 1_200; n++) {
      if (await letThrough(bucket)) through += 1;
      clock.ms += 100;
    }
    // Two minutes: 200, and what the bucket held at the start.
    assert.ok(through >= 208 && through <= 210, String(through));
  });

  test("takes from all buckets or, when one is empty, from none", async () => {
    const narrow = newBucket(1, 60_000, 1);
    const wide = newBucket(100, 60_000, 100);
    assert.equal(await letThrough(wide, narrow), true);
    for (let n = 0; n < 5; n++) {
      const [ofWide, ofNarrow] = await take(wide, narrow);
      assert.equal(ofWide?.retryAfterMs, 0);
      assert.equal(ofNarrow?.retryAfterMs, 60_000);
    }
    assert.equal((await take(wide))[0]?.remaining, 98);
  });

  test("concurrent requests get no more than there is", async () => {
    const bucket = newBucket(50, 60_000, 50);
    const results = await Promise.all(Array.from({ length: 500 }, () => letThrough(bucket)));
    assert.equal(results.filter(Boolean).length, 50);
  });

  test("keys are apart, and a deleted one starts anew", async () => {
    const [one, other] = [newBucket(1, 60_000, 1), newBucket(1, 60_000, 1)];
    assert.equal(await letThrough(one), true);
    assert.equal(await letThrough(other), true);
    assert.equal(await letThrough(one), false);
    await store().delete(one.key);
    assert.equal(await letThrough(one), true);
    assert.deepEqual(await take(), []);
  });
}
