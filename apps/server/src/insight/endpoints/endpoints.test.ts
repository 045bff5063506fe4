/** Endpoints and what is made of them, against the raw rows counted one by one. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  bottleneckList,
  endpointList,
  endpointPage,
  endpointsFilter,
  resolveRange,
  type EndpointsFilter,
} from "@throughline/contract";
import { readBottlenecks } from "../bottlenecks/index.ts";
import { readOverview } from "../overview/readOverview.ts";
import { openInsightRig, type InsightRig, type SentSpan } from "../testRig.ts";
import { readEndpoint, readEndpoints } from "./index.ts";

const SCOPE = { tenantId: "00000000-0000-7000-8000-000000000001", projectId: "shop" };
const HOUR_MS = 3_600_000;
/** The width of a bucket of durations. */
const SKETCH_ERROR = 0.095;
const project = { id: "shop", name: "shop", hasData: true, lastSeenMs: null };

/** Two hours of two endpoints: the newer hour of /orders fails more, asks slowly, one by one, and answers largely. */
function requests(): SentSpan[] {
  return Array.from({ length: 400 }, (_, index): SentSpan[] => {
    const agoMs = 60_000 + index * 17_000;
    const isNew = agoMs < HOUR_MS - 120_000;
    const isOrders = index % 2 === 0;
    const traceId = (0xa00000 + index).toString(16).padStart(32, "0");
    const spanId = (0xb00000 + index).toString(16).padStart(16, "0");
    const status = isOrders && isNew && index % 8 === 0 ? 503 : index % 10 === 1 ? 404 : 200;
    const server: SentSpan = {
      name: isOrders ? "POST /orders" : "GET /carts",
      route: isOrders ? "/orders" : "/carts",
      traceId,
      spanId,
      agoMs,
      durationMs: (isOrders && isNew ? 1200 : 40) + (index % 50),
      attributes: {
        "http.request.method": isOrders ? "POST" : "GET",
        "http.response.status_code": status,
        "http.request.body.size": isOrders ? 200 : 0,
        "http.response.body.size": isOrders && isNew ? 900_000 : 1500,
      },
    };
    if (!isOrders || !isNew) return [server];
    const call = (text: string, durationMs: number): SentSpan => ({
      name: "SELECT shop",
      kind: 3,
      traceId,
      parentSpanId: spanId,
      agoMs,
      durationMs,
      attributes: { "db.system.name": "postgresql", "db.query.text": text },
    });
    const items = Array.from({ length: 7 }, (_, id) => call(`select * from items where id = ${id}`, 3));
    return [server, call("select * from orders where note = 'x'", 600), ...items];
  }).flat();
}

interface Raw {
  readonly route: string;
  readonly requests: number;
  readonly failed: number;
  readonly refused: number;
  readonly avgMs: number;
  readonly maxMs: number;
  readonly p95Ms: number;
  readonly responseBytes: number;
  readonly requestBytes: number;
  readonly apdex: number;
}

