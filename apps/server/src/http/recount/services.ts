import type { ServiceList, ServicePage } from "@throughline/contract";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Expected, Near, sketch, TEXT } from "./compare.ts";
import { markersOf } from "./endpoints.ts";
import {
  activeSeconds,
  assertRecounted,
  byKey,
  courseOf,
  FAILED,
  firstMs,
  frameOf,
  INSIDE,
  pointsOf,
  REQUEST_COLUMNS,
  type Requests,
  SCOPED,
  TRACE_ROW,
  type Window,
  type World,
} from "./world.ts";

const STEP_SECONDS = 60;
const SLOTS = 30;

interface Service extends Requests {
  readonly service: string;
  readonly kept: number;
}

async function requestsOf(world: World, window: Window): Promise<Map<string, Service>> {
  const rows = await world.raw<Service>(
    `SELECT service, count() AS kept, ${REQUEST_COLUMNS} FROM spans WHERE ${INSIDE} AND kind = 'server' GROUP BY service`,
    window,
  );
  return byKey(rows, ({ service }) => service);
}

/** The busiest of processor, event loop and pool, over the last fifteen minutes. */
async function busiestOf(world: World, window: Window, service: string): Promise<number | null> {
  const means = await world.raw<{ metric: string; instance: string; state: string; mean: number }>(
    `SELECT metric, instance, attributes['db.client.connection.state'] AS state, sum(of_series) AS mean FROM (
       SELECT metric, instance, attributes, avg(value) AS of_series FROM metric_points
       WHERE ${INSIDE} AND service = '${service}' GROUP BY metric, instance, attributes)
     GROUP BY metric, instance, state`,
    { fromMs: window.toMs - 15 * 60_000, toMs: window.toMs },
  );
  const uses = means.flatMap(({ metric, instance, state, mean }) => {
    if (metric === "process.cpu.utilization" || metric === "nodejs.eventloop.utilization") return [mean];
    if (metric !== "db.client.connection.count" || state !== "used") return [];
    const most = means.find(
      (each) => each.metric === "db.client.connection.max" && each.instance === instance,
    );
    return most === undefined ? [] : [mean / most.mean];
  });
  return uses.length === 0 ? null : Math.min(1, Math.max(...uses));
}

const rounded = (score: number): number => Math.round(score * 10) / 10;

/** By the table of decision 0021, as sure as the requests that were kept (decision 0030). */
async function scoreOf(world: World, window: Window, service: string, row: Service | undefined) {
  const busiest = await busiestOf(world, window, service);
  const z = 1.959963984540054;
  const parts: { score: number | null; weight: number }[] = [];
  if (row === undefined) parts.push({ score: null, weight: 0.4 }, { score: null, weight: 0.4 });
  else {
    const share = row.failed / row.requests;
    const spread = z * Math.sqrt((share * (1 - share) + z ** 2 / (4 * row.kept)) / row.kept);
    const low = row.failed === 0 ? 0 : (share + z ** 2 / (2 * row.kept) - spread) / (1 + z ** 2 / row.kept);
    parts.push(
      { score: 100 * (1 - Math.min(1, low / 0.1)), weight: 0.4 },
      { score: 100 * row.apdex, weight: 0.4 },
    );
  }
  const over = busiest === null ? null : Math.max(0, Math.min(1, (busiest - 0.7) / 0.3));
  parts.push({ score: over === null ? null : 100 * (1 - over), weight: 0.2 });
  const known = parts.flatMap(({ score, weight }) => (score === null ? [] : [{ score, weight }]));
  const weights = known.reduce((sum, { weight }) => sum + weight, 0);
  const mean = known.reduce((sum, { score, weight }) => sum + score * weight, 0) / weights;
  const isEnough = row !== undefined && row.kept >= 20;
  return {
    score: isEnough ? rounded((mean + Math.min(...known.map(({ score }) => score))) / 2) : null,
    parts: parts.map(({ score, weight }) => ({
      score: score === null ? null : rounded(score),
      weight: score === null ? 0 : weight / weights,
    })),
  };
}

