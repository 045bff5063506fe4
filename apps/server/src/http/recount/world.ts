/** The product with the shop in it: asked at its front door, recounted from the rows as they came. */
import assert from "node:assert/strict";
import { openTestControlStore } from "../../../../../test/harness/controlStore.ts";
import { until } from "../../../../../test/harness/until.ts";
import type { QueryParams } from "../../engines/telemetry/index.ts";
import { otlpJson } from "../../insight/testRig.ts";
import { openRig, type Rig } from "../accessContract/backend.ts";
import { addPerson, cookieOf, markSetUp } from "../testRig.ts";
import { differences, type Expected, sketch } from "./compare.ts";
import { HOUR_MS, shopBatches, shopMetrics } from "./shop.ts";

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface World {
  /** An hour that is over, with an hour of data before and some behind it. */
  readonly range: Window;
  readonly previous: Window;
  /** Longer: answered from cells of several widths, and data began within it. */
  readonly long: Window;
  ask(path: string, query?: Readonly<Record<string, string>>, window?: Window | null): Promise<unknown>;
  /** Rows of this project alone; `{fromMs}` and `{toMs}` are bound where a window is given. */
  raw<Row>(sql: string, window?: Window | null, params?: QueryParams): Promise<Row[]>;
  close(): Promise<void>;
}

export const SCOPED = "tenant_id = {tenant:String} AND project_id = {project:String}";
export const INSIDE = `${SCOPED} AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`;
export const FAILED = "(status = 'error' OR http_status >= 500)";

/** @returns the world with everything stored */
export async function openWorld(seed: number): Promise<World> {
  const rig = await openRig({
    name: "PGlite",
    open: async () => {
      const { store, dispose } = await openTestControlStore();
      return { store, dispose };
    },
  });
  await markSetUp(rig.control);
  const { userId } = await addPerson(rig.control, rig.tenantId, "ADMIN");
  const cookie = await cookieOf(rig.access, userId);
  const toMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
  for (const batch of shopBatches(seed))
    for (const { signal, body } of otlpJson({ ...batch, nowMs: toMs }))
      await post(rig, "default", signal, body);
  await post(rig, "default", "metrics", shopMetrics(seed, toMs));
  // Another project with the same names: not to be counted.
  const [other] = shopBatches(seed + 7);
  assert.ok(other !== undefined);
  for (const { signal, body } of otlpJson({ ...other, nowMs: toMs }))
    await post(rig, "throughline", signal, body);
  await until("all is stored", async () => rig.engines.ingest.status().oldestUnstoredAgeMs === null);
  const reader = rig.engines.telemetry.scoped({ tenantId: rig.tenantId, projectId: "default" });
  const range = { fromMs: toMs - HOUR_MS, toMs };
  return {
    range,
    previous: { fromMs: toMs - 2 * HOUR_MS, toMs: toMs - HOUR_MS },
    long: { fromMs: toMs - 9 * HOUR_MS, toMs },
    async ask(path, query = {}, window = range) {
      const search = new URLSearchParams({
        project: "default",
        ...(window === null ? {} : { from: String(window.fromMs), to: String(window.toMs - 1) }),
        ...query,
      });
      const answer = await rig.app.inject({
        url: `${path}?${search.toString()}`,
        headers: { host: "localhost", origin: "http://localhost", cookie },
      });
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json();
    },
    raw: async (sql, window = range, params = {}) =>
      await reader.query(sql, { ...(window === null ? {} : window), ...params }, { name: "test.recount" }),
    close: () => rig.close(),
  };
}

async function post(rig: Rig, project: string, signal: string, payload: object): Promise<void> {
  const answer = await rig.app.inject({
    method: "POST",
    url: `/v1/${signal}`,
    headers: { host: "localhost", "x-throughline-project": project },
    payload,
  });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.deepEqual(answer.json(), {}, "nothing is refused");
}

/** Fails with every number that differs or that nobody recounts. */
export function assertRecounted(answer: unknown, expected: Expected): void {
  const found = differences(answer, expected);
  assert.deepEqual(found.slice(0, 30), [], `${found.length} differences`);
}

