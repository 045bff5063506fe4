/** Each type at the bounds of its definition, and quiet below them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NO_TOTALS } from "../endpoints/endpointCells.ts";
import type { MetricSeries } from "../resources/readSeries.ts";
import type { EndpointFacts, PlanFinding, ResourceFacts, StatementFacts, WindowFacts } from "./facts.ts";
import { BUSY_MINUTES, BUSY_RATIO, highCpu } from "./highCpu.ts";
import { largePayloads, PAYLOAD_BYTES_MIN, PAYLOAD_REQUESTS_MIN } from "./largePayload.ts";
import { growthOf, kendallTau, memoryLeaks, WARM_UP_MINUTES } from "./memoryLeak.ts";
import { GROUPS_MIN, nPlusOneQueries } from "./nPlusOne.ts";
import { exhaustedPools } from "./poolExhaustion.ts";
import { worstFirst } from "./rank.ts";
import { SLOW_EXECUTIONS_MIN, slowQueries } from "./slowQuery.ts";
import { SCANNED_ROWS_MIN, unindexedQueries } from "./unindexedQuery.ts";

const SERVICE = "api";
const ROUTE = "GET /orders";
const TRACE = "ab".repeat(16);
const HOUR = 60;

const endpoint = (more: Partial<EndpointFacts> = {}): EndpointFacts => ({
  ...NO_TOTALS,
  service: SERVICE,
  route: ROUTE,
  requests: 100,
  totalNs: 100e9,
  slowestTraceId: TRACE,
  ...more,
});

/** All executions in the bucket of this duration. */
function statement(eachMs: number, executions: number, more: Partial<StatementFacts> = {}): StatementFacts {
  const ns = eachMs * 1e6;
  return {
    service: SERVICE,
    hash: "00000000000000aa",
    statement: "select *\n  from orders",
    executions,
    totalNs: ns * executions,
    durations: { buckets: { [Math.floor(8 * Math.log2(ns))]: executions }, maxNs: ns },
    repeatedGroups: 0,
    repeatedExecutions: 0,
    slowestTraceId: TRACE,
    repeatedTraceId: null,
    routes: [ROUTE],
    ...more,
  };
}

const window = (statements: StatementFacts[], endpoints = [endpoint()]): WindowFacts => ({
  when: "in this range",
  endpoints,
  statements,
});

function series(
  metric: string,
  values: readonly (number | null)[],
  attributes: Record<string, string> = {},
): MetricSeries {
  return {
    service: SERVICE,
    instance: "i-1",
    metric,
    attributes,
    lastSeenMs: 0,
    values,
    lows: values,
  };
}

const resources = (...all: MetricSeries[]): ResourceFacts => ({
  series: all,
  endpoints: [endpoint()],
  poolWaits: [{ service: SERVICE, route: ROUTE, traceId: TRACE, waitMs: 3200 }],
});

const minutes = (count: number, value: (minute: number) => number | null): (number | null)[] =>
  Array.from({ length: count }, (_, minute) => value(minute));

describe("SLOW_QUERY", () => {
  test("is a slow statement that takes its share of the time", () => {
    const [found, ...more] = slowQueries(window([statement(400, 100)]));
    assert.deepEqual(more, []);
    assert.equal(found?.type, "SLOW_QUERY");
    assert.equal(found.severity, "HIGH");
    assert.ok(Math.abs((found.shareOfRequestTime ?? 0) - 0.4) < 1e-9);
    assert.equal(found.requestsAffected, 100);
    assert.equal(found.subject, "select * from orders");
    assert.deepEqual(found.affectedEndpoints, [{ service: SERVICE, route: ROUTE }]);
    assert.deepEqual(found.evidence, {
      traceId: TRACE,
      queryHash: "00000000000000aa",
      instance: null,
      plan: null,
    });
  });

  test("is none below 250 ms, below 20 executions, or below 5 % of the time", () => {
    assert.equal(slowQueries(window([statement(260, SLOW_EXECUTIONS_MIN)])).length, 1);
    assert.equal(slowQueries(window([statement(240, 100)])).length, 0);
    assert.equal(slowQueries(window([statement(400, SLOW_EXECUTIONS_MIN - 1)])).length, 0);
    const busy = [endpoint({ totalNs: 10_000e9 })];
    assert.equal(slowQueries(window([statement(400, 100)], busy)).length, 0);
    assert.equal(slowQueries(window([statement(400, 100)], [])).length, 0);
  });
});

