/** What the environment says, and what is made of nonsense in it. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { detectResource } from "./resource.ts";
import { readSettings, type Environment } from "./settings.ts";

const read = (env: Environment): ReturnType<typeof readSettings> => readSettings(env, assert.fail);

test("without any variable all goes to this machine", () => {
  const settings = read({});
  assert.deepEqual(
    Object.values(settings.targets).map(({ url }) => url),
    ["http://localhost:4318/v1/traces", "http://localhost:4318/v1/metrics", "http://localhost:4318/v1/logs"],
  );
  assert.deepEqual(settings.targets.traces.headers, {});
  assert.equal(settings.encoding, "zstd");
  assert.equal(settings.metricEveryMs, 10_000);
});

test("endpoints, headers and keys: a signal's own before all signals', a header before the key", () => {
  const { targets } = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://obs.example.com/otlp/",
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "https://logs.example.com/in",
    THROUGHLINE_KEY: "tl_ingest_1",
    OTEL_EXPORTER_OTLP_HEADERS: "X-Team=shop,x-space=a%20b",
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: "authorization=Bearer%20other",
    OTEL_EXPORTER_OTLP_TIMEOUT: "500",
  });
  assert.equal(targets.traces.url, "https://obs.example.com/otlp/v1/traces");
  assert.equal(targets.logs.url, "https://logs.example.com/in");
  assert.deepEqual(targets.traces.headers, {
    authorization: "Bearer tl_ingest_1",
    "x-team": "shop",
    "x-space": "a b",
  });
  assert.equal(targets.logs.headers["authorization"], "Bearer other");
  assert.equal(targets.metrics.timeoutMs, 500);
});

test("nonsense is said once each and replaced by the default", () => {
  const cases: [Environment, RegExp][] = [
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "localhost:4318" }, /is no http address/],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, /OTEL_EXPORTER_OTLP_PROTOCOL=grpc/],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: "brotli" }, /zstd, gzip or none/],
    [{ OTEL_BSP_SCHEDULE_DELAY: "soon" }, /OTEL_BSP_SCHEDULE_DELAY must be a number/],
    [{ THROUGHLINE_FAST_TRACE_RATIO: "10" }, /from 0 to 1/],
    [{ OTEL_TRACES_EXPORTER: "zipkin" }, /OTLP is used/],
    [{ OTEL_EXPORTER_OTLP_CERTIFICATE: "/does/not/exist" }, /cannot be read/],
  ];
  for (const [env, message] of cases) {
    const warnings: string[] = [];
    const settings = readSettings(env, (text) => warnings.push(text));
    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(warnings[0]!, message);
    assert.equal(settings.targets.traces.url, "http://localhost:4318/v1/traces");
    assert.deepEqual(settings.sampling.fastTraceRatio, 1);
  }
});

async function withManifest(t: { after: (fn: () => Promise<void>) => void }, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-node-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "package.json"), text);
  return join(folder, "app.js");
}

test("a service names itself by its package.json, its commit and its platform", async (t) => {
  const entry = await withManifest(t, '{ "name": "@acme/shop", "version": "1.4.0" }');
  const of = (env: Environment, options = {}): Record<string, unknown> => ({
    ...detectResource(env, options, entry).attributes,
  });
  const plain = of({});
  assert.equal(plain["service.name"], "@acme/shop");
  assert.equal(plain["service.version"], "1.4.0");
  assert.equal(plain["deployment.environment.name"], undefined);
  const platform = of({
    VERCEL_GIT_COMMIT_SHA: "0A1B2C3D4E5F",
    VERCEL_ENV: "preview",
    NODE_ENV: "production",
  });
  assert.equal(platform["service.version"], "1.4.0+0a1b2c3");
  assert.equal(platform["deployment.environment.name"], "preview");
  const named = of({ OTEL_SERVICE_NAME: "till", THROUGHLINE_RELEASE: "r7", GIT_COMMIT: "not a commit" });
  assert.equal(named["service.name"], "till");
  assert.equal(named["service.version"], "r7");
  assert.equal(named["vcs.ref.head.revision"], undefined);
  assert.equal(of({ OTEL_SERVICE_NAME: "till" }, { service: "code" })["service.name"], "code");
});

test("a broken package.json is passed over", async (t) => {
  const entry = await withManifest(t, "{ not json");
  assert.equal(typeof detectResource({}, {}, entry).attributes["service.name"], "string");
});
