/** What is wrong now, of a project in which everything is: from rows as they come, by the real engines. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  ALERT_TYPES,
  alertsFilter,
  type AlertsFilter,
  BOTTLENECK_SEVERITIES,
  BOTTLENECK_TYPES,
  type Bottleneck,
  type MonitoringAlert,
  monitoringAlerts,
} from "@throughline/contract";
import { bootstrap } from "../access/index.ts";
import { openTestControlStore, type TestControlStore } from "../../../../test/harness/controlStore.ts";
import type { ControlStore } from "../engines/control/index.ts";
import { evaluateErrors } from "../errors/evaluateProject.ts";
import { CursorError } from "../insight/index.ts";
import { openInsightRig, type InsightRig, type SentSpan } from "../insight/testRig.ts";
import { alertsOfBottlenecks } from "./ofBottlenecks.ts";
import { alertsOfIngest } from "./ofIngest.ts";
import { type Alerts, pageOfAlerts, readAlerts } from "./index.ts";

const MINUTE_MS = 60_000;
const project = { id: "default", name: "Default", hasData: true, lastSeenMs: null };

/** Half of them fail, all are slow, and each answers with a megabyte. */
function requests(newestMs: number): SentSpan[] {
  return Array.from({ length: 60 }, (_, index) => ({
    name: "GET /orders",
    route: "/orders",
    agoMs: newestMs + index * 1000,
    durationMs: 3000,
    isError: index % 2 === 0,
    responseBytes: 1_200_000,
  }));
}