describe("N_PLUS_ONE_QUERY", () => {
  const repeated = (groups: number) =>
    statement(2, groups * 12, {
      repeatedGroups: groups,
      repeatedExecutions: groups * 12,
      repeatedTraceId: TRACE,
    });

  test("is a statement that repeats below one span in many requests", () => {
    const [found] = nPlusOneQueries(window([repeated(50)]));
    assert.match(found?.description ?? "", /about 12 times below one span, 50 times/);
    assert.equal(found?.requestsAffected, 50);
    assert.equal(found.evidence.traceId, TRACE);
  });

  test("is none in a few requests, or in rare ones", () => {
    assert.equal(nPlusOneQueries(window([repeated(GROUPS_MIN - 1)])).length, 0);
    assert.equal(nPlusOneQueries(window([repeated(9)])).length, 0);
    assert.equal(nPlusOneQueries(window([repeated(10)])).length, 1);
  });
});

test("LARGE_PAYLOAD is a large body on average, either way, over ten requests", () => {
  const of = (bytes: number, requests = PAYLOAD_REQUESTS_MIN, more: Partial<EndpointFacts> = {}) =>
    largePayloads(window([], [endpoint({ requests, responseBytes: bytes * requests, ...more })]));
  assert.equal(of(PAYLOAD_BYTES_MIN).length, 1);
  assert.equal(of(PAYLOAD_BYTES_MIN - 1).length, 0);
  assert.equal(of(PAYLOAD_BYTES_MIN, PAYLOAD_REQUESTS_MIN - 1).length, 0);
  assert.deepEqual(
    [of(0.6e6), of(1e6), of(2.5e6), of(10e6)].map(([found]) => found?.severity),
    ["LOW", "MEDIUM", "HIGH", "CRITICAL"],
  );
  const [upload] = of(0, 20, { requestBytes: 20 * 3e6 });
  assert.match(upload?.description ?? "", /Requests of 3\.0 MB/);
});

describe("HIGH_CPU", () => {
  const busyFor = (count: number, ratio = BUSY_RATIO) =>
    series(
      "process.cpu.utilization",
      minutes(HOUR, (minute) => (minute < count ? ratio : 0.2)),
    );

  test("is five busy minutes in a row, modes of the processor added up", () => {
    assert.equal(highCpu(resources(busyFor(BUSY_MINUTES))).length, 1);
    assert.equal(highCpu(resources(busyFor(BUSY_MINUTES - 1))).length, 0);
    assert.equal(highCpu(resources(busyFor(HOUR, BUSY_RATIO - 0.01))).length, 0);
    const modes = ["user", "system"].map((mode) =>
      series(
        "process.cpu.utilization",
        minutes(9, () => 0.48),
        { "cpu.mode": mode },
      ),
    );
    const [found, ...more] = highCpu(resources(...modes));
    assert.equal(found?.severity, "CRITICAL");
    assert.deepEqual(more, []);
  });

  test("is not made of minutes with a gap between them", () => {
    const gap = minutes(9, (minute) => (minute === 4 ? null : 1));
    assert.equal(highCpu(resources(series("nodejs.eventloop.utilization", gap))).length, 0);
  });
});

describe("MEMORY_LEAK", () => {
  const heap = (value: (minute: number) => number | null) =>
    series("v8js.memory.heap.used", minutes(HOUR, value));
  const collected = series(
    "v8js.gc.duration",
    minutes(HOUR, () => 0.01),
    { "v8js.gc.type": "major" },
  );

  test("is a floor that keeps rising although garbage was collected", () => {
    const [found] = memoryLeaks(
      resources(
        heap((minute) => 100e6 + Math.max(0, minute - 40) * 10e6),
        collected,
      ),
    );
    assert.equal(found?.type, "MEMORY_LEAK");
    assert.equal(found.evidence.instance, "i-1");
  });

  test("needs longer where collections are not told", () => {
    const rising = (from: number) => minutes(HOUR, (minute) => 100e6 + Math.max(0, minute - from) * 10e6);
    assert.notEqual(
      growthOf(
        rising(48),
        minutes(HOUR, () => 0.1),
      ),
      null,
    );
    assert.equal(growthOf(rising(48), null), null);
    assert.equal(growthOf(rising(10), null)?.minutes, 40);
  });

  test("is no saw-tooth, no warm-up, no small growth, no step", () => {
    const quiet: ((minute: number) => number | null)[] = [
      (minute) => 100e6 + (minute % 7) * 20e6,
      (minute) => (minute < 50 ? null : 50e6 + (minute - 50) * 30e6),
      (minute) => 100e6 + minute * 0.2e6,
      (minute) => (minute < 30 ? 100e6 : 300e6),
      () => null,
    ];
    for (const [index, value] of quiet.entries())
      assert.deepEqual(memoryLeaks(resources(heap(value), collected)), [], `course ${index}`);
    assert.ok(WARM_UP_MINUTES >= 5);
  });

  test("Kendall's tau is 1 where all rises, -1 where all falls, 0 of one value", () => {
    assert.deepEqual(
      [kendallTau([1, 2, 3]), kendallTau([3, 2, 1]), kendallTau([1]), kendallTau([1, 1])],
      [1, -1, 0, 0],
    );
  });
});

