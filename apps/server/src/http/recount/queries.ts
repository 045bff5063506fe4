import type { QueryList, QueryPage } from "@throughline/contract";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Expected, sketch, TEXT } from "./compare.ts";
import {
  activeSeconds,
  assertRecounted,
  byKey,
  frameOf,
  INSIDE,
  pointsOf,
  type Window,
  type World,
} from "./world.ts";

const CALLS = "db_system != '' AND kind != 'server'";
const STATEMENT = "attributes['db.query.text']";

interface Executions {
  readonly executions: number;
  readonly errors: number;
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly slow: number;
  readonly rows: number;
  readonly telling: number;
  readonly lastMs: number;
  readonly slowest: string;
}

const COLUMNS = `sum(weight) AS executions, sumIf(weight, status = 'error') AS errors,
  sum(duration_ns * weight) / 1e6 AS totalMs, quantileExactWeighted(0.5)(duration_ns, weight) / 1e6 AS p50Ms,
  quantileExactWeighted(0.95)(duration_ns, weight) / 1e6 AS p95Ms,
  quantileExactWeighted(0.99)(duration_ns, weight) / 1e6 AS p99Ms, max(duration_ns) / 1e6 AS maxMs,
  sumIf(weight, duration_ns > 100e6) AS slow,
  sum(toUInt64OrZero(attributes['db.response.returned_rows']) * weight) AS rows,
  sumIf(weight, mapContains(attributes, 'db.response.returned_rows')) AS telling,
  toInt64(toUnixTimestamp(max(spans.time))) * 1000 AS lastMs, lower(hex(argMax(trace_id, duration_ns))) AS slowest`;

interface Repeats {
  readonly groups: number;
  readonly repeated: number;
  readonly most: number;
}

/** Five executions of a statement and more below one span. */
async function repeatsOf(world: World, window: Window, where: string): Promise<Map<string, Repeats>> {
  const rows = await world.raw<Repeats & { service: string; text: string }>(
    `SELECT service, text, sumIf(heaviest, n >= 5) AS groups, sumIf(weighted, n >= 5) AS repeated,
       maxIf(n, n >= 5) AS most
     FROM (SELECT service, ${STATEMENT} AS text, trace_id, parent_span_id, count() AS n, sum(weight) AS weighted,
             max(weight) AS heaviest
           FROM spans WHERE ${INSIDE} AND ${CALLS} ${where} GROUP BY service, text, trace_id, parent_span_id)
     GROUP BY service, text`,
    window,
  );
  return byKey(rows, ({ service, text }) => `${service} ${text}`);
}

const sumNs = async (world: World, window: Window, where: string): Promise<number> =>
  (
    await world.raw<{ ms: number }>(
      `SELECT sum(duration_ns * weight) / 1e6 AS ms FROM spans WHERE ${INSIDE} AND ${where}`,
      window,
    )
  )[0]?.ms ?? 0;

function figures(
  row: Executions,
  repeats: Repeats | undefined,
  seconds: number,
  allMs: number,
): { [key: string]: Expected } {
  return {
    executions: row.executions,
    executionsPerSecond: row.executions / seconds,
    errors: row.errors,
    p50Ms: sketch(row.p50Ms),
    p95Ms: sketch(row.p95Ms),
    p99Ms: sketch(row.p99Ms),
    maxMs: row.maxMs,
    totalMs: row.totalMs,
    timeShare: row.totalMs / allMs,
    slowExecutions: row.slow,
    rowsAvg: row.telling === 0 ? null : row.rows / row.telling,
    repeatedGroups: repeats?.groups ?? 0,
    repeatedExecutions: repeats?.repeated ?? 0,
    repeatedMax: repeats?.most ?? 0,
    lastSeenMs: row.lastMs,
    slowestTraceId: row.slowest,
    repeatedTraceId: TEXT,
  };
}