describe("alerts", { timeout: 240_000 }, () => {
  let opened: TestControlStore;
  let control: ControlStore;
  let rig: InsightRig;
  let scope: { tenantId: string; projectId: string };
  const nowMs = Date.now();

  const read = async (of = scope): Promise<Alerts> =>
    await readAlerts({
      control,
      reader: rig.store.scoped(of),
      ingest: rig.ingest,
      meters: [{ kind: "spans", used: 90, dailyMax: 100, state: "near" } as never],
      readPlans: async () => ({ missing: [], unknown: "No database is watched." }),
      nowMs,
    });
  const page = (all: Alerts, filter: Partial<AlertsFilter> = {}) =>
    monitoringAlerts.parse({
      timestamp: "",
      project,
      ...pageOfAlerts(all, alertsFilter.parse(filter)),
    });
  const evaluate = async () =>
    await evaluateErrors({ scope, control, reader: rig.store.scoped(scope), nowMs: Date.now(), everyMs: 0 });
  const failure = (exceptionType: string) => ({ text: `${exceptionType}: no`, exceptionType });

  before(async () => {
    opened = await openTestControlStore();
    control = opened.store;
    const { tenantId } = await bootstrap(control);
    scope = { tenantId, projectId: "default" };
    rig = await openInsightRig();
    await rig.send(scope, { service: "api", nowMs, spans: requests(1000), logs: [failure("OldError")] });
    await rig.send(scope, { service: "gone", nowMs, spans: requests(20 * MINUTE_MS) });
    await rig.send(scope, { service: "fine", nowMs, spans: [{ name: "GET /", agoMs: 5000 }] });
    // Clocks that are years ahead are refused.
    const wrong = Array.from({ length: 15 }, () => ({ name: "GET /", agoMs: -9e9 }));
    await rig.send(scope, { service: "fine", nowMs, spans: wrong });
    await rig.stored();
    await evaluate();
    const [old] = await control.query<{ fingerprint: string }>("select fingerprint from error_events");
    await control.query(
      `insert into error_groups (tenant_id, project_id, fingerprint, status, since)
       values ($1, 'default', $2, 'resolved', now() - interval '1 hour')`,
      [tenantId, old?.fingerprint ?? ""],
    );
    await rig.send(scope, { service: "api", nowMs, logs: [failure("NewError")] });
    await rig.stored();
    await evaluate();
    // Half an hour of logs, minute by minute, and then none.
    await rig.store.internal.command(
      `INSERT INTO ingest_receipts (tenant_id, project_id, ingest_key, signal, reason, time, items, requests, wire_bytes)
       SELECT '${tenantId}', 'default', 'key', 'metrics', '', toStartOfMinute(toDateTime(${Math.floor(nowMs / 1000)} - 1200 - 60 * number, 'UTC')), 5, 1, 9
       FROM numbers(40)`,
    );
  });
  after(async () => {
    await rig.close();
    await opened.dispose();
  });

  test("tell of everything that is wrong, each with an id, since when, about what, and where to look", async () => {
    const all = page(await read()).alerts;
    const told = new Map(all.map((alert) => [alert.id, alert]));
    assert.equal(told.size, all.length, "ids are of one alert each");
    const of = (id: string): MonitoringAlert => {
      const found = told.get(id);
      assert.ok(found !== undefined, `${id} is missing among ${[...told.keys()].join(", ")}`);
      return found;
    };
    const sick = of("health api");
    assert.deepEqual([sick.severity, sick.status, sick.subject.service], ["critical", "active", "api"]);
    assert.match(sick.detail, /30 of 60 requests failed/);
    assert.equal(sick.link, "/services/api?project=default&range=1h");
    const large = of("bottleneck LARGE_PAYLOAD api /orders");
    assert.deepEqual(
      [large.severity, large.status, large.subject.route, large.subject.bottleneck],
      ["warning", "active", "/orders", "LARGE_PAYLOAD"],
    );
    assert.match(large.subject.traceId ?? "", /^[0-9a-f]{32}$/);
    const refused = of("ingest refused traces");
    assert.match(refused.detail, /15 refused and 121 taken in the last 15 minutes. Why: future_time 15/);
    assert.equal(refused.severity, "warning");
    const since = refused.sinceMs ?? 0;
    assert.ok(since % MINUTE_MS === 0 && since <= nowMs + 2 * MINUTE_MS && since >= nowMs - 2 * MINUTE_MS);
    const silent = of("ingest silent metrics");
    assert.equal(silent.sinceMs, Math.floor((nowMs - 1_200_000) / MINUTE_MS) * MINUTE_MS + MINUTE_MS);
    assert.equal(of("quota spans").severity, "warning");
    const errors = all.filter(({ type }) => type === "error");
    assert.deepEqual(errors.map(({ title }) => title).toSorted(), [
      "NewError is new in api",
      "OldError came back in api",
    ]);
    for (const error of errors) {
      assert.equal(error.status, "active");
      assert.ok(Math.abs((error.sinceMs ?? 0) - nowMs) < 60 * MINUTE_MS);
      assert.equal(error.link, `/errors/${error.subject.fingerprint}?project=default`);
    }
    assert.equal(told.has("health fine"), false, "one request makes no score");
  });

  test("what is measured no more is neither over nor going on", async () => {
    const gone = page(await read(), { service: "gone" }).alerts;
    assert.ok(gone.length > 0);
    assert.deepEqual([...new Set(gone.map(({ status }) => status))], ["unconfirmed"]);
  });

  test("an error that somebody decided about is none any more", async () => {
    const count = async () => page(await read(), { type: "error" }).total;
    assert.equal(await count(), 2);
    await control.query("update error_groups set status = 'ignored' where status = 'regressed'");
    assert.equal(await count(), 1);
    await control.query("update error_groups set status = 'regressed' where status = 'ignored'");
  });

  test("what can't be looked for is told", async () => {
    const { checks, alerts } = page(await read({ ...scope, projectId: "empty" }));
    assert.deepEqual(checks.map(({ type }) => type).toSorted(), ALERT_TYPES.toSorted());
    assert.deepEqual(
      checks.filter(({ isChecked }) => isChecked).map(({ type }) => type),
      ["quota", "error"],
    );
    assert.deepEqual(
      alerts.map(({ type }) => type),
      ["quota"],
    );
    const busy = page(await read());
    const bottlenecks = busy.checks.find(({ type }) => type === "bottleneck");
    assert.match(bottlenecks?.text ?? "", /Not looked for.*UNINDEXED_QUERY/);
  });

  test("are filtered, and paged without a gap or a repeat", async () => {
    const all = await read();
    const whole = page(all);
    assert.deepEqual(
      whole.alerts.map(({ severity }) => severity),
      whole.alerts
        .map(({ severity }) => severity)
        .toSorted((a, b) => Number(a !== "critical") - Number(b !== "critical")),
    );
    const critical = page(all, { severity: "critical" });
    assert.ok(critical.total > 0 && critical.alerts.every(({ severity }) => severity === "critical"));
    assert.ok(page(all, { type: "health" }).alerts.every(({ type }) => type === "health"));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const next = page(all, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      assert.equal(next.total, whole.total);
      seen.push(...next.alerts.map(({ id }) => id));
      cursor = next.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(
      seen,
      whole.alerts.map(({ id }) => id),
    );
    assert.throws(() => page(all, { cursor: "nonsense" }), CursorError);
  });
});

test("every type and severity of bottleneck is an alert", () => {
  const found = BOTTLENECK_TYPES.map((type, index): Bottleneck => {
    const severity = BOTTLENECK_SEVERITIES[index % BOTTLENECK_SEVERITIES.length] ?? "LOW";
    return {
      id: `${type} api x`,
      type,
      severity,
      service: "api",
      subject: "x",
      description: "d",
      impact: "i",
      recommendation: "r",
      shareOfRequestTime: null,
      requestsAffected: null,
      affectedEndpoints: [],
      evidence: { traceId: null, queryHash: null, instance: null, plan: null },
    };
  });
  const { alerts } = alertsOfBottlenecks({ bottlenecks: found, checks: [] }, new Map(), "default", 0);
  assert.deepEqual(
    alerts.map(({ subject, severity }) => [subject.bottleneck, severity]),
    found.map(({ type, severity }) => [
      type,
      severity === "CRITICAL" ? "critical" : severity === "LOW" ? "info" : "warning",
    ]),
  );
});

test("rows that wait in the journal make no silence", () => {
  const nowMs = 100 * MINUTE_MS;
  const steady = {
    signal: "traces",
    lastMs: 80 * MINUTE_MS,
    steadyMinutes: 60,
    accepted: 0,
    refused: 0,
    refusedByReason: {},
    refusedMinutesMs: [],
  };
  const ids = (oldestUnstoredAgeMs: number | null, state: "running" | "stopped" = "running") =>
    alertsOfIngest({ state, oldestUnstoredAgeMs }, [steady], "default", nowMs).alerts.map(
      ({ id, severity }) => [id, severity],
    );
  assert.deepEqual(ids(null), [["ingest silent traces", "warning"]]);
  assert.deepEqual(ids(18 * MINUTE_MS, "stopped"), [["ingest store", "critical"]]);
});
