import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  endpointList,
  monitoringMetrics,
  overview as overviewShape,
  queryList,
  routeRow,
} from "@throughline/contract";
import { getIntrospectionQuery, isEnumType, isInputObjectType, isObjectType } from "graphql";
import { z } from "zod";
import { openTestControlStore } from "../../../../../test/harness/controlStore.ts";
import { until } from "../../../../../test/harness/until.ts";
import { ACTIONS, ROLES } from "../../access/index.ts";
import { hashOfApiKey, makeApiKey } from "../../access/keys/apiKeyFormat.ts";
import { otlpJson } from "../../insight/testRig.ts";
import { openRig, type Rig } from "../accessContract/backend.ts";
import { PROBLEMS } from "../problem.ts";
import { addPerson, cookieOf, ELSEWHERE, markSetUp } from "../testRig.ts";
import { FIELD_PERMISSIONS, refuseUndeclaredFields } from "./fieldPermissions.ts";
import { createSchema } from "./schema.ts";
import { TYPE_DEFS } from "./typeDefs.ts";

const HOST = { host: "localhost" };
const answerShape = z.object({
  data: z
    .record(z.string(), z.any())
    .nullish()
    .transform((data) => data ?? {}),
  errors: z
    .array(z.looseObject({ message: z.string(), extensions: z.looseObject({ code: z.string() }) }))
    .optional(),
});
type Answer = z.infer<typeof answerShape>;

/** The dashboard contract's own documents, word for word. */
const OVERVIEW = `query GetPerformanceOverview($facilityId: ID, $timeRange: TimeRange!) {
  performanceOverview(facilityId: $facilityId, timeRange: $timeRange) {
    healthScore status avgResponseTimeMs p95ResponseTimeMs p99ResponseTimeMs requestsPerSecond errorRate avgQueryTimeMs
    slowQueryCount connectionPoolUtilization avgCpuUsagePercent avgMemoryUsageMB performanceTrend
    topBottlenecks { type severity description impact recommendation }
  }
}`;
const SLOW_QUERIES = `query GetSlowQueries($timeRange: TimeRange!, $threshold: Int, $limit: Int) {
  slowQueries(timeRange: $timeRange, threshold: $threshold, limit: $limit) {
    id queryHash queryPreview executionTimeMs rowsReturned endpoint timestamp occurrenceCount
  }
}`;
const RESOURCES = `query GetResourceUtilization($timeRange: TimeRange!, $interval: String) {
  resourceUtilization(timeRange: $timeRange, interval: $interval) {
    timestamp cpuUsagePercent memoryUsedMB activeConnections eventLoopLagMs
  }
}`;
/** Names of the dashboard's contract. */
const CONTRACT: Readonly<Record<string, string>> = {
  Query: "performanceOverview slowQueries endpointMetrics resourceUtilization databasePoolMetrics",
  PerformanceOverview:
    "timeRange healthScore status avgResponseTimeMs p95ResponseTimeMs p99ResponseTimeMs requestsPerSecond errorRate avgQueryTimeMs slowQueryCount connectionPoolUtilization avgCpuUsagePercent avgMemoryUsageMB maxMemoryUsageMB performanceTrend topBottlenecks",
  QueryPerformanceMetric:
    "id queryHash queryPreview executionTimeMs rowsReturned endpoint timestamp occurrenceCount",
  EndpointMetric:
    "endpoint method totalRequests successfulRequests failedRequests avgResponseTimeMs p50ResponseTimeMs p95ResponseTimeMs p99ResponseTimeMs maxResponseTimeMs avgRequestSizeBytes avgResponseSizeBytes trend",
  ResourceMetric:
    "timestamp cpuUsagePercent memoryUsedMB memoryTotalMB eventLoopLagMs activeConnections heapUsedMB heapTotalMB",
  DatabasePoolMetrics:
    "currentConnections idleConnections waitingRequests totalQueries avgQueryTimeMs utilizationPercent utilizationHistory",
  PoolUtilizationPoint: "timestamp utilizationPercent activeConnections queuedRequests",
  PerformanceBottleneck: "type severity description impact recommendation affectedEndpoints",
  BottleneckType:
    "SLOW_QUERY HIGH_CPU MEMORY_LEAK CONNECTION_POOL_EXHAUSTION N_PLUS_ONE_QUERY UNINDEXED_QUERY LARGE_PAYLOAD",
  Severity: "LOW MEDIUM HIGH CRITICAL",
  TimeRange: "LAST_HOUR LAST_6_HOURS LAST_24_HOURS LAST_7_DAYS LAST_30_DAYS CUSTOM",
  TrendDirection: "IMPROVING STABLE DEGRADING CRITICAL",
  HealthStatus: "HEALTHY DEGRADED UNHEALTHY CRITICAL",
  CustomTimeRange: "start end",
};
/** By field: the least document that asks for it. */
const LEAST: Readonly<Record<string, string>> = {
  "Query.performanceOverview": "{ performanceOverview(timeRange: LAST_HOUR) { requestsPerSecond } }",
  "Query.slowQueries": "{ slowQueries(timeRange: LAST_HOUR) { id } }",
  "Query.endpointMetrics": "{ endpointMetrics(timeRange: LAST_HOUR) { endpoint } }",
  "Query.resourceUtilization": "{ resourceUtilization(timeRange: LAST_HOUR) { timestamp } }",
  "Query.databasePoolMetrics": "{ databasePoolMetrics(timeRange: LAST_HOUR) { totalQueries } }",
  "Subscription.performanceOverview":
    "subscription { performanceOverview(timeRange: LAST_HOUR) { requestsPerSecond } }",
};