export function recountQueries(open: () => World): void {
  describe("statements", () => {
    for (const which of ["range", "previous", "long"] as const)
      test(`the list, ${which}`, async () => {
        const world = open();
        const window = world[which];
        const answer = (await world.ask("/api/queries", {}, window)) as QueryList;
        const rows = await world.raw<Executions & { service: string; text: string }>(
          `SELECT service, ${STATEMENT} AS text, ${COLUMNS} FROM spans WHERE ${INSIDE} AND ${CALLS} GROUP BY service, text`,
          window,
        );
        const repeats = await repeatsOf(world, window, "");
        const allMs = rows.reduce((sum, { totalMs }) => sum + totalMs, 0);
        const seconds = await activeSeconds(world, window);
        const counted = new Map(
          [...byKey(rows, ({ service, text }) => `${service} ${text}`)].map(([key, row]) => [
            key,
            figures(row, repeats.get(key), seconds, allMs),
          ]),
        );
        assertRecounted(answer, {
          ...(await frameOf(world, window, which === "long" ? 300 : 60)),
          slowMs: 100,
          totals: {
            statements: rows.length,
            executions: rows.reduce((sum, { executions }) => sum + executions, 0),
            totalMs: allMs,
            shareOfRequestTime: allMs / (await sumNs(world, window, "kind = 'server'")),
          },
          queries: answer.queries.map(
            ({ service, statement }) => counted.get(`${service} ${statement}`) ?? "not there",
          ),
        });
        assert.equal(answer.queries.length, rows.length);
      });

    test("each one's page", async () => {
      const world = open();
      const { range, previous } = world;
      const { queries } = (await world.ask("/api/queries")) as QueryList;
      assert.ok(queries.length > 3);
      for (const { hash, statement } of queries) await onePage(world, { range, previous, hash, statement });
    });
  });
}

async function onePage(
  world: World,
  { range, previous, hash, statement }: { range: Window; previous: Window; hash: string; statement: string },
): Promise<void> {
  const own = `${CALLS} AND ${STATEMENT} = {statement:String}`;
  const ask = async <Row>(select: string, window = range, after = ""): Promise<Row[]> =>
    await world.raw<Row>(`SELECT ${select} FROM spans WHERE ${INSIDE} AND ${own} ${after}`, window, {
      statement,
    });
  const [now] = await ask<Executions>(COLUMNS);
  assert.ok(now !== undefined);
  const earlier = await ask<Executions>(COLUMNS, previous, "HAVING executions > 0");
  const [was] = earlier;
  const course = byKey(
    await ask<Executions & { atMs: number }>(
      `toInt64(intDiv(toUnixTimestamp(spans.time), 60)) * 60000 AS atMs, ${COLUMNS}`,
      range,
      "GROUP BY atMs",
    ),
    ({ atMs }) => String(atMs),
  );
  const timesMs = pointsOf(range, 60);
  const points = (value: (row: Executions | undefined) => Expected) =>
    timesMs.map((ms) => value(course.get(String(ms))));
  const repeats = await repeatsOf(world, range, `AND ${STATEMENT} = '${statement.replaceAll("'", "\\'")}'`);
  const [repeat] = repeats.values();
  const releases = await ask<Executions & { release: string; firstMs: number }>(
    `toString(service_version) AS release, toUnixTimestamp(toStartOfMinute(min(spans.time))) * 1000 AS firstMs, ${COLUMNS}`,
    range,
    "AND service_version != '' GROUP BY release ORDER BY firstMs DESC, release DESC",
  );
  const answer = (await world.ask(`/api/queries/${hash}`)) as {
    readonly endpoints: readonly { readonly service: string; readonly route: string }[];
    readonly traces: QueryPage["traces"];
  };
  assertRecounted(answer, {
    ...(await frameOf(world, range, 60)),
    query: figures(now, repeat, await activeSeconds(world, range), await sumNs(world, range, CALLS)),
    previous:
      was === undefined
        ? null
        : {
            executions: was.executions,
            p50Ms: sketch(was.p50Ms),
            p95Ms: sketch(was.p95Ms),
            totalMs: was.totalMs,
          },
    series: {
      timesMs,
      p50Ms: points((row) => sketch(row?.p50Ms)),
      p95Ms: points((row) => sketch(row?.p95Ms)),
      p99Ms: points((row) => sketch(row?.p99Ms)),
      executionsPerSecond: points((row) => (row?.executions ?? 0) / 60),
    },
    endpoints: await endpointsOf(world, statement, answer.endpoints),
    releases: releases.map(({ executions, p50Ms, p95Ms, firstMs }) => ({
      executions,
      p50Ms: sketch(p50Ms),
      p95Ms: sketch(p95Ms),
      firstSeenMs: firstMs,
    })),
    traces: await tracesOf(world, statement, answer.traces),
    plans: [],
  });
}

