/** Routes of both releases: slower, and with bigger answers. */
import type { ReleaseDiff, ReleaseRoute } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { DURATION_COLUMNS, quantileMs, type DurationRow } from "../buckets.ts";
import { traceIdOrNull } from "../routes.ts";
import {
  countUpTo,
  counterAtSize,
  judgeChange,
  P75,
  VIEWS_MIN,
  type ChangeStratum,
} from "../statistics/index.ts";
import type { Sides } from "./novelties.ts";

const LISTED_MAX = 100;
/** Faster than anybody notices in one request. */
const EFFECT_MS_MIN = 5;
const PAYLOAD_RATIO_MIN = 0.2;
const PAYLOAD_BYTES_MIN = 1000;

interface Row extends DurationRow {
  readonly route: string;
  readonly isB: 0 | 1;
  readonly n: number;
  /** So many rows stand for them: what is judged is as sure as those. */
  readonly stored: number;
  readonly bytes: number;
  readonly traceId: string;
}

interface Pair {
  readonly route: string;
  readonly a: Row;
  readonly b: Row;
}

export async function compareRoutes(
  reader: ScopedReader,
  sides: Sides,
): Promise<Pick<ReleaseDiff, "routes" | "routeCount" | "newRoutes">> {
  const rows = await reader.query<Row>(
    `SELECT toString(r.route) AS route, r.service_version = {b:String} AS isB, sum(r.count) AS n, sum(r.stored) AS stored,
       sum(r.response_bytes) AS bytes, lower(hex(argMaxMerge(r.slowest_trace))) AS traceId, ${DURATION_COLUMNS}
     FROM request_rollups AS r
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400
       AND r.service = {service:String} AND r.service_version IN ({a:String}, {b:String})
     GROUP BY r.route, isB`,
    { ...sides },
    { name: "diff.routes" },
  );
  const byRoute = Map.groupBy(rows, ({ route }) => route);
  const pairs = [...byRoute].flatMap(([route, of]): Pair[] => {
    const [a, b] = [of.find(({ isB }) => isB === 0), of.find(({ isB }) => isB === 1)];
    return a === undefined || b === undefined ? [] : [{ route, a, b }];
  });
  const newRoutes = [...byRoute].flatMap(([route, of]) => (of.every(({ isB }) => isB === 1) ? [route] : []));
  // Each at its share of the error probability, so that many routes are not many chances to be wrong.
  const judged = judgeChange(pairs.map(stratumOf), { effectMin: EFFECT_MS_MIN }).strata;
  const routes = pairs.map((pair, index) => routeOf(pair, judged[index]?.verdict ?? "notEnoughData"));
  return {
    routes: routes.toSorted((x, y) => rankOf(y) - rankOf(x) || y.nB - x.nB).slice(0, LISTED_MAX),
    routeCount: routes.length,
    newRoutes: newRoutes.toSorted().slice(0, LISTED_MAX),
  };
}

function stratumOf({ route, a, b }: Pair): ChangeStratum {
  const p75Ms = quantileMs(P75, a) ?? 0;
  const atMost = countUpTo({ counts: b.buckets, max: b.maxNs }, p75Ms * 1e6);
  return {
    name: route,
    baseline: { n: a.stored, p75: p75Ms },
    candidate: {
      ...counterAtSize({ n: b.n, k: b.n - Math.min(b.n, atMost) }, b.stored),
      p75: quantileMs(P75, b) ?? 0,
    },
  };
}

const VERDICTS = {
  regressed: "slower",
  improved: "faster",
  noChange: "same",
  notEnoughData: "not-enough-data",
} as const satisfies Record<string, ReleaseRoute["verdict"]>;

function routeOf({ route, a, b }: Pair, verdict: keyof typeof VERDICTS): ReleaseRoute {
  return {
    route,
    nA: a.n,
    nB: b.n,
    p75MsA: quantileMs(P75, a),
    p75MsB: quantileMs(P75, b),
    verdict: VERDICTS[verdict],
    responseBytesAvgA: a.bytes === 0 ? null : a.bytes / a.n,
    responseBytesAvgB: b.bytes === 0 ? null : b.bytes / b.n,
    payload: payloadOf(a, b),
    traceId: traceIdOrNull(b.traceId),
  };
}

/** Of means alone: how they spread is not kept, so what is small says nothing. */
function payloadOf(a: Row, b: Row): ReleaseRoute["payload"] {
  if (a.stored < VIEWS_MIN || b.stored < VIEWS_MIN || a.bytes === 0 || b.bytes === 0)
    return "not-enough-data";
  const [before, after] = [a.bytes / a.n, b.bytes / b.n];
  const isRelevant =
    Math.abs(after - before) >= PAYLOAD_BYTES_MIN && Math.abs(after - before) >= PAYLOAD_RATIO_MIN * before;
  if (!isRelevant) return "same";
  return after > before ? "bigger" : "smaller";
}

/** What a reader looks for first. */
function rankOf({ verdict, payload }: ReleaseRoute): number {
  if (verdict === "slower") return 4;
  if (payload === "bigger") return 3;
  if (verdict === "faster") return 2;
  return payload === "smaller" ? 1 : 0;
}