describe("GraphQL", () => {
  let rig: Rig;
  let cookie: string;
  before(async () => {
    rig = await openRig({ name: "PGlite", open: () => openTestControlStore() });
    await markSetUp(rig.control);
    const { userId } = await addPerson(rig.control, rig.tenantId, "VIEWER");
    cookie = await cookieOf(rig.access, userId);
    await send(0);
  });
  after(() => rig.close());

  async function send(agoMs: number): Promise<void> {
    const statement = {
      "db.system.name": "postgresql",
      "db.query.text": "select * from products where id = 7",
    };
    const spans = [20, 40, 60, 1500].map((durationMs, index) => ({
      name: "GET /shop",
      route: "GET /shop",
      durationMs,
      agoMs,
      isError: index === 0,
    }));
    const statements = [30, 1300].map((durationMs) => ({
      name: "SELECT products",
      kind: 3,
      durationMs,
      agoMs,
      attributes: statement,
    }));
    for (const { signal, body } of otlpJson({ service: "web", spans: [...spans, ...statements] })) {
      const answer = await rig.app.inject({
        method: "POST",
        url: `/v1/${signal}`,
        headers: { ...HOST, "x-throughline-project": "default" },
        payload: body,
      });
      assert.equal(answer.statusCode, 200, answer.body);
    }
    await until("all is stored", async () => rig.engines.ingest.status().oldestUnstoredAgeMs === null);
  }

  async function ask(
    payload: object,
    headers: Readonly<Record<string, string>> = { cookie },
  ): Promise<Answer & { status: number }> {
    const answer = await rig.app.inject({
      method: "POST",
      url: "/graphql",
      headers: { ...HOST, origin: "http://localhost", ...headers },
      payload,
    });
    return { ...answerShape.parse(answer.json()), status: answer.statusCode };
  }
  const codeOf = ({ errors }: Answer): string | undefined => errors?.[0]?.extensions.code;

  test("the contract's own documents are answered", async () => {
    const timeRange = "LAST_24_HOURS";
    const overview = await ask({ query: OVERVIEW, variables: { timeRange, facilityId: "default" } });
    assert.equal(overview.errors, undefined, JSON.stringify(overview.errors));
    assert.deepEqual(
      [overview.data.performanceOverview.healthScore, overview.data.performanceOverview.status],
      [null, null],
      "four requests make no score",
    );
    assert.deepEqual(overview.data.performanceOverview.topBottlenecks, []);
    const slow = await ask({ query: SLOW_QUERIES, variables: { timeRange, threshold: 1000, limit: 20 } });
    assert.equal(slow.data.slowQueries.length, 1);
    assert.equal(slow.data.slowQueries[0].executionTimeMs, 1300);
    assert.match(slow.data.slowQueries[0].queryPreview, /^select \* from products where id = \?$/i);
    const resources = await ask({ query: RESOURCES, variables: { timeRange, interval: "15m" } });
    assert.ok(resources.data.resourceUtilization.length >= 96);
    assert.equal(
      resources.data.resourceUtilization[0].cpuUsagePercent,
      null,
      "nothing was sent, so nothing is known",
    );
  });

  test("numbers are those of the REST answers for the same data", async () => {
    const read = async (url: string): Promise<unknown> =>
      (await rig.app.inject({ url, headers: { ...HOST, cookie } })).json();
    const { kpis } = monitoringMetrics.parse(await read("/api/monitoring/metrics?project=default&range=6h"));
    const value = (id: string): number | null | undefined => kpis.find((kpi) => kpi.id === id)?.value;
    const { data } = await ask({
      query: `{
        performanceOverview(facilityId: "default", timeRange: LAST_6_HOURS) {
          avgResponseTimeMs p95ResponseTimeMs errorRate slowQueryCount avgQueryTimeMs }
        endpointMetrics(facilityId: "default", timeRange: LAST_6_HOURS) {
          endpoint method totalRequests failedRequests successfulRequests p50ResponseTimeMs p95ResponseTimeMs maxResponseTimeMs }
        databasePoolMetrics(facilityId: "default", timeRange: LAST_6_HOURS) { totalQueries avgQueryTimeMs currentConnections }
        slowQueries(facilityId: "default", timeRange: LAST_6_HOURS, threshold: 1000) { queryHash occurrenceCount }
      }`,
    });
    assert.equal(data.performanceOverview.errorRate, value("errors"));
    assert.equal(data.performanceOverview.errorRate, 25);
    assert.equal(data.performanceOverview.avgResponseTimeMs, (20 + 40 + 60 + 1500) / 4);
    assert.equal(data.performanceOverview.slowQueryCount, 1);
    const overview = z
      .object({ routes: z.array(routeRow) })
      .parse(await read("/api/overview?project=default&range=6h"));
    const [route] = overview.routes;
    const [endpoint] = data.endpointMetrics;
    assert.deepEqual(
      [
        endpoint.endpoint,
        endpoint.method,
        endpoint.totalRequests,
        endpoint.failedRequests,
        endpoint.successfulRequests,
      ],
      [route?.route, "GET", 4, 1, 3],
    );
    assert.deepEqual(
      [endpoint.p50ResponseTimeMs, endpoint.p95ResponseTimeMs, endpoint.maxResponseTimeMs],
      [route?.p50Ms, route?.p95Ms, route?.maxMs],
    );
    assert.equal(data.performanceOverview.p95ResponseTimeMs, route?.p95Ms);
    const queries = queryList.parse(await read("/api/queries?project=default&range=6h&slowMs=1000"));
    assert.equal(data.databasePoolMetrics.totalQueries, queries.totals.executions);
    assert.equal(data.databasePoolMetrics.avgQueryTimeMs, queries.totals.totalMs / queries.totals.executions);
    assert.equal(data.databasePoolMetrics.currentConnections, null);
    assert.deepEqual(data.slowQueries, [
      { queryHash: queries.queries[0]?.hash, occurrenceCount: queries.queries[0]?.executions },
    ]);
  });

  test("health, trends and bottlenecks are those of the pages, and asked only where they are named", async () => {
    const project = "graph";
    await rig.control.query("insert into projects (id, tenant_id, name) values ($1, $2, 'Graph')", [
      project,
      rig.tenantId,
    ]);
    const traceId = (n: number): string => `${n}`.padStart(32, "a");
    const id = (n: number): string => `${n}`.padStart(16, "b");
    // Hurts: each request spends most of its time in one statement. An hour ago it was fast.
    const requests = Array.from({ length: 60 }, (_, n) => ({
      name: "GET /slow",
      route: "GET /slow",
      durationMs: n < 30 ? 900 : 20,
      agoMs: n < 30 ? 60_000 : 90 * 60_000,
      traceId: traceId(n),
      spanId: id(n),
    }));
    const statements = requests.slice(0, 30).map(({ traceId: of, spanId, agoMs }, n) => ({
      name: "SELECT basket",
      kind: 3,
      durationMs: 800,
      agoMs,
      traceId: of,
      spanId: id(100 + n),
      parentSpanId: spanId,
      attributes: { "db.system.name": "postgresql", "db.query.text": "select * from baskets" },
    }));
    for (const { signal, body } of otlpJson({ service: "api", spans: [...requests, ...statements] })) {
      const answer = await rig.app.inject({
        method: "POST",
        url: `/v1/${signal}`,
        headers: { ...HOST, "x-throughline-project": project },
        payload: body,
      });
      assert.equal(answer.statusCode, 200, answer.body);
    }
    await until("all is stored", async () => rig.engines.ingest.status().oldestUnstoredAgeMs === null);
    const countOf = (name: string): number =>
      rig.engines.telemetry.queryStatistics().find((each) => each.name === name)?.count ?? 0;
    const asked = countOf("bottlenecks.statements");
    const little = `{ performanceOverview(facilityId: "${project}", timeRange: LAST_HOUR) { requestsPerSecond } }`;
    assert.equal((await ask({ query: little })).errors, undefined);
    assert.equal(countOf("bottlenecks.statements"), asked, "nobody asked for bottlenecks");

    const { data, errors } = await ask({
      query: `{
        performanceOverview(facilityId: "${project}", timeRange: LAST_HOUR) {
          healthScore status performanceTrend
          topBottlenecks { type severity description impact recommendation affectedEndpoints } }
        endpointMetrics(facilityId: "${project}", timeRange: LAST_HOUR) { endpoint trend }
      }`,
    });
    assert.equal(errors, undefined, JSON.stringify(errors));
    const read = async (url: string): Promise<unknown> =>
      (await rig.app.inject({ url, headers: { ...HOST, cookie } })).json();
    const page = overviewShape.parse(await read(`/api/overview?project=${project}&range=1h`));
    const { health } = page;
    assert.deepEqual(
      [
        data.performanceOverview.healthScore,
        data.performanceOverview.status,
        data.performanceOverview.performanceTrend,
      ],
      [health.score, health.status, health.trend],
    );
    assert.equal(health.trend, "DEGRADING");
    assert.deepEqual(
      data.performanceOverview.topBottlenecks,
      page.bottlenecks.map(({ type, severity, description, impact, recommendation, affectedEndpoints }) => ({
        type,
        severity,
        description,
        impact,
        recommendation,
        affectedEndpoints: affectedEndpoints.map(({ route }) => route),
      })),
    );
    assert.deepEqual(
      data.performanceOverview.topBottlenecks.map(({ type }: { type: string }) => type),
      ["SLOW_QUERY"],
    );
    const list = endpointList.parse(await read(`/api/endpoints?project=${project}&range=1h`));
    assert.deepEqual(
      data.endpointMetrics,
      list.endpoints.map(({ route, trend }) => ({ endpoint: route, trend })),
    );
  });

  test("the schema has every type, field and value of the dashboard's contract", () => {
    const schema = createSchema();
    for (const [name, parts] of Object.entries(CONTRACT)) {
      const type = schema.getType(name);
      assert.ok(type, name);
      const has = isEnumType(type)
        ? type.getValues().map((value) => value.name)
        : isObjectType(type) || isInputObjectType(type)
          ? Object.keys(type.getFields())
          : [];
      const missing = parts.split(" ").filter((part) => !has.includes(part));
      assert.deepEqual(missing, [], name);
      if (isEnumType(type)) assert.equal(has.length, parts.split(" ").length, name);
    }
  });

  test("custom ranges need both ends, and say what is wrong with them", async () => {
    const query = `query($custom: CustomTimeRange) { performanceOverview(timeRange: CUSTOM, custom: $custom) { timeRange } }`;
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const good = await ask({ query, variables: { custom: { start: from, end: new Date().toISOString() } } });
    assert.deepEqual(good.data, { performanceOverview: { timeRange: "CUSTOM" } });
    assert.equal(codeOf(await ask({ query })), "invalid_range");
    assert.equal(
      codeOf(await ask({ query, variables: { custom: { start: new Date().toISOString(), end: from } } })),
      "invalid_range",
    );
    assert.equal(
      codeOf(await ask({ query, variables: { custom: { start: "yesterday", end: from } } })),
      "invalid_query",
    );
    assert.equal(
      codeOf(await ask({ query: "{ slowQueries(timeRange: LAST_HOUR, limit: 100000) { id } }" })),
      "invalid_query",
    );
  });

  test("every field needs what the table says, for each role, and one that is not in the table stops the start", async () => {
    const fields = Object.keys(FIELD_PERMISSIONS);
    assert.deepEqual(fields.toSorted(), Object.keys(LEAST).toSorted());
    const keyOf = async (scopes: readonly string[]): Promise<string> => {
      const { userId } = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      const key = makeApiKey();
      await rig.control.query(
        `insert into api_keys (id, tenant_id, name, prefix, hash, scopes, created_by)
         values (gen_random_uuid(), $1, 'k', 'tl_api_', $2, $3, $4)`,
        [rig.tenantId, Buffer.from(hashOfApiKey(key), "hex"), scopes, userId],
      );
      return `Bearer ${key}`;
    };
    const callers: { headers: Record<string, string>; may: (field: string) => boolean; name: string }[] = [
      { name: "nobody", headers: {}, may: () => false },
      {
        name: "a key without the scope",
        headers: { authorization: await keyOf(["crons:read"]) },
        may: () => false,
      },
      {
        name: "a key",
        headers: { authorization: await keyOf(["telemetry:read"]) },
        may: (field) => FIELD_PERMISSIONS[field] === "telemetry:read",
      },
    ];
    for (const role of ROLES) {
      const { userId } = await addPerson(rig.control, rig.tenantId, role);
      callers.push({
        name: role,
        headers: { cookie: await cookieOf(rig.access, userId) },
        may: (field) => ACTIONS[FIELD_PERMISSIONS[field] ?? "tenant:delete"].roles[role],
      });
    }
    for (const { name, headers, may } of callers) {
      for (const [field, query] of Object.entries(LEAST)) {
        const answer = await rig.app.inject({
          ...ELSEWHERE,
          method: "POST",
          url: field.startsWith("Query") ? "/graphql" : "/graphql/stream",
          headers: {
            ...ELSEWHERE.headers,
            origin: `http://${ELSEWHERE.headers.host}`,
            accept: field.startsWith("Query") ? "application/json" : "text/event-stream",
            ...headers,
          },
          payload: { query },
          payloadAsStream: true,
        });
        answer.stream().destroy();
        assert.equal(answer.statusCode < 400, may(field), `${name}: ${field} ${answer.statusCode}`);
      }
    }
    const schema = () => createSchema(TYPE_DEFS.replace("type Query {", "type Query {\n secrets: String\n"));
    assert.throws(schema, /without a permission: Query\.secrets/);
    refuseUndeclaredFields(createSchema());
  });

  test("another organisation's project does not exist", async () => {
    await rig.control.query("insert into tenants (id, name) values (gen_random_uuid(), 'Other')");
    await rig.control.query(
      "insert into projects (id, tenant_id, name) select 'theirs', id, 'T' from tenants where name = 'Other'",
    );
    for (const field of ["performanceOverview", "databasePoolMetrics"]) {
      const part = field === "performanceOverview" ? "requestsPerSecond" : "totalQueries";
      const answer = await ask({
        query: `{ ${field}(facilityId: "theirs", timeRange: LAST_HOUR) { ${part} } }`,
      });
      assert.equal(codeOf(answer), "unknown_project");
      assert.equal(answer.data[field] ?? null, null);
    }
    const unseen = await addPerson(rig.control, rig.tenantId, "VIEWER", { projectIds: ["throughline"] });
    const limited = await ask(
      { query: `{ slowQueries(facilityId: "default", timeRange: LAST_HOUR) { id } }` },
      { cookie: await cookieOf(rig.access, unseen.userId) },
    );
    assert.equal(codeOf(limited), "unknown_project");
  });

  test("documents made to be expensive are refused before they are asked", async () => {
    const questionsAsked = (): number =>
      rig.engines.telemetry.queryStatistics().find(({ name }) => name === "performance.endpoints")?.count ??
      0;
    const field = "endpointMetrics(timeRange: LAST_HOUR) { endpoint }";
    const many = (count: number): string =>
      `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(" ")} }`;
    const nested = (depth: number): string => `{ ${"a { ".repeat(depth)} b ${"} ".repeat(depth)} }`;
    const fragments = Array.from(
      { length: 40 },
      (_, index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} ...f${index + 1} }`,
    ).join(" ");
    const bombs = {
      aliases: many(200),
      depth: nested(300),
      fragments: `{ ...f0 } ${fragments} fragment f40 on Query { ${field} }`,
      // Nothing at its leaves costs anything: only counting it would take for ever.
      names: `{ ...f0 } ${fragments} fragment f40 on Query { __typename }`,
      circle: `{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }`,
      tokens: `{ ${"__typename ".repeat(5000)} }`,
      leaves: `{ endpointMetrics(timeRange: LAST_HOUR) { ${Array.from({ length: 300 }, (_, index) => `a${index}: endpoint`).join(" ")} } }`,
    };
    for (const [name, query] of Object.entries(bombs)) {
      const asked = questionsAsked();
      const answer = await ask({ query });
      assert.equal(answer.status, 400, name);
      assert.equal(codeOf(answer), name === "circle" ? "invalid_query" : "document_too_large", name);
      assert.equal(questionsAsked(), asked, `${name} reached the store`);
    }
    assert.equal((await ask({ query: many(5) })).errors, undefined, "a few at once are fine");
    const huge = await rig.app.inject({
      method: "POST",
      url: "/graphql",
      headers: { ...HOST, cookie, origin: "http://localhost" },
      payload: { query: `{ __typename } # ${"x".repeat(100_000)}` },
    });
    assert.equal(huge.statusCode, 413);
    const batch = await rig.app.inject({
      method: "POST",
      url: "/graphql",
      headers: { ...HOST, cookie, origin: "http://localhost" },
      payload: [{ query: "{ __typename }" }, { query: "{ __typename }" }],
    });
    assert.equal(batch.statusCode, 400);
  });

  test("what the schema is, is told to signed-in people only", async () => {
    const query = getIntrospectionQuery();
    const asked = await ask({ query });
    assert.ok(asked.data.__schema.types.length > 10, JSON.stringify(asked.errors));
    const nobody = await rig.app.inject({
      ...ELSEWHERE,
      method: "POST",
      url: "/graphql",
      payload: { query },
    });
    assert.ok([401, 403, 421].includes(nobody.statusCode), `${nobody.statusCode}`);
    assert.doesNotMatch(nobody.body, /PerformanceOverview/);
  });

  test("a document that was sent once can be asked for by its hash, by GET as well", async () => {
    const query = "{ performanceOverview(timeRange: LAST_HOUR) { timeRange } }";
    const persistedQuery = { version: 1, sha256Hash: createHash("sha256").update(query).digest("hex") };
    const extensions = { persistedQuery };
    assert.equal(codeOf(await ask({ extensions })), "PERSISTED_QUERY_NOT_FOUND");
    const wrong = { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } };
    assert.equal(codeOf(await ask({ query, extensions: wrong })), "invalid_query");
    assert.equal((await ask({ query, extensions })).errors, undefined);
    const search = new URLSearchParams({ extensions: JSON.stringify(extensions) });
    const get = await rig.app.inject({ url: `/graphql?${search.toString()}`, headers: { ...HOST, cookie } });
    assert.deepEqual(get.json(), { data: { performanceOverview: { timeRange: "LAST_HOUR" } } });
    const plain = await rig.app.inject({
      url: `/graphql?query=${encodeURIComponent(query)}`,
      headers: { ...HOST, cookie },
    });
    assert.equal(plain.statusCode, 400, "documents are not put into addresses");
  });

  test("a subscription tells the overview now, and again when telemetry arrives", async () => {
    const answer = await rig.app.inject({
      method: "POST",
      url: "/graphql/stream",
      headers: { ...HOST, cookie, origin: "http://localhost", accept: "text/event-stream" },
      payload: {
        query: `subscription { performanceOverview(facilityId: "default", timeRange: LAST_HOUR) { slowQueryCount } }`,
      },
      payloadAsStream: true,
    });
    assert.equal(answer.statusCode, 200);
    const stream = answer.stream();
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => (text += chunk));
    await until("the first answer is there", async () => text.includes('"slowQueryCount":1'));
    await send(1000);
    await until("the next answer is there", async () => text.includes('"slowQueryCount":2'));
    stream.destroy();
  });

  test("a subscription that is refused is told why", async () => {
    const answer = await rig.app.inject({
      method: "POST",
      url: "/graphql/stream",
      headers: { ...HOST, cookie, origin: "http://localhost", accept: "text/event-stream" },
      payload: {
        query: `subscription { performanceOverview(facilityId: "nowhere", timeRange: LAST_HOUR) { status } }`,
      },
    });
    assert.match(answer.body, /"code":"unknown_project"/);
    assert.match(answer.body, /There is no project/);
  });

  test("a question is not taken as a subscription, nor the other way round", async () => {
    const answer = await ask({ query: LEAST["Subscription.performanceOverview"] });
    assert.equal(codeOf(answer), "invalid_query");
    const stream = await rig.app.inject({
      method: "POST",
      url: "/graphql/stream",
      headers: { ...HOST, cookie, origin: "http://localhost", accept: "text/event-stream" },
      payload: { query: "{ __typename }" },
    });
    assert.equal(stream.statusCode, 400);
    assert.equal(codeOf(answerShape.parse(stream.json())), "invalid_query");
    assert.ok(Object.hasOwn(PROBLEMS, "invalid_query"));
  });
});