describe("endpoints", { timeout: 240_000 }, () => {
  let rig: InsightRig;
  const nowMs = Date.now();
  const range = resolveRange({ range: "1h" }, nowMs);
  const reader = () => rig.store.scoped(SCOPE);
  const list = async (wanted: Partial<EndpointsFilter> = {}) =>
    endpointList.parse({
      project,
      ...(await readEndpoints(reader(), range, endpointsFilter.parse(wanted), nowMs)),
    });

  async function recount(fromMs: number, toMs: number): Promise<Map<string, Raw>> {
    const rows = await reader().query<Raw>(
      `SELECT route, count() AS requests, countIf(http_status >= 500) AS failed,
         countIf(http_status BETWEEN 400 AND 499) AS refused, avg(duration_ns) / 1e6 AS avgMs,
         max(duration_ns) / 1e6 AS maxMs, quantileExact(0.95)(duration_ns) / 1e6 AS p95Ms,
         avg(response_bytes) AS responseBytes, avg(request_bytes) AS requestBytes,
         (countIf(duration_ns <= 500e6) + countIf(duration_ns > 500e6 AND duration_ns <= 2e9) / 2) / count() AS apdex
       FROM spans
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND kind = 'server'
         AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
       GROUP BY route`,
      { fromMs, toMs },
      { name: "test.recount" },
    );
    return new Map(rows.map((row) => [row.route, row]));
  }

  before(async () => {
    rig = await openInsightRig();
    await rig.send(SCOPE, { service: "api", version: "1.0", spans: requests(), nowMs });
    await rig.send(
      { ...SCOPE, projectId: "other" },
      { service: "api", spans: requests().slice(0, 9), nowMs },
    );
    await rig.stored();
  });
  after(() => rig.close());

  test("have the numbers that the raw rows have, in this range and the one before", async () => {
    const { endpoints, totals } = await list();
    const { fromMs, toMs } = range;
    const current = await recount(fromMs, toMs);
    const previous = await recount(fromMs - (toMs - fromMs), fromMs);
    assert.deepEqual(endpoints.map(({ route }) => route).toSorted(), ["GET /carts", "POST /orders"]);
    for (const row of endpoints)
      for (const [shown, raw] of [
        [row, current.get(row.route)],
        [row.previous, previous.get(row.route)],
      ] as const) {
        assert.ok(shown !== null && raw !== undefined);
        assert.deepEqual(
          [shown.requests, shown.failed, shown.succeeded, shown.clientErrors, shown.maxMs],
          [raw.requests, raw.failed, raw.requests - raw.failed, raw.refused, raw.maxMs],
        );
        assert.ok(Math.abs((shown.avgMs ?? 0) - raw.avgMs) < 1e-6);
        assert.ok(
          Math.abs((shown.p95Ms ?? 0) / raw.p95Ms - 1) <= SKETCH_ERROR,
          `${shown.p95Ms} ${raw.p95Ms}`,
        );
        assert.ok(Math.abs((shown.responseBytesAvg ?? 0) - raw.responseBytes) < 1e-6);
        assert.equal(shown.requestBytesAvg ?? 0, raw.requestBytes);
        assert.ok(Math.abs((shown.apdex ?? 0) - raw.apdex) < 0.02, `${shown.apdex} ${raw.apdex}`);
      }
    assert.equal(
      totals.requests,
      [...current.values()].reduce((sum, raw) => sum + raw.requests, 0),
    );
    assert.ok(Math.abs(endpoints.reduce((sum, row) => sum + row.timeShare, 0) - 1) < 1e-9);
  });

  test("tell how they changed", async () => {
    const { endpoints } = await list();
    const trends = Object.fromEntries(endpoints.map(({ route, trend }) => [route, trend]));
    assert.equal(trends["GET /carts"], "STABLE");
    assert.ok(
      trends["POST /orders"] === "CRITICAL" || trends["POST /orders"] === "DEGRADING",
      trends["POST /orders"] ?? "none",
    );
  });

  test("are found and ordered", async () => {
    const routes = async (wanted: Partial<EndpointsFilter>) =>
      (await list(wanted)).endpoints.map(({ route }) => route);
    assert.deepEqual(await routes({ q: "ORD" }), ["POST /orders"]);
    assert.deepEqual(await routes({ q: "100%" }), []);
    assert.deepEqual(await routes({ service: "nobody" }), []);
    for (const sort of ["time", "p95", "errors", "apdex", "size"] as const)
      assert.equal((await routes({ sort }))[0], "POST /orders", sort);
    const strict = await list({ apdexMs: 1 });
    assert.ok(strict.endpoints.every(({ apdex }) => apdex === 0));
  });

  test("one tells its parts, statements and traces", async () => {
    const answer = await readEndpoint(reader(), range, { service: "api", route: "POST /orders" }, 500, nowMs);
    const page = endpointPage.parse({ project, ...answer, markers: [] });
    const raw = (await recount(range.fromMs, range.toMs)).get("POST /orders");
    assert.ok(raw !== undefined);
    assert.equal(page.endpoint.requests, raw.requests);
    assert.deepEqual(
      page.recent.methods.map(({ value, requests: n }) => [value, n]),
      [["POST", raw.requests]],
    );
    const statuses = new Map(page.recent.statuses.map(({ value, requests: n }) => [value, n]));
    assert.equal(statuses.get("503"), raw.failed);
    assert.deepEqual(
      page.releases.map(({ value, failed }) => [value, failed]),
      [["1.0", raw.failed]],
    );
    assert.equal(page.recent.failing.length, Math.min(10, raw.failed));
    assert.ok(page.recent.slow.every(({ route }) => route === "POST /orders"));
    const [slow, repeated] = page.statements;
    assert.equal(slow?.statement, "select * from orders where note = ?");
    assert.ok(Math.abs((slow.executionsPerRequest ?? 0) - slow.executions / raw.requests) < 1e-9);
    assert.equal(repeated?.repeatedGroups, repeated?.executions === undefined ? 0 : repeated.executions / 7);
  });

  test("one that took nothing says so, without numbers", async () => {
    const { endpoint, statements, recent } = await readEndpoint(
      reader(),
      range,
      { service: "api", route: "/nothing" },
      500,
      nowMs,
    );
    assert.deepEqual(
      [endpoint.requests, endpoint.p95Ms, endpoint.apdex, endpoint.trend],
      [0, null, null, null],
    );
    assert.deepEqual([statements, recent.slow, recent.methods], [[], [], []]);
  });

  test("in trouble are named as bottlenecks, with real traces", async () => {
    const answer = bottleneckList.parse({ project, ...(await readBottlenecks(reader(), range, nowMs)) });
    const found = Object.fromEntries(answer.bottlenecks.map((each) => [each.type, each]));
    assert.deepEqual(Object.keys(found).toSorted(), ["LARGE_PAYLOAD", "N_PLUS_ONE_QUERY", "SLOW_QUERY"]);
    assert.equal(found["LARGE_PAYLOAD"]?.subject, "POST /orders");
    for (const each of answer.bottlenecks) {
      assert.deepEqual(each.affectedEndpoints, [{ service: "api", route: "POST /orders" }]);
      const [known] = await reader().query<{ n: number }>(
        "SELECT count() AS n FROM spans WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND trace_id = unhex({id:String})",
        { id: each.evidence.traceId ?? "" },
        { name: "test.trace" },
      );
      assert.ok((known?.n ?? 0) > 0, each.type);
    }
    const checked = Object.fromEntries(answer.checks.map(({ type, isChecked }) => [type, isChecked]));
    assert.deepEqual(
      [checked["UNINDEXED_QUERY"], checked["HIGH_CPU"], checked["SLOW_QUERY"]],
      [false, false, true],
    );
    const nothing = await readBottlenecks(rig.store.scoped({ ...SCOPE, projectId: "none" }), range, nowMs);
    assert.deepEqual(nothing.bottlenecks, []);
    assert.ok(nothing.checks.every(({ isChecked }) => !isChecked));
  });

  test("make the health of project and service", async () => {
    const { health, services } = await readOverview(reader(), range, nowMs);
    const raw = [...(await recount(range.fromMs, range.toMs)).values()];
    assert.equal(
      health.requests,
      raw.reduce((sum, row) => sum + row.requests, 0),
    );
    assert.deepEqual(
      services.map((row) => row.health),
      [health],
    );
    assert.ok(health.previousScore !== null && health.score !== null && health.score < health.previousScore);
    assert.match(
      health.parts[0]?.text ?? "",
      new RegExp(`^${raw.reduce((sum, row) => sum + row.failed, 0)} of `),
    );
  });
});
