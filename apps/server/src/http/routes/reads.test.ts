import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  budgetEvents,
  budgetList,
  businessPage,
  changesPage,
  databaseList,
  errorList,
  bottleneckList,
  endpointList,
  endpointPage,
  resourcePage,
  detailedHealth,
  markerPage,
  dashboardAggregate,
  monitoringAlerts,
  monitoringErrors,
  monitoringMetrics,
  monitoringTraces,
  overview,
  ownPerformance,
  problem,
  projectList,
  queryList,
  queryPage,
  releaseList,
  serviceList,
  servicePage,
  sourceMapList,
  systemPage,
  tailPage,
  trace,
  visit,
  visitsPage,
  vitalBreakdown,
  vitalPages,
  vitalsPage,
} from "@throughline/contract";
import { z } from "zod";
import { until } from "../../../../../test/harness/until.ts";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

const TRACES = 7;
const ERRORS = 5;
const TRACE_ID = "ab".repeat(16);
const OTHER_TRACE_ID = "cd".repeat(16);

const SESSION_ID = "session-of-reads";
const STATEMENT = "select * from products where id = ?";
/** cityHash64 of it, as ClickHouse counts it. */
const QUERY_HASH = "b57e164c91d9c378";

const status = z.object({ status: z.enum(["ok", "degraded", "down"]) });

/** By the route's own pattern: an address to ask, and the shape of its answer. */
const READS: Readonly<Record<string, readonly [address: string, answer: z.ZodType]>> = {
  "/api/health": ["/api/health", status],
  "/api/monitoring/health": ["/api/monitoring/health", detailedHealth],
  "/livez": ["/livez", status],
  "/startupz": ["/startupz", status],
  "/readyz": ["/readyz", status.extend({ reasons: z.array(z.string()) })],
  "/api/projects": ["/api/projects", projectList],
  "/api/overview": ["/api/overview?project=default&range=6h", overview],
  "/api/services": ["/api/services?project=default", serviceList],
  "/api/services/:service": ["/api/services/web?project=default&range=24h", servicePage],
  "/api/traces/:traceId": [`/api/traces/${TRACE_ID}`, trace],
  "/api/monitoring/metrics": ["/api/monitoring/metrics?project=default&service=web", monitoringMetrics],
  "/api/monitoring/alerts": ["/api/monitoring/alerts?project=default", monitoringAlerts],
  "/api/admin/dashboard/aggregate": ["/api/admin/dashboard/aggregate?project=default", dashboardAggregate],
  "/api/monitoring/errors": ["/api/monitoring/errors?project=default", monitoringErrors],
  "/api/monitoring/traces": ["/api/monitoring/traces?project=default&status=ok", monitoringTraces],
  "/api/endpoints": ["/api/endpoints?project=default&sort=p95", endpointList],
  "/api/endpoints/detail": ["/api/endpoints/detail?project=default&service=web&route=%2Fshop", endpointPage],
  "/api/resources": ["/api/resources?project=default", resourcePage],
  "/api/bottlenecks": ["/api/bottlenecks?project=default", bottleneckList],
  "/api/queries": ["/api/queries?project=default", queryList],
  "/api/queries/:hash": [`/api/queries/${QUERY_HASH}?project=throughline`, queryPage],
  "/api/budgets": ["/api/budgets", budgetList],
  "/api/budgets/events": ["/api/budgets/events", budgetEvents],
  "/api/databases": ["/api/databases?project=default", databaseList],
  "/api/errors": ["/api/errors?project=default", errorList],
  "/api/releases": ["/api/releases", releaseList],
  "/api/business": ["/api/business?project=default", businessPage],
  "/api/markers": ["/api/markers?project=default", markerPage],
  "/api/source-maps": ["/api/source-maps", sourceMapList],
  "/api/system/performance": ["/api/system/performance", ownPerformance],
  "/api/visits": ["/api/visits?project=default", visitsPage],
  "/api/visits/:sessionId": [`/api/visits/${SESSION_ID}`, visit],
  "/api/web-vitals/breakdown": ["/api/web-vitals/breakdown?project=default", vitalBreakdown],
  "/api/web-vitals/pages": ["/api/web-vitals/pages?project=default", vitalPages],
  "/api/what-changed": ["/api/what-changed?project=default", changesPage],
  "/api/web-vitals": ["/api/web-vitals?project=default&page=/checkout", vitalsPage],
  "/api/tail": ["/api/tail?project=default", tailPage],
  "/api/system": ["/api/system", systemPage],
};
const OF_A_PROJECT = Object.values(READS)
  .map(([address]) => address)
  .filter((address) => address.includes("project="));
