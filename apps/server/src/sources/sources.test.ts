import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { until } from "../../../../test/harness/until.ts";
import { createBreakers, ServiceGivenUp } from "./breakers.ts";
import { CACHE_TABLE } from "./cacheTable.ts";
import { createBeneathReader } from "./keptBeneath.ts";
import { isolated } from "./isolate.ts";
import { openSourceCache, type SourceCache } from "./sourceCache.ts";

const OWNER = { tenantId: "a", projectId: "default" };
const LONG = { ttlMs: 600_000, graceMs: 600_000, endedBy: "time" } as const;
/** Everything is old at once, and stands in for ten minutes. */
const AT_ONCE_OLD = { ttlMs: 1, graceMs: 600_000, endedBy: "time" } as const;
const everyKind = (rule: (typeof CACHE_TABLE)["metrics"] | typeof LONG | typeof AT_ONCE_OLD) => ({
  systemHealth: rule,
  metrics: rule,
  overviewBeneath: rule,
  errorAlerts: rule,
  deploymentStatus: rule,
  storage: rule,
});

async function withCache(
  rule: typeof LONG | typeof AT_ONCE_OLD,
  work: (cache: SourceCache) => Promise<void>,
) {
  const cache = openSourceCache({ rules: everyKind(rule) });
  try {
    await work(cache);
  } finally {
    await cache.close();
  }
}

describe("the cache of sources", () => {
  test("the table has the seconds of the dashboard's plan", () => {
    const seconds = Object.fromEntries(
      Object.entries(CACHE_TABLE).map(([kind, { ttlMs }]) => [kind, ttlMs / 1000]),
    );
    const { overviewBeneath, storage, ...planned } = seconds;
    assert.deepEqual(planned, { systemHealth: 15, metrics: 15, errorAlerts: 30, deploymentStatus: 30 });
    assert.equal(overviewBeneath, 5, "below the first screen of the overview");
    assert.equal(storage, 60);
  });

  test("many who ask at once cost one question, and those after them none", () =>
    withCache(LONG, async (cache) => {
      let asked = 0;
      const release = Promise.withResolvers<void>();
      const load = async (): Promise<number> => {
        asked += 1;
        await release.promise;
        return asked;
      };
      const all = Array.from({ length: 200 }, () => cache.get("metrics", OWNER, [], load));
      release.resolve();
      const answers = await Promise.all(all);
      assert.deepEqual([...new Set(answers.map(({ data }) => data))], [1]);
      await until("the clock has moved on", async () => Date.now() > (answers[0]?.fetchedAtMs ?? 0));
      const later = await cache.get("metrics", OWNER, [], load);
      assert.deepEqual([asked, later.isHit, later.isStale], [1, true, false]);
      assert.equal(cache.status().requests, 201);
    }));

  test("no organisation, project or part finds another's answer", () =>
    withCache(LONG, async (cache) => {
      const owners = [OWNER, { ...OWNER, tenantId: "b" }, { ...OWNER, projectId: "x" }];
      for (const owner of owners) {
        const mine = JSON.stringify(owner);
        assert.equal((await cache.get("metrics", owner, [], async () => mine)).data, mine);
        assert.equal(
          (await cache.get("metrics", owner, ["part"], async () => `${mine} part`)).data,
          `${mine} part`,
        );
      }
      // Names that would be equal if they were only put beside each other.
      const odd = { tenantId: 'a","default', projectId: "" };
      assert.equal((await cache.get("metrics", odd, [], async () => "odd")).data, "odd");
    }));

  test("what is old is answered at once while it is asked for again", () =>
    withCache(AT_ONCE_OLD, async (cache) => {
      const first = await cache.get("metrics", OWNER, [], async () => "old");
      await until("it is old", async () => Date.now() - first.fetchedAtMs > 1);
      const release = Promise.withResolvers<void>();
      const second = await cache.get("metrics", OWNER, [], async () => {
        await release.promise;
        return "new";
      });
      assert.deepEqual([second.data, second.isHit, second.isStale], ["old", true, true]);
      release.resolve();
      await until("the new one is there", async () => {
        const { data } = await cache.get("metrics", OWNER, [], async () => "new");
        return data === "new";
      });
    }));

  test("what is old stands in while its source fails, and says so; without it the error is told", () =>
    withCache(AT_ONCE_OLD, async (cache) => {
      const first = await cache.get("metrics", OWNER, [], async () => "old");
      await until("it is old", async () => Date.now() - first.fetchedAtMs > 1);
      const broken = new Error("the source is down");
      const fails = async (): Promise<string> => {
        throw broken;
      };
      for (let times = 0; times < 3; times++) {
        const answer = await cache.get("metrics", OWNER, [], fails);
        assert.deepEqual([answer.data, answer.isStale], ["old", true]);
      }
      await assert.rejects(cache.get("errorAlerts", OWNER, [], fails), (error) => error === broken);
    }));

  test("what is beneath the overview is one question while a relative range moves, and one for each custom range", () =>
    withCache(LONG, async (cache) => {
      let asked = 0;
      const read = createBeneathReader(cache, async () => {
        asked += 1;
        const serviceMap = { fromMs: asked, calls: [] };
        return { bottlenecks: [], resources: { timesMs: [], charts: [] }, slowQueries: [], serviceMap };
      });
      const reader = { scope: OWNER, query: async () => [] };
      const other = { ...reader, scope: { ...OWNER, tenantId: "b" } };
      const at = (key: "1h" | "24h" | "custom", toMs: number) => ({ key, fromMs: 0, toMs, stepSeconds: 60 });
      for (const toMs of [1, 2, 3])
        assert.equal((await read(reader, at("1h", toMs), toMs)).serviceMap.fromMs, 1);
      assert.equal((await read(reader, at("24h", 3), 3)).serviceMap.fromMs, 2);
      assert.equal((await read(reader, at("custom", 3), 3)).serviceMap.fromMs, 3);
      assert.equal((await read(reader, at("custom", 4), 4)).serviceMap.fromMs, 4);
      assert.equal((await read(other, at("1h", 4), 4)).serviceMap.fromMs, 5);
    }));

  test("what a deployment ends is asked for again", () =>
    withCache(LONG, async (cache) => {
      await cache.get("deploymentStatus", OWNER, [], async () => 1);
      await cache.forget("deploymentStatus", OWNER, []);
      const asked = Promise.withResolvers<void>();
      await cache.get("deploymentStatus", OWNER, [], async () => {
        asked.resolve();
        return 2;
      });
      await asked.promise;
      await until("the new one is there", async () => {
        const { data } = await cache.get("deploymentStatus", OWNER, [], async () => 2);
        return data === 2;
      });
    }));
});