/** By the route of the request that asked: the one of its trace in the same service. */
async function endpointsOf(
  world: World,
  statement: string,
  shown: readonly { readonly service: string; readonly route: string }[],
): Promise<Expected[]> {
  const rows = await world.raw<Executions & { service: string; route: string; groups: number }>(
    `WITH servers AS (SELECT trace_id AS of_trace, service AS of_service, any(route) AS of_route FROM spans
       WHERE ${INSIDE} AND kind = 'server' GROUP BY of_trace, of_service),
     groups AS (SELECT trace_id AS group_trace, service AS group_service, parent_span_id, max(weight) AS heaviest
       FROM spans WHERE ${INSIDE} AND ${CALLS} AND ${STATEMENT} = {statement:String}
       GROUP BY group_trace, group_service, parent_span_id HAVING count() >= 5)
     SELECT spans.service AS service, servers.of_route AS route, ${COLUMNS},
       (SELECT groupArray((toString(of_route), heaviest)) FROM groups INNER JOIN servers
          ON group_trace = of_trace AND group_service = of_service) AS all_groups,
       arraySum(arrayMap(each -> if(each.1 = route, each.2, 0), all_groups)) AS groups
     FROM spans INNER JOIN servers ON spans.trace_id = of_trace AND spans.service = of_service
     WHERE ${INSIDE} AND ${CALLS} AND ${STATEMENT} = {statement:String} GROUP BY service, route`,
    world.range,
    { statement },
  );
  const requests = await world.raw<{ service: string; route: string; n: number; ms: number }>(
    `SELECT service, route, sum(weight) AS n, sum(duration_ns * weight) / 1e6 AS ms FROM spans
     WHERE ${INSIDE} AND kind = 'server' GROUP BY service, route`,
  );
  assert.equal(rows.length, shown.length);
  return shown.map(({ service, route }) => {
    const row = rows.find((each) => each.service === service && each.route === route);
    const of = requests.find((each) => each.service === service && each.route === route);
    if (row === undefined || of === undefined) return "not there";
    return {
      executions: row.executions,
      totalMs: row.totalMs,
      p95Ms: sketch(row.p95Ms),
      repeatedGroups: row.groups,
      executionsPerRequest: route === "" ? null : row.executions / of.n,
      shareOfRequestTime: route === "" ? null : row.totalMs / of.ms,
    };
  });
}

/** Each is the slowest of its minute, or one that asks again and again. */
async function tracesOf(
  world: World,
  statement: string,
  shown: readonly { readonly traceId: string; readonly maxMs: number | null; readonly isRepeated: boolean }[],
): Promise<Expected[]> {
  assert.ok(shown.every(({ maxMs, isRepeated }) => maxMs !== null || isRepeated));
  return await Promise.all(
    shown.map(async ({ traceId, maxMs }): Promise<Expected> => {
      const [row] = await world.raw<{ maxMs: number; timeMs: number }>(
        `WITH (SELECT toStartOfMinute(any(time)) FROM spans WHERE ${INSIDE} AND trace_id = unhex({traceId:String})) AS minute
         SELECT max(duration_ns) / 1e6 AS maxMs, toInt64(toUnixTimestamp(max(spans.time))) * 1000 AS timeMs FROM spans
         WHERE ${INSIDE} AND ${CALLS} AND ${STATEMENT} = {statement:String} AND toStartOfMinute(spans.time) = minute
           AND trace_id = unhex({traceId:String})`,
        world.range,
        { statement, traceId },
      );
      return row === undefined
        ? "not there"
        : { maxMs: maxMs === null ? null : row.maxMs, timeMs: row.timeMs };
    }),
  );
}
