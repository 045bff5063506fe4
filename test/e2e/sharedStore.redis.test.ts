/** The shared store on a real Redis: the shared contract, and what happens when the server goes away. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { sharedStoreContract } from "../../apps/server/src/engines/shared/contract/index.ts";
import { openSharedStore, SharedStoreError } from "../../apps/server/src/engines/shared/index.ts";
import { openRedisStore } from "../../apps/server/src/engines/shared/redis.ts";
import { startRedis } from "../harness/redis.ts";
import { until } from "../harness/until.ts";

const server = await startRedis();
after(() => server.stop());

const BUCKET = { key: "bucket", limit: 2, periodMs: 3_600_000, burst: 2 };

sharedStoreContract({
  name: "Redis",
  openEmpty: async (nowMs) => {
    await server.ask("FLUSHALL");
    return await openRedisStore({ url: server.url, nowMs, commandTimeoutMs: 10_000 });
  },
  // What expires does so by the server's own clock, a moment later.
  elapse: () => {},
  cleanUp: async () => {
    await server.ask("FLUSHALL");
  },
});

describe("shared store against a server", () => {
  const open = (changes: string[] = []) =>
    openSharedStore({
      redisUrl: server.url,
      commandTimeoutMs: 200,
      onChange: ({ isUp }) => changes.push(isUp ? "up" : "down"),
    });

  test("instances share buckets, counters and values; everything has an expiry and a prefix", async () => {
    const [one, two] = [await open(), await open()];
    try {
      const [first] = await one.take([BUCKET]);
      assert.equal(first?.remaining, 1);
      await two.take([BUCKET]);
      const [third] = await one.take([BUCKET]);
      assert.ok(
        third !== undefined && third.retryAfterMs > 1_700_000 && third.retryAfterMs <= 1_800_000,
        "by the server's clock",
      );
      await one.increment("counter", 1, 60_000);
      await one.set("value", "x", 60_000);
      await one.putField("group", "field", "x", 60_000);
      await one.attempt("attempts", {
        free: 1,
        firstDelayMs: 1_000,
        delayMsMax: 1_000,
        forgetAfterMs: 60_000,
      });
      assert.equal(await two.get("value"), "x");
      const keys = await server.ask("KEYS", "*");
      assert.ok(Array.isArray(keys) && keys.length === 5, JSON.stringify(keys));
      for (const key of keys.map(String)) {
        assert.match(key, /^throughline:/);
        assert.ok(Number(await server.ask("PTTL", key)) > 0, key);
      }
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });

  test("messages reach other instances", async () => {
    const [one, two] = [await open(), await open()];
    try {
      const heard: string[] = [];
      two.subscribe("keys", { onMessage: (message) => heard.push(message), onGap: () => {} });
      await until("one has arrived", async () => {
        await one.publish("keys", "revoked");
        return heard.length > 0;
      });
      assert.equal(heard[0], "revoked");
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });

  test("scripts that the server has forgotten are sent again", async () => {
    const store = await open();
    try {
      await store.increment("n", 1, 60_000);
      await server.ask("SCRIPT", "FLUSH");
      assert.equal(await store.increment("n", 1, 60_000), 2);
    } finally {
      await store.close();
    }
  });

  test("a frozen server costs one timeout, then nothing; when it thaws all is well", async () => {
    const changes: string[] = [];
    const store = await open(changes);
    try {
      await store.set("value", "x", 60_000);
      server.signal("SIGSTOP");
      try {
        await assert.rejects(store.get("value"), isError(/did not answer within 200 ms/));
        const startedAt = performance.now();
        for (let n = 0; n < 10_000; n++)
          await assert.rejects(store.take([BUCKET]), isError(/has not answered for/));
        // One timeout each would be more than half an hour.
        assert.ok(performance.now() - startedAt < 20_000);
        const health = await store.health();
        assert.equal(health.ok, false);
        assert.match(health.message ?? "", /has not answered.*each instance for itself/);
      } finally {
        server.signal("SIGCONT");
      }
      await until("it answers again", async () => (await store.health()).ok);
      assert.equal(await store.get("value"), "x");
      assert.deepEqual(changes, ["up", "down", "up"]);
    } finally {
      await store.close();
    }
  });

  test("calls under way when the server freezes end too", async () => {
    const store = await open();
    try {
      await store.set("value", "x", 60_000);
      server.signal("SIGSTOP");
      const results = await Promise.allSettled(Array.from({ length: 500 }, () => store.get("value")));
      assert.ok(results.every((result) => result.status === "rejected"));
    } finally {
      server.signal("SIGCONT");
      await store.close();
    }
  });

  test("a server that was killed and started again is found, and subscribers hear of the gap", async () => {
    const changes: string[] = [];
    const store = await open(changes);
    try {
      const heard: string[] = [];
      store.subscribe("keys", { onMessage: (text) => heard.push(text), onGap: () => heard.push("gap") });
      await until("it is subscribed", async () => heard.includes("gap"));
      heard.length = 0;
      await server.kill();
      await until("it is known to be away", async () => !(await store.health()).ok);
      await assert.rejects(store.take([BUCKET]), isError(/can't be reached/));
      await server.start();
      await until("it is back", async () => (await store.health()).ok);
      await until("the gap was told", async () => heard.includes("gap"));
      await until("messages arrive again", async () => {
        await store.publish("keys", "hello");
        return heard.includes("hello");
      });
      assert.deepEqual(changes, ["up", "down", "up"]);
    } finally {
      await store.close();
    }
  });

  test("a server that starts later is found; wishes made before hold then", async () => {
    await server.kill();
    const store = await open();
    try {
      assert.equal((await store.health()).ok, false);
      await assert.rejects(store.get("x"), SharedStoreError);
      const heard: string[] = [];
      store.subscribe("late", { onMessage: (text) => heard.push(text), onGap: () => {} });
      await server.start();
      await until("a message arrives", async () => {
        await store.publish("late", "hello").catch(() => undefined);
        return heard.length > 0;
      });
    } finally {
      await store.close();
    }
  });

  test("a closed store refuses, and closing twice is no harm", async () => {
    const store = await open();
    await store.close();
    await store.close();
    await assert.rejects(store.get("x"), isError(/was closed/));
  });

  test("a wrong password stops the start with a sentence that does not hold it", async () => {
    const locked = await startRedis({ password: "right" });
    try {
      const store = await openSharedStore({ redisUrl: locked.url });
      assert.equal((await store.health()).ok, true);
      await store.close();
      for (const login of ["", ":wrong@"]) {
        const redisUrl = `redis://${login}127.0.0.1:${locked.port}`;
        await assert.rejects(openSharedStore({ redisUrl }), (error) => {
          assert.ok(error instanceof SharedStoreError);
          assert.match(error.message, /(WRONGPASS|NOAUTH).*Check user, password/);
          assert.ok(!error.message.includes("wrong@"));
          return true;
        });
      }
    } finally {
      await locked.stop();
    }
  });
});

function isError(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SharedStoreError, String(error));
    assert.match(error.message, message);
    return true;
  };
}
