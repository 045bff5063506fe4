import type { EndpointList } from "@throughline/contract";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Expected, sketch, TEXT } from "./compare.ts";
import {
  activeSeconds,
  assertRecounted,
  byKey,
  courseOf,
  FAILED,
  frameOf,
  INSIDE,
  REQUEST_COLUMNS,
  type Requests,
  TRACE_ROW,
  type Window,
  type World,
} from "./world.ts";

interface Row extends Requests {
  readonly service: string;
  readonly route: string;
  readonly slowest: string;
}

const keyOf = ({ service, route }: Pick<Row, "service" | "route">): string => `${service} ${route}`;

function figures(row: Requests): { [key: string]: Expected } {
  const { requests, failed, clientErrors, totalMs, maxMs, requestBytes, responseBytes, apdex } = row;
  return {
    requests,
    failed,
    succeeded: requests - failed,
    clientErrors,
    errorRatio: failed / requests,
    avgMs: totalMs / requests,
    p50Ms: sketch(row.p50Ms),
    p95Ms: sketch(row.p95Ms),
    p99Ms: sketch(row.p99Ms),
    maxMs,
    requestBytesAvg: requestBytes === 0 ? null : requestBytes / requests,
    responseBytesAvg: responseBytes === 0 ? null : responseBytes / requests,
    apdex,
  };
}

async function rowsOf(world: World, window: Window): Promise<Map<string, Row>> {
  const rows = await world.raw<Row>(
    `SELECT service, route, ${REQUEST_COLUMNS}, lower(hex(argMax(trace_id, duration_ns))) AS slowest
     FROM spans WHERE ${INSIDE} AND kind = 'server' GROUP BY service, route`,
    window,
  );
  return byKey(rows, keyOf);
}

const before = ({ fromMs, toMs }: Window): Window => ({ fromMs: 2 * fromMs - toMs, toMs: fromMs });

async function expectedRows(world: World, window: Window) {
  const [now, earlier] = [await rowsOf(world, window), await rowsOf(world, before(window))];
  const allMs = [...now.values()].reduce((sum, { totalMs }) => sum + totalMs, 0);
  const seconds = await activeSeconds(world, window);
  const rows = new Map(
    [...now].map(([key, row]): [string, { [key: string]: Expected }] => {
      const was = earlier.get(key);
      const expected = {
        ...figures(row),
        requestsPerSecond: row.requests / seconds,
        timeShare: row.totalMs / allMs,
        previous: was === undefined ? null : figures(was),
        slowestTraceId: row.slowest,
        lastErrorTraceId: TEXT,
        trend: TEXT,
      };
      return [key, expected];
    }),
  );
  return { now, rows, allMs };
}

const partsOf = async (world: World, where: string, value: string): Promise<Expected[]> =>
  (
    await world.raw<Requests & { value: string }>(
      `SELECT ${value} AS value, ${REQUEST_COLUMNS} FROM spans
       WHERE ${INSIDE} AND kind = 'server' ${where} GROUP BY value ORDER BY requests DESC, value`,
    )
  ).map((row) => ({
    value: row.value,
    requests: row.requests,
    failed: row.failed,
    p95Ms: sketch(row.p95Ms),
  }));

