import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../../../../../test/harness/until.ts";
import type { SharedStore } from "../store.ts";

export function messagesContract(store: () => SharedStore): void {
  /** A subscriber that is certainly heard: what a store says before the subscription holds is lost by design. */
  async function listenTo(channel: string) {
    const heard: string[] = [];
    const stop = store().subscribe(channel, {
      onMessage: (message) => {
        if (message !== "ready?") heard.push(message);
        else isReady = true;
      },
      onGap: () => {},
    });
    let isReady = false;
    await until("the subscription holds", async () => {
      await store().publish(channel, "ready?");
      return isReady;
    });
    return { heard, stop };
  }

  test("every subscriber hears every message of its channel in order", async () => {
    const [one, two, other] = [await listenTo("keys"), await listenTo("keys"), await listenTo("others")];
    for (const message of ["a", "b", "ümläut\r\n🦉", ""]) await store().publish("keys", message);
    await store().publish("others", "end");
    await until("all have arrived", async () => other.heard.length === 1 && two.heard.length === 4);
    assert.deepEqual(one.heard, ["a", "b", "ümläut\r\n🦉", ""]);
    assert.deepEqual(two.heard, one.heard);
    assert.deepEqual(other.heard, ["end"]);
  });

  test("who has stopped hears nothing, the others do", async () => {
    const [one, two] = [await listenTo("stops"), await listenTo("stops")];
    one.stop();
    one.stop();
    await store().publish("stops", "x");
    await until("it has arrived", async () => two.heard.length === 1);
    assert.deepEqual(one.heard, []);
  });

  test("nobody listens: no harm", async () => {
    await store().publish("nobody", "x");
  });
}