async function healthOf(
  world: World,
  window: Window,
  service: string,
  row: Service | undefined,
): Promise<Expected> {
  const before = { fromMs: 2 * window.fromMs - window.toMs, toMs: window.fromMs };
  const was = (await requestsOf(world, before)).get(service);
  const [now, earlier] = [
    await scoreOf(world, window, service, row),
    await scoreOf(world, before, service, was),
  ];
  return {
    ...now,
    previousScore: earlier.score,
    requests: row?.requests ?? 0,
    status: TEXT,
    trend: TEXT,
    reason: TEXT,
  };
}

async function slotsOf(world: World, from: string, service: string): Promise<number[]> {
  const { range } = world;
  const seconds = (range.toMs - range.fromMs) / 1000 / SLOTS;
  const rows = await world.raw<{ slot: number; n: number }>(
    `SELECT intDiv(toUnixTimestamp(time) - ${range.fromMs / 1000}, ${seconds}) AS slot, ${from} AND service = '${service}' GROUP BY slot`,
  );
  return Array.from(
    { length: SLOTS },
    (_, slot) => (rows.find((row) => row.slot === slot)?.n ?? 0) / seconds,
  );
}

export function recountServices(open: () => World): void {
  describe("services", () => {
    test("the list, with each one's health", async () => {
      const world = open();
      const { range } = world;
      const answer = (await world.ask("/api/services")) as ServiceList;
      const requests = await requestsOf(world, range);
      const seconds = await activeSeconds(world, range);
      const sent = byKey(
        await world.raw<{ service: string; spans: number; logs: number; lastMs: number }>(
          `SELECT service, sum(n_spans) AS spans, sum(n_logs) AS logs, toInt64(max(at)) * 1000 AS lastMs FROM (
             SELECT service, sum(weight) AS n_spans, 0 AS n_logs, toUnixTimestamp(max(time)) AS at FROM spans WHERE ${INSIDE} GROUP BY service
             UNION ALL SELECT service, 0, count(), toUnixTimestamp(max(time)) FROM logs WHERE ${INSIDE} GROUP BY service)
           GROUP BY service`,
        ),
        ({ service }) => service,
      );
      assert.equal(answer.services.length, sent.size);
      const services: Expected[] = [];
      for (const { service } of answer.services) {
        const [row, all] = [requests.get(service), sent.get(service)];
        assert.ok(all !== undefined);
        const counted = `sum(weight) AS n FROM spans WHERE ${INSIDE}`;
        services.push({
          requests: row?.requests ?? 0,
          requestsPerSecond: (row?.requests ?? 0) / seconds,
          p50Ms: sketch(row?.p50Ms),
          p95Ms: sketch(row?.p95Ms),
          p99Ms: sketch(row?.p99Ms),
          errorRatio: row === undefined ? null : row.failed / row.requests,
          spans: all.spans,
          logs: all.logs,
          lastSeenMs: all.lastMs,
          health: await healthOf(world, range, service, row),
          sparkline: await slotsOf(
            world,
            row === undefined ? counted : `${counted} AND kind = 'server'`,
            service,
          ),
        });
      }
      const { project } = await frameOf(world, range, STEP_SECONDS);
      // The list gives the range back as it was asked for.
      assertRecounted(answer, {
        project: project ?? null,
        range: { ...range, stepSeconds: STEP_SECONDS },
        services,
      });
    });

    test("each one's page", async () => {
      const world = open();
      const { services } = (await world.ask("/api/services")) as ServiceList;
      for (const { service } of services) await onePage(world, service);
    });
  });
}

