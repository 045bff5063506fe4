import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { queriesFilter, resolveRange, type QueriesFilter } from "@throughline/contract";
import { openInsightRig, type InsightRig, type SentSpan } from "../testRig.ts";
import { readQueries, readQuery } from "./index.ts";

const SCOPE = { tenantId: "00000000-0000-7000-8000-000000000001", projectId: "shop" };
const POSTGRES = { "db.system.name": "postgresql", "db.namespace": "shop" };
const SLOW = "select * from orders where note like 'SECRET%'";
const BY_ID = (id: number) => `select * from products where id = ${id} and name = 'SECRET ${id}'`;
const REQUESTS = 4;
const REPEATS = 12;

/** One request that asks for its orders once and for each product one by one. */
function request(index: number): SentSpan[] {
  const traceId = (0xabc000 + index).toString(16).padStart(32, "0");
  const spanId = (0xdef000 + index).toString(16).padStart(16, "0");
  const call = (text: string, durationMs: number, isError = false): SentSpan => ({
    name: "SELECT shop",
    kind: 3,
    traceId,
    parentSpanId: spanId,
    durationMs,
    isError,
    agoMs: index * 1000,
    attributes: { ...POSTGRES, "db.query.text": text, "db.response.returned_rows": "2" },
  });
  return [
    call(SLOW, 400 + index, index === 1),
    ...Array.from({ length: REPEATS }, (_, id) => call(BY_ID(id), 3)),
    { name: "GET /orders", route: "/orders", traceId, spanId, durationMs: 600, agoMs: index * 1000 },
  ];
}

describe("queries", () => {
  let rig: InsightRig;
  const nowMs = Date.now();
  const range = resolveRange({ range: "1h" }, nowMs);
  const filter = (wanted: Partial<QueriesFilter> = {}) => queriesFilter.parse(wanted);
  const reader = () => rig.store.scoped(SCOPE);

  before(async () => {
    rig = await openInsightRig();
    for (let index = 0; index < REQUESTS; index++)
      await rig.send(SCOPE, {
        service: "shop-api",
        version: index < 2 ? "1.0" : "1.1",
        spans: request(index),
        nowMs,
      });
    await rig.send(SCOPE, {
      service: "shop-worker",
      nowMs,
      spans: [
        {
          name: "GET",
          kind: 3,
          attributes: { "db.system.name": "redis", "db.statement": "GET session:SECRET" },
        },
        { name: "pg-pool.connect", kind: 3, attributes: POSTGRES },
      ],
    });
    await rig.send({ ...SCOPE, projectId: "other" }, { spans: request(9), nowMs });
    await rig.stored();
  });
  after(() => rig.close());

  test("are grouped by what they ask, without a literal anywhere", async () => {
    const { queries, totals } = await readQueries(reader(), range, filter(), nowMs);
    assert.deepEqual(
      queries.map(({ statement, service, executions, dbSystem }) => [
        statement,
        service,
        executions,
        dbSystem,
      ]),
      [
        ["select * from orders where note like ?", "shop-api", REQUESTS, "postgresql"],
        ["select * from products where id = ? and name = ?", "shop-api", REQUESTS * REPEATS, "postgresql"],
        ["GET ?", "shop-worker", 1, "redis"],
      ],
    );
    const totalMs = queries.reduce((sum, query) => sum + query.totalMs, 0);
    assert.equal(totals.statements, 3);
    assert.equal(totals.executions, REQUESTS * (REPEATS + 1) + 1);
    assert.ok(Math.abs(totals.totalMs - totalMs) < 1e-6);
    assert.ok(Math.abs((totals.shareOfRequestTime ?? 0) - totalMs / (REQUESTS * 600)) < 1e-9);
    assert.ok(Math.abs(queries.reduce((sum, { timeShare }) => sum + timeShare, 0) - 1) < 1e-9);
    const stored = await reader().query<{ n: number }>(
      "SELECT count() AS n FROM spans WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND arrayExists(v -> position(v, 'SECRET') > 0, mapValues(attributes))",
      {},
      { name: "test.secrets" },
    );
    assert.deepEqual(stored, [{ n: 0 }]);
  });

  test("tell what is slow, what fails and what is asked again and again", async () => {
    const { queries } = await readQueries(reader(), range, filter({ slowMs: 100 }), nowMs);
    const [slow, repeated] = queries;
    assert.equal(slow?.slowExecutions, REQUESTS);
    assert.equal(slow?.errors, 1);
    assert.equal(slow?.maxMs, 403);
    assert.equal(slow?.rowsAvg, 2);
    assert.equal(slow?.repeatedGroups, 0);
    assert.equal(slow?.repeatedTraceId, null);
    assert.equal(slow?.slowestTraceId, (0xabc003).toString(16).padStart(32, "0"));
    assert.equal(repeated?.slowExecutions, 0);
    assert.equal(repeated?.repeatedGroups, REQUESTS);
    assert.equal(repeated?.repeatedExecutions, REQUESTS * REPEATS);
    assert.equal(repeated?.repeatedMax, REPEATS);
    assert.match(repeated?.repeatedTraceId ?? "", /abc00[0-3]$/);
  });

  test("are found by service, route, text and order", async () => {
    const found = async (wanted: Partial<QueriesFilter>) =>
      (await readQueries(reader(), range, filter(wanted), nowMs)).queries.map(({ statement }) =>
        statement.slice(0, 22),
      );
    assert.deepEqual(await found({ q: "PRODUCTS" }), ["select * from products"]);
    assert.deepEqual(await found({ q: "100%" }), []);
    assert.deepEqual(await found({ service: "shop-worker" }), ["GET ?"]);
    assert.equal((await found({ route: "/orders" })).length, 2);
    assert.deepEqual((await found({ sort: "executions" }))[0], "select * from products");
    assert.deepEqual((await found({ sort: "repeated" }))[0], "select * from products");
  });

  test("one statement tells its endpoints, releases, course and traces", async () => {
    const { queries } = await readQueries(reader(), range, filter({ q: "products" }), nowMs);
    const hash = queries[0]?.hash ?? "";
    assert.match(hash, /^[0-9a-f]{16}$/);
    const page = await readQuery(reader(), range, hash, nowMs);
    assert.ok(page !== null);
    assert.deepEqual(page.query.services, ["shop-api"]);
    assert.deepEqual(
      page.endpoints.map(({ service, route, executions, executionsPerRequest, repeatedGroups }) => [
        service,
        route,
        executions,
        executionsPerRequest,
        repeatedGroups,
      ]),
      [["shop-api", "/orders", REQUESTS * REPEATS, REPEATS, REQUESTS]],
    );
    assert.ok(Math.abs((page.endpoints[0]?.shareOfRequestTime ?? 0) - (REPEATS * 3) / 600) < 1e-9);
    assert.deepEqual(page.releases.map(({ release, executions }) => [release, executions]).toSorted(), [
      ["1.0", 2 * REPEATS],
      ["1.1", 2 * REPEATS],
    ]);
    const stepSeconds = page.range.stepSeconds;
    const counted = page.series.executionsPerSecond.reduce((sum, rate) => sum + rate * stepSeconds, 0);
    assert.ok(counted >= REQUESTS * REPEATS - 1e-6, "the newest point covers less than its step");
    assert.ok(page.traces.length > 0 && page.traces.every(({ traceId }) => /abc00[0-3]$/.test(traceId)));
    assert.ok(page.traces.some(({ isRepeated }) => isRepeated));
    assert.equal(page.previous, null);
    assert.equal(await readQuery(reader(), range, "00000000000000ff", nowMs), null);
  });
});
