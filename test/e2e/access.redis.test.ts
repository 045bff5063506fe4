/** Limits that instances count together in a real Redis, and what holds while it is away. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { detailedHealth, problem } from "@throughline/contract";
import { RATE_RULES } from "../../apps/server/src/access/limits/rules.ts";
import { openRig, type Rig } from "../../apps/server/src/http/accessContract/backend.ts";
import { addPerson, fromElsewhere, type Instance, markSetUp } from "../../apps/server/src/http/testRig.ts";
import { openTestControlStore } from "../harness/controlStore.ts";
import { startRedis, type TestRedis } from "../harness/redis.ts";
import { until } from "../harness/until.ts";

describe("limits of several instances", () => {
  let redis: TestRedis;
  let rig: Rig;
  let second: Instance;
  let email: string;
  const password = "correct horse battery staple";
  before(async () => {
    redis = await startRedis();
    rig = await openRig({ name: "Redis", open: () => openTestControlStore() }, { redisUrl: redis.url });
    second = await rig.openSecond();
    await markSetUp(rig.control);
    const hash = await rig.access.passwords.hash(password);
    ({ email } = await addPerson(rig.control, rig.tenantId, "VIEWER", { password: hash }));
  });
  after(async () => {
    await second.close();
    await rig.close();
    await redis.stop();
  });

  const signIn = (instance: Instance, given: string, remoteAddress: string) =>
    fromElsewhere(instance.app, {
      method: "POST",
      url: "/api/auth/sign-in/email",
      remoteAddress,
      payload: { email, password: given },
    });

  test("whoever guesses at two instances in turn is slowed down as at one", async () => {
    let statuses: number[] = [];
    for (let tries = 0; tries < 20 && statuses.at(-1) !== 429; tries++)
      statuses = [
        ...statuses,
        (await signIn(tries % 2 === 0 ? rig : second, "wrong password", "198.51.100.1")).statusCode,
      ];
    assert.equal(statuses.at(-1), 429);
    assert.ok(statuses.length <= 8, `${statuses.length} attempts`);
    assert.equal((await signIn(second, password, "198.51.100.1")).statusCode, 429);
  });

  test("whoever tries many links at two instances in turn meets one limit of their address", async () => {
    const look = (instance: Instance, remoteAddress: string, number: number) =>
      fromElsewhere(instance.app, {
        method: "POST",
        url: "/api/invitations/look",
        remoteAddress,
        payload: { token: `invented-token-number-${number}` },
      });
    const [rule] = RATE_RULES.sign_in;
    // More than one bucket holds, and fewer than two would, each counting for itself.
    const tries = Math.floor((rule?.burst ?? 0) * 1.8);
    const answers = await Promise.all(
      Array.from({ length: tries }, (_, index) =>
        look(index % 2 === 0 ? rig : second, "198.51.100.20", index),
      ),
    );
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    assert.ok(refused.length > 0, `${tries} tries`);
    for (const answer of refused) {
      assert.equal(problem.parse(answer.json()).code, "rate_limited");
      assert.ok(Number(answer.headers["retry-after"]) > 0);
    }
    assert.equal((await look(second, "198.51.100.21", 0)).statusCode, 400, "another address goes on");
  });

  test("while Redis is away people sign in, and each instance slows guessing down by itself", async () => {
    await redis.kill();
    const health = async (isHere: boolean) => {
      const request = { url: "/api/health?detailed=true" };
      const answer = isHere
        ? await rig.app.inject({ ...request, headers: { host: "localhost" } })
        : await fromElsewhere(rig.app, request);
      return detailedHealth.parse(answer.json());
    };
    const here = await until("it is known to be away", async () => {
      const found = await health(true);
      return found.checks.redis === "error" ? found : null;
    });
    const [told] = (await health(false)).messages;
    assert.ok(here.messages.length > 0 && told !== undefined);
    assert.match(told, /stands in the server's log/, "where Redis is concerns no stranger");
    assert.ok(!here.messages.includes(told));
    const right = await signIn(rig, password, "198.51.100.2");
    assert.equal(right.statusCode, 200, right.body);
    let last = 0;
    for (let tries = 0; tries < 20 && last !== 429; tries++)
      last = (await signIn(rig, "wrong password", "198.51.100.3")).statusCode;
    assert.equal(last, 429);
    await redis.start();
  });
});