async function onePage(world: World, service: string): Promise<void> {
  const { range } = world;
  const where = `AND service = '${service}'`;
  const answer = (await world.ask(`/api/services/${service}`)) as ServicePage;
  const series = await courseOf(world, range, STEP_SECONDS, where);
  const instances = await world.raw<{ spans: number; lastSeenMs: number }>(
    `SELECT instance, service_version, sum(weight) AS spans, toUnixTimestamp64Milli(max(time)) AS lastSeenMs FROM spans
     WHERE ${INSIDE} ${where} GROUP BY instance, service_version ORDER BY lastSeenMs DESC, instance, service_version`,
  );
  const slow = await world.raw<{ timeMs: number }>(
    `SELECT ${TRACE_ROW} FROM spans WHERE ${INSIDE} ${where}
       AND (kind IN ('server', 'consumer') OR parent_span_id = toFixedString('', 8))
     ORDER BY duration_ns DESC LIMIT 10`,
  );
  assertRecounted(answer, {
    ...(await frameOf(world, range, STEP_SECONDS)),
    kpis: await kpisOf(world, service, series, answer.kpis),
    series,
    routes: await routesOf(world, service, answer.routes),
    errors: await errorsOf(world, service, answer.errors),
    slowTraces: slow as never,
    metrics: await metricsOf(world, service, answer.metrics),
    recentFromMs: range.fromMs,
    dependencies: await dependenciesOf(world, service, answer.dependencies),
    instances: instances.map(({ spans, lastSeenMs }) => ({ spans, lastSeenMs })),
    logCounts: await logCountsOf(world, service),
    markers: await markersOf(world, service),
    // When it was asked: no number of the rows.
    fetchedAtMs: answer.fetchedAtMs,
  });
}

type Course = Awaited<ReturnType<typeof courseOf>>;

async function kpisOf(
  world: World,
  service: string,
  series: Course,
  shown: ServicePage["kpis"],
): Promise<Expected> {
  const { range, previous } = world;
  const [now, was] = [
    (await requestsOf(world, range)).get(service),
    (await requestsOf(world, previous)).get(service),
  ];
  const seconds = await activeSeconds(world, range, `AND service = '${service}'`);
  const windowSeconds = (range.toMs - range.fromMs) / 1000;
  const sum = async (window: Window, what: string, table: string): Promise<number> =>
    (
      await world.raw<{ n: number }>(
        `SELECT ${what} AS n FROM ${table} WHERE ${INSIDE} AND service = '${service}'`,
        window,
      )
    )[0]?.n ?? 0;
  const bad = "countIf(severity_number >= 17)";
  const slots = await slotsOf(world, `sum(weight) AS n FROM spans WHERE ${INSIDE}`, service);
  const badSlots = await slotsOf(world, `${bad} AS n FROM logs WHERE ${INSIDE}`, service);
  const slotSeconds = windowSeconds / SLOTS;
  const [logs, errors] = [await sum(range, "count()", "logs"), await sum(range, bad, "logs")];
  const wasPercent = was === undefined ? null : (was.failed / was.requests) * 100;
  const percentile = (row: Service | undefined, key: "p50Ms" | "p95Ms", least: number): Expected =>
    row === undefined || row.kept < least ? null : sketch(row[key]);
  // Rates and counts are compared with a window that had data from its first step on.
  const begin = (await firstMs(world, `AND service = '${service}'`)) ?? Infinity;
  const isWhole = begin <= previous.fromMs + STEP_SECONDS * 1000;
  const facts: Readonly<
    Record<string, { value: Expected; previous: Expected; sampleCount: Expected; sparkline: Expected }>
  > = {
    requests: {
      value: (now?.requests ?? 0) / seconds,
      previous: isWhole ? (was?.requests ?? 0) / windowSeconds : null,
      sampleCount: now?.requests ?? 0,
      sparkline: series.requestsPerSecond,
    },
    p50: {
      value: percentile(now, "p50Ms", 2),
      previous: percentile(was, "p50Ms", 2),
      sampleCount: now?.requests ?? 0,
      sparkline: series.p50Ms,
    },
    p95: {
      value: percentile(now, "p95Ms", 20),
      previous: percentile(was, "p95Ms", 20),
      sampleCount: now?.requests ?? 0,
      sparkline: series.p95Ms,
    },
    errors: {
      value: now === undefined ? null : (now.failed / now.requests) * 100,
      previous: wasPercent,
      sampleCount: now?.requests ?? 0,
      sparkline: series.requestsPerSecond.map((rate, index) => {
        const [all, failed] = [Number(rate), Number(series.errorsPerSecond[index])];
        return all === 0 ? null : (failed / all) * 100;
      }),
    },
    spans: {
      value: (await sum(range, "sum(weight)", "spans")) / seconds,
      previous: isWhole ? (await sum(previous, "sum(weight)", "spans")) / windowSeconds : null,
      sampleCount: await sum(range, "sum(weight)", "spans"),
      sparkline: slots,
    },
    logErrors: {
      value: errors,
      previous: isWhole ? await sum(previous, bad, "logs") : null,
      sampleCount: logs,
      sparkline: badSlots.map((rate) => Math.round(rate * slotSeconds)),
    },
  };
  return shown.map(({ id, value, previous: before }) => {
    const fact = facts[id];
    if (fact === undefined) return "not there";
    // Of the two values beside it, which are recounted themselves.
    const ratio = value === null || before === null || before === 0 ? null : value / before - 1;
    return { ...fact, changeRatio: ratio, reason: TEXT };
  });
}

