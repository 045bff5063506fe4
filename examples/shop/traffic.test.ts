import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { drive, planVisit, seededRandom } from "./traffic.ts";

test("the same seed brings the same visitors, another seed others", () => {
  const visits = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => planVisit(random));
  };
  assert.deepEqual(visits(7), visits(7));
  assert.notDeepEqual(visits(7), visits(8));
});

test("visitors look around, search, and some of them buy", () => {
  const random = seededRandom(42);
  const visits = Array.from({ length: 2_000 }, () => planVisit(random));
  const share = (path: string) =>
    visits.filter((steps) => steps.some((step) => step.path.startsWith(path))).length / 2_000;
  for (const [path, least, most] of [
    ["/product/", 1, 1],
    ["/search?", 0.3, 0.7],
    ["/cart", 0.4, 0.8],
    ["/checkout", 0.25, 0.5],
    ["/orders", 0.1, 0.2],
  ] as const) {
    assert.ok(share(path) >= least && share(path) <= most, `${path}: ${share(path)}`);
  }
  for (const steps of visits) {
    const buys = steps.findIndex((step) => step.method === "POST" && step.path === "/checkout");
    const fills = steps.findIndex((step) => step.method === "POST" && step.path === "/cart");
    assert.ok(buys === -1 || (fills !== -1 && fills < buys), "nobody buys an empty cart");
  }
});

test("the rate stays below its bound, whatever the number of visitors", async () => {
  const arrivals: number[] = [];
  const stopping = new AbortController();
  const server = createServer((_incoming, outgoing) => {
    arrivals.push(performance.now());
    outgoing.end();
    if (arrivals.length === 60) stopping.abort();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const counts = await drive({
    url: `http://127.0.0.1:${port}`,
    ratePerSecond: 40,
    visitors: 200,
    seed: 3,
    signal: stopping.signal,
  });
  server.closeAllConnections();
  server.close();
  // Slower is allowed on a busy machine, faster never: 59 gaps of 25 ms, less the jitter of one timer.
  assert.ok((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0) > 59 * 25 - 60);
  assert.ok(counts.requests >= 60);
});
