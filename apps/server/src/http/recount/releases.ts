import type { ReleaseDiff, ReleaseList } from "@throughline/contract";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Expected, sketch, TEXT } from "./compare.ts";
import { assertRecounted, byKey, FAILED, frameOf, SCOPED, type World } from "./world.ts";

const [A, B] = ["1.0", "1.1"];
const SERVICE = "shop-api";
const OF_SERVICE = `${SCOPED} AND service = '${SERVICE}'`;

interface Release {
  readonly service: string;
  readonly release: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly spans: number;
  readonly requests: number;
  readonly failed: number;
  readonly storedRequests: number;
}

async function releasesOf(world: World): Promise<Map<string, Release>> {
  const rows = await world.raw<Release>(
    `SELECT service, toString(service_version) AS release, toInt64(toUnixTimestamp(min(time))) * 1000 AS firstSeenMs,
       toInt64(toUnixTimestamp(max(time))) * 1000 AS lastSeenMs, sum(weight) AS spans,
       sumIf(weight, kind = 'server') AS requests, sumIf(weight, kind = 'server' AND ${FAILED}) AS failed,
       countIf(kind = 'server') AS storedRequests
     FROM spans WHERE ${SCOPED} AND service_version != '' GROUP BY service, release`,
    null,
  );
  return byKey(rows, ({ service, release }) => `${service} ${release}`);
}

function figures({ service: _service, release: _release, ...numbers }: Release): { [key: string]: Expected } {
  return numbers;
}

interface Named {
  readonly name: string;
  readonly a: number;
  readonly b: number;
}

/** What B has and A has not. */
function novelties(rows: readonly Named[], shown: ReleaseDiff["errors"]): Expected {
  const added = rows.filter(({ a, b }) => a === 0 && b > 0);
  const counts = byKey(added, ({ name }) => name);
  return {
    added: shown.added.map(({ name }) => ({ count: counts.get(name)?.b ?? "not there", traceId: TEXT })),
    addedCount: added.length,
    removedCount: rows.filter(({ a, b }) => a > 0 && b === 0).length,
  };
}

const onBoth = (weight: string, also = ""): string =>
  `sumIf(${weight}, service_version = '${A}' ${also}) AS a, sumIf(${weight}, service_version = '${B}' ${also}) AS b`;

export function recountReleases(open: () => World): void {
  describe("releases", () => {
    test("the list", async () => {
      const world = open();
      const answer = (await world.ask("/api/releases", {}, null)) as ReleaseList;
      const counted = await releasesOf(world);
      assert.equal(answer.releases.length, counted.size);
      const { project } = await frameOf(world, world.range, 60);
      assertRecounted(answer, {
        project: project ?? null,
        releases: answer.releases.map(({ service, release }) => {
          const row = counted.get(`${service} ${release}`);
          return row === undefined ? "not there" : { ...figures(row), previous: TEXT };
        }),
      });
    });

    test("one against the other", async () => {
      const world = open();
      const answer = (await world.ask(
        "/api/releases/diff",
        { service: SERVICE, a: A, b: B },
        null,
      )) as ReleaseDiff;
      const counted = await releasesOf(world);
      const side = (release: string): Expected => {
        const row = counted.get(`${SERVICE} ${release}`);
        return row === undefined ? "not there" : { ...figures(row), namesFromMs: null };
      };
      const errors = await world.raw<Named>(
        `SELECT toString(fingerprint) AS fingerprint, any(type) AS name, ${onBoth("weight")}
         FROM exceptions WHERE ${OF_SERVICE} GROUP BY fingerprint`,
        null,
      );
      const names = await world.raw<Named>(
        `SELECT name, ${onBoth("weight")} FROM spans WHERE ${OF_SERVICE} GROUP BY name`,
        null,
      );
      const statement = "attributes['db.query.text']";
      const queries = await world.raw<Named>(
        `SELECT ${statement} AS name, ${onBoth("weight")} FROM spans WHERE ${OF_SERVICE} AND db_system != '' GROUP BY name`,
        null,
      );
      const repeated = await world.raw<Named>(
        `SELECT name, ${onBoth("heaviest", "AND n >= 5")} FROM (
           SELECT ${statement} AS name, service_version, trace_id, parent_span_id, count() AS n, max(weight) AS heaviest
           FROM spans WHERE ${OF_SERVICE} AND db_system != '' GROUP BY name, service_version, trace_id, parent_span_id)
         GROUP BY name`,
        null,
      );
      const sideOf = (suffix: string, version: string): string => `
        sumIf(weight, service_version = '${version}') AS n${suffix},
        quantileExactWeightedIf(0.75)(duration_ns, weight, service_version = '${version}') / 1e6 AS p75${suffix},
        sumIf(response_bytes * weight, service_version = '${version}') / n${suffix} AS bytes${suffix}`;
      const routes = byKey(
        await world.raw<{
          route: string;
          nA: number;
          nB: number;
          p75A: number;
          p75B: number;
          bytesA: number;
          bytesB: number;
        }>(
          `SELECT route, ${sideOf("A", A)}, ${sideOf("B", B)} FROM spans
           WHERE ${OF_SERVICE} AND kind = 'server' GROUP BY route HAVING nA > 0 AND nB > 0`,
          null,
        ),
        ({ route }) => route,
      );
      const { project } = await frameOf(world, world.range, 60);
      assert.equal(answer.routes.length, routes.size);
      assert.ok(answer.queries.added.length > 0, "the newer release asks for coupons");
      assertRecounted(answer, {
        project: project ?? null,
        a: side(A),
        b: side(B),
        caution: TEXT,
        errors: novelties(errors, answer.errors),
        spanNames: novelties(names, answer.spanNames),
        queries: novelties(queries, answer.queries),
        repeatedQueries: novelties(repeated, answer.repeatedQueries),
        routes: answer.routes.map(({ route }) => {
          const row = routes.get(route);
          if (row === undefined) return "not there";
          return {
            nA: row.nA,
            nB: row.nB,
            p75MsA: sketch(row.p75A),
            p75MsB: sketch(row.p75B),
            responseBytesAvgA: row.bytesA === 0 ? null : row.bytesA,
            responseBytesAvgB: row.bytesB === 0 ? null : row.bytesB,
            traceId: TEXT,
          };
        }),
        routeCount: routes.size,
        newRoutes: [],
      });
    });
  });
}
