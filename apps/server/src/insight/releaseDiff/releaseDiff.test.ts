/** One release against another: what was sent in both, recounted. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openInsightRig, type InsightRig, type SentSpan } from "../testRig.ts";
import { readReleaseDiff, readReleases } from "./index.ts";

const SCOPE = { tenantId: "00000000-0000-7000-8000-000000000001", projectId: "shop" };
const POSTGRES = { "db.system.name": "postgresql" };
const NOW = Date.now();
const EACH = 400;

let rig: InsightRig;
let lastId = 1;
const newId = (digits: number): string => (++lastId).toString(16).padStart(digits, "0");

/** One request a route, slower or with more to answer where the release is. */
function requests(of: {
  readonly slowMs: number;
  readonly bytes: number;
  readonly names: readonly string[];
}) {
  return Array.from({ length: EACH }, (_, index): SentSpan[] => {
    const noise = (index % 40) - 20;
    return [
      { name: "GET /slow", route: "/slow", durationMs: of.slowMs + noise, responseBytes: 5000 },
      { name: "GET /same", route: "/same", durationMs: 100 + noise, responseBytes: 5000 },
      { name: "GET /big", route: "/big", durationMs: 50 + noise, responseBytes: of.bytes },
      ...of.names.map((name) => ({ name, kind: 1, durationMs: 2 })),
    ];
  }).flat();
}

function statements(texts: readonly string[], repeats: number): SentSpan[] {
  const traceId = newId(32);
  const spanId = newId(16);
  return [
    { name: "GET /same", route: "/same", traceId, spanId, durationMs: 100 },
    ...texts.flatMap((text) =>
      Array.from({ length: repeats }, () => ({
        name: "SELECT",
        kind: 3,
        traceId,
        parentSpanId: spanId,
        durationMs: 3,
        attributes: { ...POSTGRES, "db.query.text": text },
      })),
    ),
  ];
}

before(async () => {
  rig = await openInsightRig();
  const send = async (
    version: string,
    spans: readonly SentSpan[],
    errors: readonly string[],
    scope = SCOPE,
  ) =>
    await rig.send(scope, {
      service: "shop-api",
      version,
      nowMs: NOW,
      spans,
      logs: errors.map((exceptionType) => ({ text: "bad", exceptionType })),
    });
  await send(
    "1.0",
    [
      ...requests({ slowMs: 100, bytes: 5000, names: ["old work"] }),
      ...statements(["select a from t"], 1),
      ...statements(["select c from t"], 1),
    ],
    ["TypeError", "OldError"],
  );
  await send(
    "1.1",
    [
      ...requests({ slowMs: 200, bytes: 9000, names: ["new work"] }),
      ...statements(["select a from t"], 9),
      ...statements(["select b from t"], 1),
      { name: "GET /fresh", route: "/fresh" },
    ],
    ["TypeError", "NewError", "NewError"],
  );
  await send("0.9", [{ name: "GET /slow", route: "/slow" }], []);
  await send("1.0", requests({ slowMs: 5, bytes: 1, names: ["new work"] }), ["NewError"], {
    ...SCOPE,
    projectId: "elsewhere",
  });
  await rig.stored();
});
after(() => rig.close());

const reader = () => rig.store.scoped(SCOPE);
async function diff(a = "1.0", b = "1.1") {
  const found = await readReleaseDiff(reader(), "shop-api", { a, b });
  assert.ok(!("unknown" in found), JSON.stringify(found));
  return found;
}

