import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { dashboardAggregate, type DashboardAggregate, monitoringAlerts } from "@throughline/contract";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { openTestControlStore } from "../../../../../test/harness/controlStore.ts";
import { until } from "../../../../../test/harness/until.ts";
import { otlpJson } from "../../insight/testRig.ts";
import { openSourceCache, type SourceCache } from "../../sources/index.ts";
import { openRig, type Rig } from "../accessContract/backend.ts";
import { createHttpApp } from "../app.ts";
import { createReadContexts } from "../readContext.ts";
import { addPerson, cookieOf, markSetUp } from "../testRig.ts";
import { dashboardRoutes } from "./dashboard.ts";

const HOST = { host: "localhost", origin: "http://localhost" };
const SOURCES = ["health", "metrics", "errors", "deployments"];

describe("the dashboard's aggregate", () => {
  let rig: Rig;
  let cookie: string;
  const open: { app: FastifyInstance; cache: SourceCache }[] = [];
  before(async () => {
    rig = await openRig({ name: "PGlite", open: () => openTestControlStore() });
    await markSetUp(rig.control);
    const { userId } = await addPerson(rig.control, rig.tenantId, "ADMIN");
    cookie = await cookieOf(rig.access, userId);
    const logs = [{ text: "broken", severityNumber: 17, exceptionType: "TypeError" }];
    for (const { signal, body } of otlpJson({ spans: [{ name: "GET /", route: "/" }], logs })) {
      const payload = body;
      const headers = { host: "localhost", "x-throughline-project": "default" };
      const answer = await rig.app.inject({ method: "POST", url: `/v1/${signal}`, headers, payload });
      assert.equal(answer.statusCode, 200, answer.body);
    }
    await until("all is stored", async () => rig.engines.ingest.status().oldestUnstoredAgeMs === null);
  });
  after(async () => {
    for (const { app, cache } of open) {
      await app.close();
      await cache.close();
    }
    await rig.close();
  });

  async function ask(app: FastifyInstance = rig.app, as = cookie): Promise<DashboardAggregate> {
    const url = "/api/admin/dashboard/aggregate?project=default";
    const answer = await app.inject({ url, headers: { ...HOST, cookie: as } });
    assert.equal(answer.statusCode, 200, answer.body);
    return dashboardAggregate.parse(answer.json());
  }

  /** The same routes with a health check of the test's own. */
  async function appWith(readHealth: () => Promise<never>): Promise<FastifyInstance> {
    const { control, telemetry, ingest } = rig.engines;
    const cache = openSourceCache();
    const app = await createHttpApp(pino({ level: "silent" }), { access: rig.access });
    const contexts = createReadContexts({ control, telemetry });
    await app.register(dashboardRoutes, { contexts, access: rig.access, ingest, cache, readHealth });
    open.push({ app, cache });
    return app;
  }

  test("answers every source, then from what it knows, and says which", async () => {
    const first = await ask();
    assert.deepEqual(first._meta.failed, {});
    assert.equal(first.health?.checks.database, "ok");
    assert.equal(first.metrics?.kpis.find(({ id }) => id === "requests")?.sampleCount, 1);
    assert.equal(first.errors?.recent[0]?.type, "TypeError");
    assert.deepEqual(first.deployments?.recent, []);
    await until("the clock has moved on", async () => Date.now() > first._meta.fetchedAt);
    const second = await ask();
    assert.deepEqual(second._meta.cacheHits.toSorted(), SOURCES.toSorted());
    assert.deepEqual(second._meta.fetchedAtBySource, first._meta.fetchedAtBySource);
    assert.ok(second._meta.fetchDurationMs >= 0 && second._meta.fetchedAt > first._meta.fetchedAt);
  });

  test("a deployment that is told makes the kept list old", async () => {
    await ask();
    const told = await rig.app.inject({
      method: "POST",
      url: "/api/deployments",
      headers: { ...HOST, cookie },
      payload: { id: "build-1", project: "default", release: "1.0.1" },
    });
    assert.equal(told.statusCode, 201, told.body);
    await until("it is on the dashboard", async () => {
      const { deployments } = await ask();
      return deployments?.recent[0]?.id === "build-1";
    });
  });

  test("a source that fails is null with a sentence, and fails nothing else", async () => {
    const app = await appWith(async () => {
      throw new Error("a secret of the inside");
    });
    const { health, metrics, _meta } = await ask(app);
    assert.equal(health, null);
    assert.notEqual(metrics, null);
    assert.deepEqual(Object.keys(_meta.failed), ["health"]);
    assert.doesNotMatch(JSON.stringify(_meta), /a secret of the inside/);
  });

  test("another organisation's answers are its own", async () => {
    const [other] = await rig.control.query<{ id: string }>(
      "insert into tenants (id, name) values (gen_random_uuid(), 'Other') returning id",
    );
    assert.ok(other !== undefined);
    await rig.control.query("insert into projects (id, tenant_id, name) values ('default', $1, 'D')", [
      other.id,
    ]);
    await ask();
    const { userId } = await addPerson(rig.control, other.id, "ADMIN");
    const { errors, deployments } = await ask(rig.app, await cookieOf(rig.access, userId));
    assert.deepEqual([errors?.recent, deployments?.recent], [[], []]);
  });

  test("a budget that is left is an alert until it is met again", async () => {
    const alerts = async () => {
      const answer = await rig.app.inject({
        url: "/api/monitoring/alerts?project=default",
        headers: { ...HOST, cookie },
      });
      return monitoringAlerts.parse(answer.json()).alerts;
    };
    assert.deepEqual(await alerts(), []);
    await rig.control.query(
      `insert into budget_states (tenant_id, project_id, page, device, metric, is_over, target, since)
       values ($1, 'default', '/checkout', 'mobile', 'LCP', true, 2000, '2026-01-02T03:04:05Z'),
              ($1, 'default', '/', '', 'CLS', false, 0.1, now())`,
      [rig.tenantId],
    );
    const [alert, ...others] = await alerts();
    assert.deepEqual(others, []);
    assert.equal(alert?.title, "LCP is over its target on /checkout on mobile");
    assert.equal(alert.sinceMs, Date.parse("2026-01-02T03:04:05Z"));
    assert.deepEqual([alert.type, alert.subject.page], ["budget", "/checkout"]);
    const onDashboard = (await ask()).errors?.alerts;
    assert.ok(onDashboard !== undefined);
    await rig.control.query("update budget_states set is_over = false");
    assert.deepEqual(await alerts(), []);
  });
});
