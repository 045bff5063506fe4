import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fingerprintText, normalisedMessage, topFrames } from "./fingerprint.ts";

describe("fingerprints of errors", () => {
  it("V8: build hashes, positions and library frames make no difference", () => {
    const stack = (hash: string, line: number, depth: string) => `TypeError: x is not a function
    at charge (https://cdn.example.com/assets/pay-${hash}.js:1:${line})
    at Array.map (<anonymous>)
    at ${depth} (/srv/node_modules/express/lib/router.js:${line}:5)
    at checkout (webpack:///src/checkout.ts?${hash}:${line}:19)`;
    const frames = topFrames(stack("3f2a1bc9", 4711, "next"));
    assert.deepEqual(frames, topFrames(stack("9c8b7a6d", 12, "handle")));
    assert.equal(frames.length, 2);
    assert.notDeepEqual(frames, topFrames(stack("3f2a1bc9", 1, "next").replace("charge", "refund")));
  });

  it("Python: the innermost call is last", () => {
    const stack = (line: number) => `Traceback (most recent call last):
  File "/app/views.py", line ${line}, in view
    return pay()
  File "/app/pay.py", line ${line + 1}, in pay
    raise ValueError("no ${line}")
ValueError: no ${line}`;
    assert.deepEqual(topFrames(stack(5)), topFrames(stack(77)));
    assert.match(topFrames(stack(5))[0]!, /pay\.py/);
  });

  it("Java and Go", () => {
    const java = (line: number) => `java.lang.IllegalStateException: order ${line}
\tat com.shop.Cart.add(Cart.java:${line})
\tat java.base/java.lang.Thread.run(Thread.java:840)`;
    assert.deepEqual(topFrames(java(3)), topFrames(java(4)));
    assert.equal(topFrames(java(3)).length, 1);
    const go = (offset: string) =>
      `panic: boom\n\nmain.charge(0x${offset})\n\t/app/charge.go:12 +0x${offset}`;
    assert.deepEqual(topFrames(go("c000123")), topFrames(go("c0fffee")));
    assert.equal(topFrames(go("1")).length, 1);
  });

  it("only foreign frames are better than none", () => {
    const frames = topFrames(
      "Error: x\n    at a (node:net:1:1)\n    at b (/x/node_modules/pg/lib/client.js:3:4)",
    );
    assert.equal(frames.length, 2);
  });

  it("without a stack the message counts, without its values", () => {
    const text = (message: string) => fingerprintText("s", "E", message, "");
    assert.equal(text("order 17 of 'ann' failed"), text("order 99 of 'bob' failed"));
    assert.equal(
      text("user 5b8efff7-9803-8103-d269-b633813fc60c"),
      text("user 00000000-0000-0000-0000-000000000000"),
    );
    assert.notEqual(text("order failed"), text("order refused"));
    assert.equal(normalisedMessage("a\nb"), "a");
  });

  it("service and type are part of it", () => {
    const of = (service: string, type: string) => fingerprintText(service, type, "m", "");
    assert.equal(new Set([of("a", "b"), of("ab", ""), of("", "ab"), of("b", "a")]).size, 4);
  });

  it("hostile texts take no time", () => {
    const started = performance.now();
    for (const part of [
      "a".repeat(100_000),
      "at ".repeat(50_000),
      ":1".repeat(50_000),
      "0x".repeat(50_000),
      "-a1".repeat(30_000),
    ]) {
      topFrames(`${part}\n    at ${part} (${part}:1:1)`);
      normalisedMessage(part);
    }
    assert.ok(performance.now() - started < 2000, `${performance.now() - started} ms`);
  });
});