describe("a release against another", () => {
  test("tells new errors, statements, repeated ones and span names with their counts and a trace", async () => {
    const found = await diff();
    const told = (of: typeof found.errors) => of.added.map(({ name, count }) => [name, count]);
    assert.deepEqual(told(found.errors), [["NewError", 2]]);
    assert.equal(found.errors.removedCount, 1);
    assert.deepEqual(told(found.queries), [["select b from t", 1]]);
    assert.equal(found.queries.removedCount, 1);
    assert.deepEqual(told(found.repeatedQueries), [["select a from t", 1]]);
    assert.deepEqual(told(found.spanNames), [
      ["new work", EACH],
      ["GET /fresh", 1],
    ]);
    assert.equal(found.spanNames.removedCount, 1);
    assert.deepEqual(found.newRoutes, ["/fresh"]);
    for (const { traceId } of [
      ...found.queries.added,
      ...found.repeatedQueries.added,
      ...found.spanNames.added,
    ]) {
      const [row] = await reader().query<{ version: string }>(
        "SELECT toString(service_version) AS version FROM spans WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND trace_id = unhex({traceId:String}) LIMIT 1",
        { traceId: traceId ?? "" },
        { name: "test.trace" },
      );
      assert.equal(row?.version, "1.1");
    }
  });

  test("says which routes are slower and answer with more; that others did not change takes more requests to prove", async () => {
    const { routes, a, b, caution } = await diff();
    const told = routes.map(({ route, verdict, payload }) => [route, verdict, payload]);
    assert.deepEqual(told, [
      ["/slow", "slower", "same"],
      ["/big", "not-enough-data", "bigger"],
      ["/same", "not-enough-data", "same"],
    ]);
    const [slow] = routes;
    assert.deepEqual([slow?.nA, slow?.nB], [EACH, EACH]);
    const raw = await reader().query<{ version: string; p75: number; requests: number }>(
      `SELECT toString(service_version) AS version, quantileExactIf(0.75)(duration_ns, route = '/slow') / 1e6 AS p75,
         countIf(kind = 'server') AS requests
       FROM spans WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND service_version != '0.9'
       GROUP BY version ORDER BY version`,
      {},
      { name: "test.recount" },
    );
    assert.deepEqual(
      [a.requests, b.requests],
      raw.map(({ requests: n }) => n),
    );
    for (const [index, p75] of [slow?.p75MsA, slow?.p75MsB].entries())
      assert.ok(Math.abs((p75 ?? 0) - (raw[index]?.p75 ?? 0)) < 0.05 * (raw[index]?.p75 ?? 0), `${p75}`);
    const big = routes.find(({ route }) => route === "/big");
    assert.deepEqual([big?.responseBytesAvgA, big?.responseBytesAvgB], [5000, 9000]);
    assert.equal(caution, null);
  });

  test("the other way round it is faster, and what was new is gone", async () => {
    const { routes, errors } = await diff("1.1", "1.0");
    assert.equal(routes.find(({ route }) => route === "/slow")?.verdict, "faster");
    assert.deepEqual(
      errors.added.map(({ name }) => name),
      ["OldError"],
    );
  });

  test("judges nothing on a few requests, and says so", async () => {
    const { routes, caution } = await diff("0.9", "1.1");
    assert.deepEqual(
      routes.map(({ route, verdict, payload }) => [route, verdict, payload]),
      [["/slow", "not-enough-data", "not-enough-data"]],
    );
    assert.match(caution ?? "", /0\.9 had only 1 request/);
  });

  test("of what nobody sent is an answer as well", async () => {
    assert.deepEqual(await readReleaseDiff(reader(), "shop-api", { a: "1.0", b: "') OR 1=1 --" }), {
      unknown: "') OR 1=1 --",
    });
    assert.deepEqual(await readReleaseDiff(reader(), "nothing", { a: "1.0", b: "1.1" }), { unknown: "1.0" });
  });

  test("are listed with what was seen of them, in this project alone", async () => {
    const releases = await readReleases(reader());
    assert.deepEqual(releases.map(({ release }) => release).toSorted(), ["0.9", "1.0", "1.1"]);
    const one = releases.find(({ release }) => release === "1.1");
    assert.equal(one?.requests, 3 * EACH + 3);
    assert.equal(releases.filter(({ previous }) => previous === null).length, 1);
  });
});
