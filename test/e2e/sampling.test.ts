/** @throughline/node keeps a share of fast requests and queries; what the product shows is how many there were. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { EndpointList, QueryList } from "@throughline/contract";
import { buildNodeSdk, startNodeApp } from "../harness/nodeApp.ts";
import { startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";

/** As nodeApps/sampled.mjs sends them. */
const TRACES = 256;
const FAILED = TRACES / 8;
const SLOW = TRACES / 16;

before(buildNodeSdk);

test("rates are those of all calls, and every failed and slow one is kept", async (t) => {
  const product = await startProduct();
  t.after(() => product.stop());
  const app = await startNodeApp(
    "sampled.mjs",
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: product.otlpUrl,
      OTEL_SERVICE_NAME: "sampled",
      THROUGHLINE_FAST_TRACE_RATIO: "0.5",
      THROUGHLINE_FAST_QUERY_RATIO: "0.125",
    },
    ["--import", "@throughline/node/register"],
  );
  t.after(() => app.kill("SIGKILL"));

  const requests = { "GET /fast": TRACES, "GET /repeated": TRACES, "GET /failed": FAILED, "GET /slow": SLOW };
  const endpoints = await until("all requests are counted", async () => {
    const { endpoints: rows } = await product.get<EndpointList>("/api/endpoints?project=default");
    const sum = rows.reduce((total, { requests: n }) => total + n, 0);
    return sum >= 2 * TRACES + FAILED + SLOW ? rows : false;
  });
  assert.deepEqual(Object.fromEntries(endpoints.map((row) => [row.route, row.requests])), requests);
  assert.deepEqual(Object.fromEntries(endpoints.map((row) => [row.route, row.failed])), {
    "GET /fast": 0,
    "GET /repeated": 0,
    "GET /failed": FAILED,
    "GET /slow": 0,
  });

  const { queries } = await product.get<QueryList>("/api/queries?project=default");
  assert.deepEqual(Object.fromEntries(queries.map((row) => [row.statement, row.executions])), {
    "select a from fast": 2 * TRACES,
    "select a from repeated": 6 * TRACES,
    "select a from failed": FAILED,
    "select a from slow": SLOW,
  });
  const repeated = queries.find(({ statement }) => statement === "select a from repeated");
  assert.equal(repeated?.repeatedGroups, TRACES);
  assert.equal(repeated.repeatedExecutions, 6 * TRACES);

  // Fewer rows lie there than calls were made, or nothing was sampled.
  const { services } = await product.get<{ services: { service: string; spans: number }[] }>(
    "/api/services?project=default",
  );
  const calls = TRACES * (1 + 2) + TRACES * (1 + 6) + FAILED * 2 + SLOW * 2;
  assert.equal(services.find(({ service }) => service === "sampled")?.spans, calls);
});
