import type { BottleneckList } from "@throughline/contract";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Expected, TEXT } from "./compare.ts";
import { assertRecounted, frameOf, INSIDE, type World } from "./world.ts";

const STATEMENT = "attributes['db.query.text']";

interface Found {
  readonly id: string;
  readonly share: number;
  readonly requests: number;
}

/** What decision 0021 calls a bottleneck, found by hand in the rows: of statements and payloads over the range. */
async function foundIn(world: World): Promise<Map<string, Found>> {
  const requests = `SELECT service AS of_service, sum(duration_ns * weight) AS all_ns FROM spans WHERE ${INSIDE} AND kind = 'server' GROUP BY of_service`;
  // Each request that asks this statement asks it once, so that executions are requests.
  const slow = await world.raw<Found>(
    `SELECT concat('SLOW_QUERY ', service, ' ', leftPad(lower(hex(cityHash64(${STATEMENT}))), 16, '0')) AS id,
       least(1, sum(duration_ns * weight) / any(all_ns)) AS share, uniqExact(trace_id) AS traces, count() AS executions,
       sum(weight) AS requests
     FROM spans INNER JOIN (${requests}) AS r ON service = of_service
     WHERE ${INSIDE} AND db_system != ''
     GROUP BY service, ${STATEMENT}
     HAVING sum(weight) >= 20 AND quantileExactWeighted(0.95)(duration_ns, weight) >= 250e6 AND share >= 0.05 AND traces = executions`,
  );
  const large = await world.raw<Found>(
    `SELECT concat('LARGE_PAYLOAD ', service, ' ', route) AS id, sum(duration_ns * weight) / any(all_ns) AS share,
       sum(weight) AS requests
     FROM spans INNER JOIN (${requests}) AS r ON service = of_service
     WHERE ${INSIDE} AND kind = 'server' GROUP BY service, route
     HAVING requests >= 10 AND sum(response_bytes * weight) / requests >= 500000`,
  );
  const repeated = await world.raw<Found>(
    `WITH groups AS (SELECT service AS of_group, ${STATEMENT} AS text, trace_id, parent_span_id, max(weight) AS heaviest
       FROM spans WHERE ${INSIDE} AND db_system != '' GROUP BY of_group, text, trace_id, parent_span_id HAVING count() >= 5)
     SELECT concat('N_PLUS_ONE_QUERY ', service, ' ', leftPad(lower(hex(cityHash64(statement))), 16, '0')) AS id,
       any(ns) / any(all_ns) AS share, sum(heaviest) AS requests
     FROM groups
     INNER JOIN (SELECT service, ${STATEMENT} AS statement, sum(duration_ns * weight) AS ns FROM spans
       WHERE ${INSIDE} AND db_system != '' GROUP BY service, statement) AS statements ON service = of_group AND statement = text
     INNER JOIN (${requests}) AS r ON service = of_service
     GROUP BY service, statement HAVING requests >= 5`,
  );
  return new Map([...slow, ...large, ...repeated].map((row) => [row.id, row]));
}

export function recountBottlenecks(open: () => World): void {
  describe("bottlenecks", () => {
    test("their share of the time and the requests that they hurt", async () => {
      const world = open();
      const answer = (await world.ask("/api/bottlenecks")) as BottleneckList;
      const counted = await foundIn(world);
      const types = new Set(answer.bottlenecks.map(({ type }) => type));
      assert.deepEqual([...types].toSorted(), ["LARGE_PAYLOAD", "N_PLUS_ONE_QUERY", "SLOW_QUERY"]);
      assert.deepEqual(answer.bottlenecks.map(({ id }) => id).toSorted(), [...counted.keys()].toSorted());
      assertRecounted(answer, {
        ...(await frameOf(world, world.range, 60)),
        resourcesFromMs: world.range.fromMs,
        bottlenecks: answer.bottlenecks.map(({ id }): Expected => {
          const row = counted.get(id);
          if (row === undefined) return `${id} was not found by hand`;
          return {
            shareOfRequestTime: row.share,
            requestsAffected: row.requests,
            evidence: { traceId: TEXT, queryHash: TEXT, instance: TEXT, plan: TEXT },
          };
        }),
      });
    });
  });
}