describe("circuit breakers", () => {
  const fails = async (): Promise<never> => {
    throw new Error("down");
  };

  test("a service that failed five times in a row is not asked, and others are", async () => {
    const told: string[] = [];
    const breakers = createBreakers({ onChange: ({ service, state }) => told.push(`${service} ${state}`) });
    let asked = 0;
    for (let times = 0; times < 5; times++)
      await assert.rejects(
        breakers.run("mail", () => {
          asked += 1;
          return fails();
        }),
        /down/,
      );
    await assert.rejects(
      breakers.run("mail", async () => {
        asked += 1;
      }),
      ServiceGivenUp,
    );
    assert.equal(asked, 5);
    assert.equal(await breakers.run("other", async () => "fine"), "fine");
    assert.deepEqual(told, ["mail open"]);
    const [mail, other] = breakers.status();
    assert.deepEqual([mail?.state, mail?.trips, other?.state, other?.sinceMs], ["open", 1, "closed", null]);
  });

  test("after its pause one call tries, and decides for all", async () => {
    const breakers = createBreakers({ failuresMax: 1, halfOpenAfterMs: 1 });
    await assert.rejects(breakers.run("mail", fails), /down/);
    const release = Promise.withResolvers<void>();
    let asked = 0;
    const openedMs = performance.now();
    await until("the pause is over", async () => performance.now() - openedMs > 5);
    const tries = Array.from({ length: 10 }, () =>
      breakers.run("mail", async () => {
        asked += 1;
        await release.promise;
      }),
    );
    await until("the one call runs", async () => asked > 0);
    assert.equal(asked, 1, "the others wait for it");
    assert.equal(breakers.status()[0]?.state, "half-open");
    release.resolve();
    await Promise.all(tries);
    assert.equal(breakers.status()[0]?.state, "closed");
  });
});

describe("sources side by side", () => {
  test("one that fails or hangs is a sentence, not an error", async () => {
    const reasonOf = (error: unknown): string => String(error);
    const hangs = () => new Promise<never>(() => {});
    assert.deepEqual(await isolated(hangs, 10, reasonOf), { ok: false, reason: "No answer within 0.01 s." });
    const fails = async (): Promise<never> => {
      throw new Error("no");
    };
    assert.deepEqual(await isolated(fails, 1000, reasonOf), { ok: false, reason: "Error: no" });
    assert.deepEqual(await isolated(async () => 1, 1000, reasonOf), { ok: true, data: 1 });
  });
});