describe("CONNECTION_POOL_EXHAUSTION", () => {
  const pool = (waiting: (number | null)[], used = 6) =>
    resources(
      series("db.client.connection.pending_requests", waiting),
      series(
        "db.client.connection.count",
        waiting.map(() => used),
        { "db.client.connection.state": "used" },
      ),
      series(
        "db.client.connection.count",
        waiting.map(() => 6 - used),
        { "db.client.connection.state": "idle" },
      ),
      series(
        "db.client.connection.max",
        waiting.map(() => 6),
      ),
    );

  test("is callers that wait while all connections are in use", () => {
    const [found] = exhaustedPools(pool([0, 2, 0, 0, 2, 0]));
    assert.equal(found?.severity, "HIGH");
    assert.match(found.description, /All 6 connections in use and 2\.0 callers/);
    assert.match(found.impact, /up to 3\.2 s/);
    assert.equal(found.evidence.traceId, TRACE);
    assert.deepEqual(found.affectedEndpoints, [{ service: SERVICE, route: ROUTE }]);
    assert.equal(exhaustedPools(pool([0, 9, 9, 9]))[0]?.severity, "CRITICAL");
  });

  test("is no single minute, no two far apart, and no wait beside free connections", () => {
    assert.equal(exhaustedPools(pool([0, 9, 0, 0, 0, 0])).length, 0);
    assert.equal(exhaustedPools(pool([9, 0, 0, 0, 0, 9])).length, 0);
    assert.equal(exhaustedPools(pool([0.9, 0.9, 0.9])).length, 0);
    assert.equal(exhaustedPools(pool([9, 9, 9], 5)).length, 0);
    assert.equal(exhaustedPools(pool([null, null])).length, 0);
  });
});

test("UNINDEXED_QUERY is what stored plans say, as severe as its share of the time", () => {
  const plan: PlanFinding = {
    plan: { databaseId: "1", databaseName: "shop", statementId: "aa" },
    service: SERVICE,
    hash: "00000000000000aa",
    statement: "select 1",
    table: "orders",
    tableRows: SCANNED_ROWS_MIN,
    indexSql: "CREATE INDEX ON orders (customer_id)",
    p95Ms: 1200,
    executions: 12,
    shareOfRequestTime: 0.3,
    requestsAffected: 12,
    routes: [ROUTE],
    traceId: null,
  };
  const severityAt = (share: number | null, p95Ms: number | null) =>
    unindexedQueries([{ ...plan, shareOfRequestTime: share, p95Ms }])[0]?.severity;
  assert.deepEqual(
    [
      severityAt(0.3, 1200),
      severityAt(0.3, 900),
      severityAt(0.01, 3),
      severityAt(null, 3),
      severityAt(null, 1000),
    ],
    ["CRITICAL", "HIGH", "LOW", "MEDIUM", "HIGH"],
  );
  assert.match(unindexedQueries([plan])[0]?.recommendation ?? "", /CREATE INDEX ON orders/);
  assert.deepEqual(unindexedQueries([{ ...plan, tableRows: SCANNED_ROWS_MIN - 1 }]), []);
});

test("of two windows the more severe finding is told, the worst first", () => {
  const [mild] = slowQueries(window([statement(400, 15 + SLOW_EXECUTIONS_MIN)]));
  const [severe] = slowQueries(window([statement(1500, 60)]));
  const [payload] = largePayloads(window([], [endpoint({ responseBytes: 300e6 })]));
  assert.ok(mild !== undefined && severe !== undefined && payload !== undefined);
  assert.equal(mild.id, severe.id);
  assert.deepEqual(worstFirst([mild, payload, severe]), [severe, payload]);
});
