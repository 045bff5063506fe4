import type { ResourcePage } from "@throughline/contract";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Expected, TEXT } from "./compare.ts";
import { markersOf } from "./endpoints.ts";
import { assertRecounted, frameOf, pointsOf, SCOPED, type Window, type World } from "./world.ts";

/** What a chart draws, in the words of the page: the metric, what tells its lines apart, and the unit. */
const CHARTS: Readonly<Record<string, { metric: string; by: string; factor?: number; isOfHost?: boolean }>> =
  {
    cpu: { metric: "process.cpu.utilization", by: "instance" },
    memory: { metric: "process.memory.usage", by: "instance" },
    heap: { metric: "v8js.memory.heap.used", by: "instance" },
    eventLoopUtilization: { metric: "nodejs.eventloop.utilization", by: "instance" },
    eventLoopDelay: { metric: "nodejs.eventloop.delay.p99", by: "instance", factor: 1000 },
    gc: { metric: "v8js.gc.duration", by: "v8js.gc.type" },
    pool: { metric: "db.client.connection.count", by: "db.client.connection.state" },
    hostCpu: { metric: "system.cpu.utilization", by: "cpu.mode", isOfHost: true },
    network: { metric: "system.network.io", by: "network.io.direction", isOfHost: true },
  };

interface Point {
  readonly series: string;
  readonly instance: string;
  readonly label: string;
  readonly type: string;
  readonly atMs: number;
  readonly value: number;
  readonly sum: number;
}

async function pointsOfMetric(world: World, metric: string, by: string, window: Window): Promise<Point[]> {
  return await world.raw<Point>(
    `SELECT toString(series_id) AS series, toString(instance) AS instance,
       ${by === "instance" ? "toString(instance)" : `attributes['${by}']`} AS label, toString(type) AS type,
       toUnixTimestamp64Milli(time) AS atMs, value, sum
     FROM metric_points WHERE ${SCOPED} AND metric = '${metric}'
       AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC') AND time >= fromUnixTimestamp64Milli({earlyMs:Int64}, 'UTC')
     ORDER BY time`,
    window,
    // A counter's rise is over the reading before it.
    { earlyMs: window.fromMs - 600_000 },
  );
}

/** By hand: means of gauges; rises a second of what only grows, which counts from zero when it fell. */
function valuesOf(points: readonly Point[], window: Window, stepMs: number): (number | null)[] {
  return pointsOf(window, stepMs / 1000).map((ms) => {
    const inside = points.filter(({ atMs }) => atMs >= ms && atMs < ms + stepMs);
    const isGauge = points[0]?.type === "gauge";
    if (inside.length === 0) return null;
    if (isGauge) return inside.reduce((sum, { value }) => sum + value, 0) / inside.length;
    const readings = minutesOf(points);
    const own = readings.filter(({ minuteMs }) => minuteMs >= ms && minuteMs < ms + stepMs);
    let rise = 0;
    let seconds = 0;
    for (const { minuteMs, last } of own) {
      const before = readings.findLast((each) => each.minuteMs < minuteMs);
      if (before === undefined) continue;
      rise += last < before.last ? last : last - before.last;
      seconds += (minuteMs - before.minuteMs) / 1000;
    }
    return seconds === 0 ? null : rise / seconds;
  });
}

/** The last reading of each minute. */
function minutesOf(points: readonly Point[]): { minuteMs: number; last: number }[] {
  const last = new Map<number, number>();
  for (const { atMs, type, value, sum } of points)
    last.set(Math.floor(atMs / 60_000) * 60_000, type === "sum" ? value : sum);
  return [...last].map(([minuteMs, reading]) => ({ minuteMs, last: reading }));
}

function added(all: readonly (number | null)[][]): (number | null)[] {
  return (all[0] ?? []).map((_, index) => {
    const known = all.map((values) => values[index] ?? null).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  });
}

async function linesOf(
  world: World,
  id: string,
  window: Window,
  stepMs: number,
): Promise<Map<string, (number | null)[]>> {
  const chart = CHARTS[id];
  if (chart === undefined) return new Map();
  const all = await pointsOfMetric(world, chart.metric, chart.by, window);
  // A machine is drawn as one of its processes sees it: of two that were read at the same moment the first by name.
  const shown = chart.isOfHost === true ? all.filter(({ instance }) => instance === "shop-api-1") : all;
  return new Map(
    [...Map.groupBy(shown, ({ label }) => label)].map(([label, of]) => {
      const series = [...Map.groupBy(of, ({ series: each }) => each).values()];
      const values = added(series.map((points) => valuesOf(points, window, stepMs)));
      return [label, values.map((value) => (value === null ? null : value * (chart.factor ?? 1)))];
    }),
  );
}

/** A line of a process is named by its service as well. */
const labelOf = (label: string): string => label.replace(/^shop-api (?=shop)/, "");

export function recountResources(open: () => World): void {
  describe("resources", () => {
    for (const which of ["range", "long"] as const)
      test(`charts and instances, ${which}`, async () => {
        const world = open();
        const window = world[which];
        const step = which === "long" ? 300 : 60;
        const answer = (await world.ask("/api/resources", {}, window)) as ResourcePage;
        const charts: Expected[] = [];
        for (const { id, lines } of answer.charts) {
          const counted = await linesOf(world, id, window, step * 1000);
          if (CHARTS[id] !== undefined) assert.ok(counted.size > 0, `${id} was sent`);
          assert.equal(lines.length, counted.size, id);
          charts.push({
            lines: lines.map(({ label }) => ({ values: counted.get(labelOf(label)) ?? `no ${label}` })),
            hiddenLines: 0,
            note: TEXT,
            missing: TEXT,
          });
        }
        const instances = await Promise.all(
          answer.instances.map(async ({ instance }): Promise<Expected> => {
            const lastOf = async (id: string): Promise<number | null> =>
              (await linesOf(world, id, window, step * 1000))
                .get(instance)
                ?.findLast((value) => value !== null) ?? null;
            const [seen] = await world.raw<{ ms: number }>(
              `SELECT toInt64(toUnixTimestamp(max(time))) * 1000 AS ms FROM metric_points
               WHERE ${SCOPED} AND instance = '${instance}'`,
              null,
            );
            return {
              lastSeenMs: seen?.ms ?? null,
              cpuRatio: await lastOf("cpu"),
              memoryBytes: await lastOf("memory"),
              heapBytes: await lastOf("heap"),
              eventLoopDelayP99Ms: await lastOf("eventLoopDelay"),
              eventLoopUtilization: await lastOf("eventLoopUtilization"),
            };
          }),
        );
        assert.equal(instances.length, 2);
        assertRecounted(answer, {
          ...(await frameOf(world, window, step)),
          timesMs: pointsOf(window, step),
          charts,
          instances,
          markers: await markersOf(world, "", window),
        });
      });
  });
}