async function routesOf(world: World, service: string, shown: ServicePage["routes"]): Promise<Expected> {
  const rows = byKey(
    await world.raw<Requests & { route: string }>(
      `SELECT route, ${REQUEST_COLUMNS} FROM spans WHERE ${INSIDE} AND kind = 'server' AND service = '${service}' GROUP BY route`,
    ),
    ({ route }) => route,
  );
  assert.equal(shown.length, rows.size);
  const allMs = [...rows.values()].reduce((sum, { totalMs }) => sum + totalMs, 0);
  const seconds = await activeSeconds(world, world.range, `AND service = '${service}'`);
  return shown.map(({ route }) => {
    const row = rows.get(route);
    if (row === undefined) return "not there";
    return {
      requests: row.requests,
      requestsPerSecond: row.requests / seconds,
      p50Ms: sketch(row.p50Ms),
      p95Ms: sketch(row.p95Ms),
      p99Ms: sketch(row.p99Ms),
      maxMs: row.maxMs,
      errors: row.failed,
      errorRatio: row.failed / row.requests,
      timeShare: row.totalMs / allMs,
      responseBytesAvg: row.responseBytes === 0 ? null : row.responseBytes / row.requests,
      slowestTraceId: TEXT,
      lastErrorTraceId: TEXT,
    };
  });
}

async function errorsOf(world: World, service: string, shown: ServicePage["errors"]): Promise<Expected> {
  const columns = `toUnixTimestamp64Milli(min(time)) AS firstSeenMs, toUnixTimestamp64Milli(max(time)) AS lastSeenMs`;
  const exceptions = await world.raw<{ key: string; count: number; firstSeenMs: number; lastSeenMs: number }>(
    `SELECT toString(fingerprint) AS key, sum(weight) AS count, ${columns} FROM exceptions
     WHERE ${INSIDE} AND service = '${service}' GROUP BY fingerprint`,
  );
  const routes = await world.raw<{ key: string; count: number; firstSeenMs: number; lastSeenMs: number }>(
    `SELECT concat('route ${service} ', route) AS key, sum(weight) AS count, ${columns} FROM spans
     WHERE ${INSIDE} AND service = '${service}' AND kind = 'server' AND ${FAILED} GROUP BY route`,
  );
  const counted = byKey([...exceptions, ...routes], ({ key }) => key);
  return shown.map(({ fingerprint }) => {
    const row = counted.get(fingerprint);
    if (row === undefined) return "not there";
    return { count: row.count, firstSeenMs: row.firstSeenMs, lastSeenMs: row.lastSeenMs, traceId: TEXT };
  });
}