/** Of `project` and `range`: what every page has. */
export async function frameOf(
  world: World,
  window: Window,
  stepSeconds: number,
): Promise<{ [key: string]: Expected }> {
  const [arrived] = await world.raw<{ ms: number }>(
    `SELECT toUnixTimestamp(toStartOfMinute(max(received_at))) * 1000 AS ms FROM (
       SELECT received_at FROM spans WHERE ${SCOPED} UNION ALL SELECT received_at FROM logs WHERE ${SCOPED}
       UNION ALL SELECT received_at FROM metric_points WHERE ${SCOPED})`,
    null,
  );
  return { project: { lastSeenMs: arrived?.ms ?? null }, range: { ...window, stepSeconds } };
}

/** Of spans with `kind = 'server'`, weighted as they were sampled. */
export const REQUEST_COLUMNS = `sum(weight) AS requests, sumIf(weight, ${FAILED}) AS failed,
  sumIf(weight, http_status BETWEEN 400 AND 499) AS clientErrors, sum(duration_ns * weight) / 1e6 AS totalMs,
  quantileExactWeighted(0.5)(duration_ns, weight) / 1e6 AS p50Ms,
  quantileExactWeighted(0.95)(duration_ns, weight) / 1e6 AS p95Ms,
  quantileExactWeighted(0.99)(duration_ns, weight) / 1e6 AS p99Ms, max(duration_ns) / 1e6 AS maxMs,
  sum(request_bytes * weight) AS requestBytes, sum(response_bytes * weight) AS responseBytes,
  (sumIf(weight, duration_ns <= 500e6) + sumIf(weight, duration_ns > 500e6 AND duration_ns <= 2000e6) / 2)
    / sum(weight) AS apdex`;

export interface Requests {
  readonly requests: number;
  readonly failed: number;
  readonly clientErrors: number;
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly apdex: number;
}

/** By their key; each of them once. */
export function byKey<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row> {
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  assert.equal(found.size, rows.length, "a row twice");
  return found;
}

/** Seconds of a range in which the project had data: rates are over them. */
export async function activeSeconds(world: World, window: Window, where = ""): Promise<number> {
  return (window.toMs - Math.max(window.fromMs, (await firstMs(world, where)) ?? 0)) / 1000;
}

/** Second of the oldest span or log record. */
export async function firstMs(world: World, where: string): Promise<number | null> {
  const [row] = await world.raw<{ first: number | null }>(
    `SELECT toInt64(min(first)) * 1000 AS first FROM (
       SELECT toUnixTimestamp(min(time)) AS first FROM spans WHERE ${SCOPED} ${where} HAVING count() > 0
       UNION ALL SELECT toUnixTimestamp(min(time)) FROM logs WHERE ${SCOPED} ${where} HAVING count() > 0)`,
    null,
  );
  return row?.first ?? null;
}

/** Times of a chart's points. */
export function pointsOf({ fromMs, toMs }: Window, stepSeconds: number): number[] {
  return Array.from(
    { length: (toMs - fromMs) / stepSeconds / 1000 },
    (_, index) => fromMs + index * stepSeconds * 1000,
  );
}

/** The course of requests: percentiles are null where there were none, rates are zero. */
export async function courseOf(world: World, window: Window, stepSeconds: number, where: string) {
  const rows = await world.raw<Requests & { atMs: number }>(
    `SELECT toInt64(intDiv(toUnixTimestamp(time), ${stepSeconds})) * ${stepSeconds * 1000} AS atMs, ${REQUEST_COLUMNS}
     FROM spans WHERE ${INSIDE} AND kind = 'server' ${where} GROUP BY atMs`,
    window,
  );
  const at = byKey(rows, ({ atMs }) => String(atMs));
  const timesMs = pointsOf(window, stepSeconds);
  const of = (value: (row: Requests | undefined) => Expected) =>
    timesMs.map((ms) => value(at.get(String(ms))));
  return {
    timesMs,
    p50Ms: of((row) => sketch(row?.p50Ms)),
    p95Ms: of((row) => sketch(row?.p95Ms)),
    p99Ms: of((row) => sketch(row?.p99Ms)),
    requestsPerSecond: of((row) => (row?.requests ?? 0) / stepSeconds),
    errorsPerSecond: of((row) => (row?.failed ?? 0) / stepSeconds),
  };
}

/** Spans as lists of traces show them. */
export const TRACE_ROW = `lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId,
  toUnixTimestamp64Milli(time) AS timeMs, duration_ns / 1e6 AS durationMs, http_status AS httpStatus`;
