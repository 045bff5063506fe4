import assert from "node:assert/strict";
import { test } from "node:test";
import { createSingleFlight } from "./singleFlight.ts";

test("an equal question joins the one that is being answered; the next one is asked anew", async () => {
  const share = createSingleFlight();
  const first = Promise.withResolvers<number>();
  let asked = 0;
  const ask = (): Promise<number> => {
    asked++;
    return first.promise;
  };
  const answers = [
    share(["acme", "shop", 1], ask),
    share(["acme", "shop", 1], ask),
    share(["globex", "shop", 1], async () => 9),
  ];
  first.resolve(7);
  assert.deepEqual(await Promise.all(answers), [7, 7, 9]);
  assert.equal(asked, 1);
  assert.equal(await share(["acme", "shop", 1], async () => 8), 8);
});

test("a failure reaches all who wait and is not remembered", async () => {
  const share = createSingleFlight();
  const fail = async (): Promise<number> => {
    throw new Error("the engine is away");
  };
  for (const result of await Promise.allSettled([share(["a"], fail), share(["a"], fail)]))
    assert.equal(result.status, "rejected");
  assert.equal(await share(["a"], async () => 1), 1);
});