async function dependenciesOf(
  world: World,
  service: string,
  shown: ServicePage["dependencies"],
): Promise<Expected> {
  const rows = await world.raw<{ name: string; calls: number; failed: number; p95Ms: number }>(
    `SELECT multiIf(db_system != '', concat(db_system, ' ', attributes['db.namespace']),
         attributes['messaging.system'] != '', attributes['messaging.destination.name'], attributes['peer.service']) AS name,
       sum(weight) AS calls, sumIf(weight, status = 'error') AS failed,
       quantileExactWeighted(0.95)(duration_ns, weight) / 1e6 AS p95Ms
     FROM spans WHERE ${INSIDE} AND service = '${service}' AND kind IN ('client', 'producer') GROUP BY name`,
  );
  const counted = byKey(rows, ({ name }) => name);
  assert.equal(shown.length, counted.size);
  return shown.map(({ name }) => {
    const row = counted.get(name);
    return row === undefined
      ? "not there"
      : { calls: row.calls, errorRatio: row.failed / row.calls, p95Ms: sketch(row.p95Ms) };
  });
}

async function logCountsOf(world: World, service: string): Promise<Expected> {
  const rows = await world.raw<{ severity: string; atMs: number; n: number }>(
    `SELECT ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'][1 + intDiv(severity_number + 3, 4)] AS severity,
       toUnixTimestamp(toStartOfMinute(time)) * 1000 AS atMs, count() AS n
     FROM logs WHERE ${INSIDE} AND service = '${service}' GROUP BY severity, atMs`,
  );
  const timesMs = pointsOf(world.range, STEP_SECONDS);
  const bySeverity = Object.fromEntries(
    [...Map.groupBy(rows, ({ severity }) => severity)].map(([severity, of]) => [
      severity,
      timesMs.map((ms) => of.find(({ atMs }) => atMs === ms)?.n ?? 0),
    ]),
  );
  return { timesMs, bySeverity };
}

/** Gauges and sums: what was read last of each series in a point; histograms: the mean of what was recorded since. */
async function metricsOf(world: World, service: string, shown: ServicePage["metrics"]): Promise<Expected> {
  const { range } = world;
  const rows = await world.raw<{
    metric: string;
    series: string;
    kind: string;
    atMs: number;
    last: number;
    n: number;
    sum: number;
  }>(
    `SELECT metric, toString(series_id) AS series, toString(any(type)) AS kind,
       toUnixTimestamp(toStartOfMinute(time)) * 1000 AS atMs, argMax(value, metric_points.time) AS last,
       toFloat64(argMax(count, metric_points.time)) AS n, argMax(sum, metric_points.time) AS sum
     FROM metric_points WHERE ${INSIDE} AND service = '${service}' GROUP BY metric, series, atMs ORDER BY atMs`,
  );
  const known = await world.raw<{ metric: string; series: number }>(
    `SELECT metric, uniqExact(series_id) AS series FROM metric_points WHERE ${SCOPED} AND service = '${service}' GROUP BY metric`,
    null,
  );
  const timesMs = pointsOf(range, STEP_SECONDS);
  return shown.map(({ metric }) => {
    const own = [
      ...Map.groupBy(
        rows.filter((row) => row.metric === metric),
        ({ series }) => series,
      ).values(),
    ];
    const sparkline = timesMs.map((ms): number | null => {
      let [rise, n, sum, count] = [0, 0, 0, 0];
      let hasRise = false;
      for (const points of own) {
        const at = points.findIndex(({ atMs }) => atMs === ms);
        const [point, before] = [points[at], points[at - 1]];
        if (point === undefined) continue;
        n += 1;
        sum += point.last;
        if (before === undefined) continue;
        hasRise = true;
        const seconds = (point.atMs - before.atMs) / 1000;
        if (point.kind === "histogram") {
          rise += point.n < before.n ? point.sum : point.sum - before.sum;
          count += point.n < before.n ? point.n : point.n - before.n;
        } else rise += (point.last < before.last ? point.last : point.last - before.last) / seconds;
      }
      const [kind] = own.flatMap((points) => points.map((point) => point.kind));
      if (n === 0) return null;
      if (kind === "gauge") return sum / n;
      if (!hasRise) return null;
      return kind === "histogram" ? (count === 0 ? null : rise / count) : rise;
    });
    const last = sparkline.findLast((value) => value !== null) ?? null;
    const near = (value: number | null): Expected => (value === null ? null : new Near(value, 1e-6));
    return {
      series: known.find((row) => row.metric === metric)?.series ?? null,
      last: near(last),
      sparkline: sparkline.map(near),
    };
  });
}