export function recountEndpoints(open: () => World): void {
  describe("endpoints", () => {
    for (const which of ["range", "previous", "long"] as const)
      test(`the list and its comparison, ${which}`, async () => {
        const world = open();
        const window = world[which];
        const answer = (await world.ask("/api/endpoints", {}, window)) as EndpointList;
        const { now, rows, allMs } = await expectedRows(world, window);
        const sum = (value: (row: Row) => number): number =>
          [...now.values()].reduce((total, row) => total + value(row), 0);
        assertRecounted(answer, {
          ...(await frameOf(world, window, which === "long" ? 300 : 60)),
          apdexMs: 500,
          totals: {
            endpoints: now.size,
            requests: sum(({ requests }) => requests),
            failed: sum(({ failed }) => failed),
            totalMs: allMs,
          },
          endpoints: answer.endpoints.map((row) => rows.get(keyOf(row)) ?? "not there"),
        });
        assert.equal(answer.endpoints.length, now.size);
      });

    test("each one's page", async () => {
      const world = open();
      const { range } = world;
      const { now, rows } = await expectedRows(world, range);
      for (const { service, route, requests, totalMs } of now.values()) {
        const where = `AND service = '${service}' AND route = '${route}'`;
        const answer = await world.ask("/api/endpoints/detail", { service, route });
        const releases = await world.raw<Requests & { value: string; firstMs: number }>(
          `SELECT toString(service_version) AS value, toUnixTimestamp(toStartOfMinute(min(spans.time))) * 1000 AS firstMs, ${REQUEST_COLUMNS}
           FROM spans WHERE ${INSIDE} AND kind = 'server' AND service_version != '' ${where}
           GROUP BY value ORDER BY firstMs DESC, value DESC`,
        );
        const traces = async (also: string): Promise<Expected[]> =>
          await world.raw(
            `SELECT ${TRACE_ROW} FROM spans WHERE ${INSIDE} AND kind = 'server' ${where} ${also} LIMIT 10`,
          );
        // Of those traces whose request is this one.
        const statements = await world.raw<{
          executions: number;
          totalMs: number;
          p95Ms: number;
          groups: number;
        }>(
          `SELECT sum(weight) AS executions, sum(duration_ns * weight) / 1e6 AS totalMs,
             quantileExactWeighted(0.95)(duration_ns, weight) / 1e6 AS p95Ms, text, any(repeated) AS groups
           FROM spans INNER JOIN (
             SELECT text, sumIf(heaviest, n >= 5) AS repeated FROM (
               SELECT attributes['db.query.text'] AS text, parent_span_id AS parent, count() AS n, max(weight) AS heaviest
               FROM spans WHERE ${INSIDE} AND service = '${service}' AND db_system != ''
                 AND trace_id IN (SELECT trace_id FROM spans WHERE ${SERVERS} ${where})
               GROUP BY text, parent)
             GROUP BY text) AS groups ON attributes['db.query.text'] = text
           WHERE ${INSIDE} AND service = '${service}' AND db_system != ''
             AND trace_id IN (SELECT trace_id FROM spans WHERE ${SERVERS} ${where})
           GROUP BY text ORDER BY totalMs DESC`,
        );
        const row = rows.get(`${service} ${route}`);
        assert.ok(row !== undefined);
        assertRecounted(answer, {
          ...(await frameOf(world, range, 60)),
          apdexMs: 500,
          endpoint: row,
          series: await courseOf(world, range, 60, where),
          releases: releases.map(({ value, requests: n, failed, p95Ms, firstMs }) => ({
            value,
            requests: n,
            failed,
            p95Ms: sketch(p95Ms),
            firstSeenMs: firstMs,
          })),
          recent: {
            fromMs: range.fromMs,
            methods: await partsOf(world, where, "toString(http_method)"),
            statuses: await partsOf(world, where, "if(http_status = 0, '', toString(http_status))"),
            slow: await traces("ORDER BY duration_ns DESC"),
            failing: await traces(`AND ${FAILED} ORDER BY spans.time DESC, span_id DESC`),
          },
          statements:
            route === ""
              ? []
              : statements.map((of) => ({
                  executions: of.executions,
                  executionsPerRequest: of.executions / requests,
                  p95Ms: sketch(of.p95Ms),
                  totalMs: of.totalMs,
                  shareOfRequestTime: of.totalMs / totalMs,
                  repeatedGroups: of.groups,
                })),
          markers: await markersOf(world, service),
        });
      }
    });
  });
}

const SERVERS = `${INSIDE} AND kind = 'server'`;

/** Releases of a service that were first seen in the range, but for the one it began with. */
export async function markersOf(
  world: World,
  service: string,
  { fromMs, toMs }: Window = world.range,
): Promise<Expected[]> {
  const starts = await world.raw<{ service: string; release: string; timeMs: number }>(
    `SELECT service, toString(service_version) AS release, toInt64(toUnixTimestamp(min(time))) * 1000 AS timeMs
     FROM spans WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND service_version != ''
       ${service === "" ? "" : `AND service = '${service}'`}
     GROUP BY service, release ORDER BY timeMs`,
    null,
  );
  return [...Map.groupBy(starts, (row) => row.service).values()]
    .flatMap((of) => of.slice(1))
    .filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs)
    .map(({ timeMs }) => ({ timeMs, status: TEXT }));
}