/** Without a range of their own. */
const RANGED = OF_A_PROJECT.filter(
  (address) => !/\/(tail|detail|alerts|aggregate|databases)/.test(address),
).map((address) => {
  const { pathname, searchParams } = new URL(address, "http://localhost");
  return `${pathname}?project=${searchParams.get("project") ?? ""}`;
});

describe("reads over HTTP", () => {
  let product: TestProduct;
  before(async () => {
    product = await openTestProduct();
    await product.send("default", {
      service: "web",
      spans: [
        { name: "GET /shop", route: "/shop", traceId: TRACE_ID, durationMs: 20 },
        ...Array.from({ length: TRACES - 1 }, (_, index) => ({
          name: "GET /shop",
          route: "/shop",
          // Two at a time start in the same nanosecond: only the span id tells them apart.
          agoMs: Math.floor(index / 2) * 1000,
        })),
      ],
      logs: Array.from({ length: ERRORS }, (_, index) => ({
        text: `failed ${index}`,
        severityNumber: 17,
        exceptionType: `Error${index}`,
        agoMs: Math.floor(index / 2) * 1000,
      })),
      gauges: ["queue.length"],
    });
    const visited = await product.ask({
      method: "POST",
      url: "/api/events",
      headers: { "content-type": "application/json", origin: "http://localhost:3000" },
      payload: {
        sessionId: SESSION_ID,
        pageViewId: "page-view-of-reads",
        pageUrl: "http://localhost:3000/shop",
        items: [{ type: "page_view", timeMs: Date.now(), navigationType: "navigate" }],
      },
    });
    assert.equal(visited.statusCode, 200, visited.body);
    await product.send("throughline", {
      spans: [
        { name: "elsewhere", traceId: OTHER_TRACE_ID },
        {
          name: "SELECT shop",
          kind: 3,
          attributes: { "db.system.name": "postgresql", "db.query.text": STATEMENT },
        },
      ],
    });
    await until("everything is readable", async () => {
      const counts = await Promise.all([
        count("/api/tail?project=default", "items"),
        count("/api/services/web?project=default", "metrics"),
        count("/api/tail?project=throughline&q=elsewhere", "items"),
      ]);
      return counts[0] === TRACES + ERRORS && counts[1] === 1 && counts[2] === 1;
    });
  });
  after(() => product.close());

  async function json(address: string): Promise<Record<string, unknown>> {
    const answer = await product.ask(address);
    assert.equal(answer.statusCode, 200, `${address}: ${answer.body}`);
    return z.record(z.string(), z.unknown()).parse(answer.json());
  }

  async function count(address: string, list: string): Promise<number> {
    return z.array(z.unknown()).parse((await json(address))[list]).length;
  }

  async function refusal(address: string, statusCode: number) {
    const answer = await product.ask(address);
    assert.equal(answer.statusCode, statusCode, `${address}: ${answer.body}`);
    assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/, address);
    const body = problem.parse(answer.json());
    assert.equal(body.status, statusCode, address);
    return body;
  }

  test("answer the contract's shapes and nothing beyond them, each route that reads", async () => {
    const patterns = product.apps
      .flatMap(({ routes }) => routes)
      .filter(({ url, method, config }) => {
        const isRead = url.startsWith("/api/") || url.endsWith("z");
        const isOfPeople = /^\/api\/(auth|setup|tenant|me|sso)\b/.test(url);
        // What people and keys are has its own suite: http/accessContract/.
        const isOfTelemetry = ["telemetry:read", "system:read", "public"].includes(config?.permission ?? "");
        // One has to be registered first: databases.test.ts does.
        if (url === "/api/databases/:id") return false;
        // These need an error and two releases: errors.test.ts and releaseDiff.test.ts.
        if (["/api/errors/:fingerprint", "/api/releases/diff"].includes(url)) return false;
        const isOnce = [method].flat().includes("GET") && config?.isLongLived !== true;
        return isRead && isOfTelemetry && !isOfPeople && isOnce;
      })
      .map(({ url }) => url);
    assert.deepEqual(patterns.toSorted(), Object.keys(READS).toSorted());
    for (const [address, shape] of Object.values(READS)) {
      const answer = await product.ask(address);
      assert.equal(answer.statusCode, 200, `${address}: ${answer.body}`);
      assert.match(String(answer.headers["content-type"]), /^application\/json/, address);
      const body: unknown = answer.json();
      // Parsing drops what the shape does not name.
      assert.deepEqual(shape.parse(body), body, address);
    }
  });

  test("are never kept by browsers and proxies", async () => {
    for (const [address] of Object.values(READS).filter(([each]) => each.startsWith("/api/"))) {
      const answer = await product.ask(address);
      assert.equal(answer.headers["cache-control"], "no-store", address);
    }
  });

  test("tell what was sent", async () => {
    const [found] = serviceList.parse(await json("/api/services?project=default")).services;
    assert.deepEqual([found?.service, found?.requests, found?.spans, found?.logs], ["web", 7, 7, ERRORS]);
    const page = overview.parse(await json("/api/overview?project=default"));
    assert.equal(page.project.id, "default");
    assert.deepEqual(
      page.routes.map(({ route, requests }) => [route, requests]),
      [["/shop", TRACES]],
    );
    const { projects } = projectList.parse(await json("/api/projects"));
    assert.deepEqual(
      projects.map(({ id, hasData }) => [id, hasData]),
      [
        ["default", true],
        ["throughline", true],
      ],
    );
  });

  test("find a trace in whichever project it is, in any case, or say that it is unknown", async () => {
    for (const [id, project] of [
      [TRACE_ID, "default"],
      [OTHER_TRACE_ID.toUpperCase(), "throughline"],
    ] as const) {
      const found = trace.parse(await json(`/api/traces/${id}`));
      assert.deepEqual([found.traceId, found.project.id], [id.toLowerCase(), project]);
    }
    const unknown = [`/api/traces/${"0".repeat(31)}1`, `/api/traces/${TRACE_ID}?project=throughline`];
    for (const address of unknown) assert.equal((await refusal(address, 404)).code, "unknown_trace", address);
    for (const id of ["x", TRACE_ID.slice(1), `${TRACE_ID}0`, `${TRACE_ID.slice(1)}g`])
      assert.equal((await refusal(`/api/traces/${id}`, 400)).code, "invalid_trace_id", id);
  });

  test("name the projects there are when one is unknown", async () => {
    const addresses = [...OF_A_PROJECT, `/api/traces/${TRACE_ID}?project=default`];
    assert.ok(addresses.length >= 15);
    for (const address of addresses) {
      const { code, detail } = await refusal(address.replace(/project=\w+/, "project=nowhere"), 404);
      assert.equal(code, "unknown_project", address);
      assert.match(detail ?? "", /"nowhere"; there are default, throughline\./);
    }
  });

  test("list a service without data as one without data", async () => {
    const page = servicePage.parse(await json("/api/services/nobody?project=default"));
    assert.deepEqual([page.service, page.routes, page.slowTraces], ["nobody", [], []]);
  });

  test("take a service's name as it is, whatever it contains", async () => {
    const name = "a/b ?&#%'\";--\\ ä\n";
    await product.send("default", { service: name, logs: [{ text: "odd", agoMs: 3_000_000 }] });
    const address = `/api/services/${encodeURIComponent(name)}?project=default`;
    const page = await until("the service has its line", async () => {
      const found = servicePage.parse(await json(address));
      return Object.keys(found.logCounts.bySeverity).length > 0 && found;
    });
    assert.equal(page.service, name);
  });

  for (const [path, shape, total] of [
    [
      "/api/monitoring/traces",
      monitoringTraces.transform(({ traces, ...rest }) => ({ ...rest, rows: traces })),
      TRACES,
    ],
    [
      "/api/monitoring/errors",
      monitoringErrors.transform(({ errors, ...rest }) => ({ ...rest, rows: errors })),
      ERRORS,
    ],
  ] as const) {
    test(`page through ${path} without losing or repeating a row`, async () => {
      const base = `${path}?project=default&range=6h`;
      const whole = shape.parse(await json(base));
      assert.equal(whole.rows.length, total);
      assert.equal(whole.nextCursor, null);
      for (const limit of [1, 2, 3, total - 1, total]) {
        const rows: unknown[] = [];
        let cursor: string | null = null;
        for (let page = 0; page < Math.ceil(total / limit); page++) {
          if (page > 0) assert.ok(cursor !== null, `limit ${limit}: page ${page} is announced`);
          const next: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
          const answer = shape.parse(await json(`${base}&limit=${limit}${next}`));
          assert.ok(answer.rows.length <= limit);
          rows.push(...answer.rows);
          cursor = answer.nextCursor;
        }
        assert.equal(cursor, null, `limit ${limit}: nothing is announced after the last page`);
        assert.deepEqual(rows, whole.rows, `limit ${limit}`);
      }
    });

    test(`refuse a cursor that ${path} did not make`, async () => {
      const foreign = (key: object) => Buffer.from(JSON.stringify(key)).toString("base64url");
      for (const cursor of [
        "x",
        foreign({}),
        foreign({ timeNs: "1", spanId: "x", lastSeenMs: 1, fingerprint: "x" }),
        foreign({ timeNs: "9".repeat(19), spanId: "0".repeat(16) }),
        foreign({ lastSeenMs: 1, fingerprint: "9".repeat(20) }),
        foreign({ lastSeenMs: 1e300, fingerprint: "1" }),
      ]) {
        const { code } = await refusal(`${path}?project=default&cursor=${cursor}`, 400);
        assert.equal(code, "invalid_cursor", cursor);
      }
    });
  }

  test("refuse parameters that can't be, and name each", async () => {
    const long = "x".repeat(201);
    for (const [address, ...paths] of [
      ["/api/health?detailed=maybe", "detailed"],
      ["/api/overview?range=2h", "range"],
      ["/api/overview?project=", "project"],
      ["/api/services?range=1h&range=6h", "range"],
      [`/api/services/${long}`, "service"],
      ["/api/services/web?range=forever", "range"],
      [`/api/traces/${"a".repeat(101)}`, "traceId"],
      ["/api/monitoring/metrics?range=2h&minDurationMs=much", "minDurationMs", "range"],
      ["/api/monitoring/errors?limit=0", "limit"],
      ["/api/monitoring/errors?limit=501", "limit"],
      ["/api/monitoring/errors?limit=1.5", "limit"],
      ["/api/monitoring/traces?limit=many&status=maybe", "limit", "status"],
      ["/api/monitoring/traces?minDurationMs=-1", "minDurationMs"],
      ["/api/monitoring/traces?minDurationMs=1e300", "minDurationMs"],
      ["/api/monitoring/traces?maxDurationMs=99999999999999", "maxDurationMs"],
      [`/api/monitoring/traces?route=${"x".repeat(501)}`, "route"],
      ["/api/tail?kind=metric&severity=loud", "kind", "severity"],
      [`/api/tail?q=${long}&service=${long}`, "q", "service"],
    ] as const) {
      const { code, errors } = await refusal(address, 400);
      assert.equal(code, "invalid_query", address);
      assert.deepEqual(errors?.map(({ path }) => path).toSorted(), paths, address);
    }
  });

  test("refuse time ranges that can't be, on every route that takes one", async () => {
    assert.ok(RANGED.length >= 9);
    const now = Date.now();
    for (const path of RANGED) {
      for (const range of [
        "from=yesterday",
        "to=soon",
        `from=${now}&to=${now - 1}`,
        `from=${now}&to=${now}`,
        `from=${now - 401 * 86_400_000}&to=${now}`,
        "from=1900-01-01&to=1900-01-02",
        "from=0000000000&to=0003600000",
        "from=99999999990000&to=99999999999999",
        "range=custom&from=9999-12-01&to=9999-12-02",
      ]) {
        assert.equal((await refusal(`${path}&${range}`, 400)).code, "invalid_range", `${path}&${range}`);
      }
    }
  });

  test("answer any time range that can be, however long ago", async () => {
    const now = Date.now();
    for (const path of RANGED) {
      for (const range of [
        `from=${now - 400 * 86_400_000}&to=${now}`,
        `from=${now - 1}&to=${now}`,
        "from=2000-01-01T00:00:00Z&to=2000-01-02",
        "from=2099-12-01&to=2099-12-02",
        ...["1h", "6h", "24h", "7d", "30d"].map((key) => `range=${key}`),
      ])
        await json(`${path}&${range}`);
    }
  });

  test("refuse addresses that can't be read as problems too", async () => {
    for (const address of ["/api/services/%zz", "/api/services/%E0%A4%A"]) {
      const { code, instance } = await refusal(address, 400);
      assert.equal(code, "invalid_query", address);
      assert.ok(instance, address);
    }
    assert.equal((await refusal(`/api/services/${"x".repeat(700)}`, 404)).code, "not_found");
    assert.equal((await refusal("/api/nothing", 404)).code, "not_found");
  });

  test("of the system page know the keys' names and the product's own traces", async () => {
    const page = await until("an own trace is stored", async () => {
      const found = systemPage.parse(await json("/api/system"));
      return found.ownTraces.length > 0 && found.ledger.length > 0 && found;
    });
    assert.equal(page.status, "ok", JSON.stringify(page.findings));
    assert.ok(page.ledger.some(({ keyId, projectId }) => keyId === "loopback" && projectId === "default"));
    assert.ok(page.ledger.every(({ difference }) => difference === 0));
    assert.ok(page.tables.some(({ table, rows }) => table === "spans" && rows >= TRACES));
    assert.ok(page.queries.some(({ name }) => name === "system.ledger"));
  });

  test("of health tell the checks when asked for details", async () => {
    assert.deepEqual(await json("/api/health"), { status: "ok" });
    const health = detailedHealth.parse(await json("/api/health?detailed=true"));
    assert.deepEqual(health.messages, []);
    assert.deepEqual(health.checks, {
      database: "ok",
      redis: "not_configured",
      telemetry: "ok",
      ingest: "ok",
    });
  });
});
