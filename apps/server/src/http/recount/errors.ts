import type { ErrorList } from "@throughline/contract";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Expected, TEXT } from "./compare.ts";
import {
  assertRecounted,
  byKey,
  frameOf,
  INSIDE,
  pointsOf,
  SCOPED,
  type Window,
  type World,
} from "./world.ts";

const DAY_MS = 86_400_000;
const SLOTS_MAX = 30;

interface Group {
  readonly fingerprint: string;
  readonly n: number;
  readonly escaped: number;
  readonly users: number;
  readonly sessions: number;
  readonly lastMs: number;
}

const COLUMNS = `toString(fingerprint) AS fingerprint, sum(weight) AS n, sumIf(weight, escaped = 1) AS escaped,
  uniqExactIf(attributes['user.id'], attributes['user.id'] != '') AS users,
  uniqExactIf(attributes['session.id'], attributes['session.id'] != '') AS sessions,
  toUnixTimestamp64Milli(max(time)) AS lastMs`;

interface Ever {
  readonly fingerprint: string;
  readonly n: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

async function everOf(world: World): Promise<Map<string, Ever>> {
  const rows = await world.raw<Ever>(
    `SELECT toString(fingerprint) AS fingerprint, sum(weight) AS n, toUnixTimestamp64Milli(min(time)) AS firstMs,
       toUnixTimestamp64Milli(max(time)) AS lastMs
     FROM exceptions WHERE ${SCOPED} GROUP BY fingerprint`,
    null,
  );
  return byKey(rows, ({ fingerprint }) => fingerprint);
}

async function courseOf(
  world: World,
  window: Window,
  fingerprint: string,
  seconds: number,
): Promise<number[]> {
  const rows = await world.raw<{ slot: number; n: number }>(
    `SELECT intDiv(toUnixTimestamp(time) - ${window.fromMs / 1000}, ${seconds}) AS slot, sum(weight) AS n
     FROM exceptions WHERE ${INSIDE} AND fingerprint = ${fingerprint} GROUP BY slot`,
    window,
  );
  const slots = Math.ceil((window.toMs - window.fromMs) / 1000 / seconds);
  return Array.from({ length: slots }, (_, slot) => rows.find((row) => row.slot === slot)?.n ?? 0);
}

const knownOf = (count: number): number | null => (count === 0 ? null : count);
const STATE = {
  sinceMs: null,
  ignoredUntilMs: null,
  ignoredCount: null,
  resolvedRelease: TEXT,
  owner: TEXT,
} as const;

async function groupsOf(world: World, window: Window): Promise<Map<string, Group>> {
  const rows = await world.raw<Group>(
    `SELECT ${COLUMNS} FROM exceptions WHERE ${INSIDE} GROUP BY exceptions.fingerprint`,
    window,
  );
  return byKey(rows, ({ fingerprint }) => fingerprint);
}

export function recountErrors(open: () => World): void {
  describe("errors", () => {
    for (const which of ["range", "long"] as const)
      test(`the list, ${which}`, async () => {
        const world = open();
        const window = world[which];
        const answer = (await world.ask("/api/errors", {}, window)) as ErrorList;
        const [groups, ever] = [await groupsOf(world, window), await everOf(world)];
        const step = which === "long" ? 300 : 60;
        const points = (window.toMs - window.fromMs) / 1000 / step;
        const rows: Expected[] = [];
        for (const { fingerprint } of answer.errors) {
          const row = groups.get(fingerprint);
          assert.ok(row !== undefined);
          rows.push({
            count: row.n,
            users: knownOf(row.users),
            sessions: knownOf(row.sessions),
            firstSeenMs: ever.get(fingerprint)?.firstMs ?? null,
            lastSeenMs: row.lastMs,
            traceId: TEXT,
            sparkline: await courseOf(world, window, fingerprint, step * Math.ceil(points / SLOTS_MAX)),
            state: STATE,
          });
        }
        assert.equal(rows.length, groups.size);
        assertRecounted(answer, {
          ...(await frameOf(world, window, step)),
          errors: rows,
          totals: { groups: groups.size, count: [...groups.values()].reduce((sum, { n }) => sum + n, 0) },
          events: [],
          nextCursor: TEXT,
        });
      });

    test("each one's page", async () => {
      const world = open();
      const { range } = world;
      const [groups, ever] = [await groupsOf(world, range), await everOf(world)];
      assert.ok(groups.size > 2);
      for (const row of groups.values()) await onePage(world, row, ever.get(row.fingerprint));
    });
  });
}

async function onePage(world: World, row: Group, ever: Ever | undefined): Promise<void> {
  const { range } = world;
  assert.ok(ever !== undefined);
  const own = `fingerprint = ${row.fingerprint}`;
  // Routes are kept by day.
  const days = {
    fromMs: Math.floor(range.fromMs / DAY_MS) * DAY_MS,
    toMs: Math.ceil(range.toMs / DAY_MS) * DAY_MS,
  };
  const routes = await world.raw<{ route: string; count: number }>(
    `SELECT toString(route) AS route, sum(weight) AS count FROM exceptions WHERE ${INSIDE} AND ${own}
     GROUP BY route ORDER BY count DESC, route`,
    days,
  );
  const releases = await world.raw<{ count: number; firstSeenMs: number; lastSeenMs: number }>(
    `SELECT toString(service_version) AS release, sum(weight) AS count, toUnixTimestamp64Milli(min(time)) AS firstSeenMs,
       toUnixTimestamp64Milli(max(time)) AS lastSeenMs
     FROM exceptions WHERE ${SCOPED} AND ${own} GROUP BY release ORDER BY lastSeenMs DESC, release`,
    null,
  );
  const occurrences = await world.raw<{ timeMs: number }>(
    `SELECT toUnixTimestamp64Milli(time) AS timeMs FROM exceptions WHERE ${INSIDE} AND ${own} ORDER BY time DESC LIMIT 10`,
  );
  assertRecounted(await world.ask(`/api/errors/${row.fingerprint}`), {
    ...(await frameOf(world, range, 60)),
    error: {
      count: row.n,
      unhandled: row.escaped,
      users: knownOf(row.users),
      sessions: knownOf(row.sessions),
      firstSeenMs: ever.firstMs,
      lastSeenMs: ever.lastMs,
      countEver: ever.n,
      traceId: TEXT,
      state: STATE,
    },
    series: { timesMs: pointsOf(range, 60), counts: await courseOf(world, range, row.fingerprint, 60) },
    releases,
    routes,
    occurrences: occurrences.map(({ timeMs }) => ({ timeMs, traceId: TEXT, spanId: TEXT, sessionId: TEXT })),
    history: [],
  });
}
