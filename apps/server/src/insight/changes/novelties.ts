/** What was not there before: errors that look like no earlier one, routes and pages that nobody had asked for. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { Question } from "./question.ts";
import type { Found } from "./rank.ts";

const ERRORS_MAX = 5;
const ROUTES_MAX = 5;
/** A share of all requests or page views since, from which something new counts fully. */
const FULL_STRENGTH_SHARE = 0.2;
/** One that was seen once says little. */
const ERRORS_MIN = 3;
const ROUTE_N_MIN = 10;
/** Routes explain less than what they do: a new one is slow or fast of its own. */
const ROUTE_FACTOR = 0.8;

interface ErrorRow {
  readonly fingerprint: string;
  readonly type: string;
  readonly message: string;
  readonly service: string;
  readonly count: number;
  readonly firstMs: number;
}

/** @param nAfter requests or page views since the moment */
export async function errorCandidates(
  reader: ScopedReader,
  { grid, service, route, isVital }: Question,
  atMs: number,
  nAfter: number,
): Promise<Found[]> {
  const rows = await reader.query<ErrorRow>(
    `SELECT toString(fingerprint) AS fingerprint, any(e.type) AS type, substring(any(e.message), 1, 200) AS message,
       any(e.service) AS service, sum(e.weight) AS count, toUnixTimestamp64Milli(min(e.time)) AS firstMs
     FROM exceptions AS e
     WHERE tenant_id = {tenant:String} AND project_id = {project:String}
       AND e.time >= fromUnixTimestamp64Milli(toInt64({from:UInt32}) * 1000)
       AND e.time < fromUnixTimestamp64Milli(toInt64({to:UInt32}) * 1000)
       ${isVital ? "AND source = 'browser'" : "AND source != 'browser'"}
       ${service === undefined ? "" : "AND e.service = {service:String}"} ${route === undefined ? "" : "AND e.route = {route:String}"}
     GROUP BY e.fingerprint HAVING firstMs >= {since:Int64} AND count() >= ${ERRORS_MIN}
     ORDER BY count DESC, fingerprint LIMIT ${ERRORS_MAX}`,
    {
      ...grid.params,
      since: Math.round(atMs - grid.stepMs),
      ...(service === undefined ? {} : { service }),
      ...(route === undefined ? {} : { route }),
    },
    { name: "changes.newErrors" },
  );
  return rows.map(({ fingerprint, type, message, service: of, count, firstMs }) => ({
    id: `error:${fingerprint}`,
    kind: "error",
    title: `New error ${type || "without a type"}${of === "" ? "" : ` in ${of}`}`,
    evidence: `${message || "No message"}. Not seen before in this range.`,
    numbers: { before: 0, after: count, nBefore: 0, nAfter: count, unit: "count" },
    atMs: firstMs,
    strength: nAfter === 0 ? 0 : Math.min(1, count / nAfter / FULL_STRENGTH_SHARE),
    direction: 1,
    target: { kind: "errors", id: fingerprint },
  }));
}

interface RouteRow {
  readonly service: string;
  readonly name: string;
  readonly n: number;
  readonly firstMs: number;
}

export async function routeCandidates(
  reader: ScopedReader,
  { grid, service, route, page, isVital, metric }: Question,
  atMs: number,
  nAfter: number,
): Promise<Found[]> {
  // One route or page has no others in it.
  if (route !== undefined || page !== undefined) return [];
  const from = isVital
    ? `SELECT '' AS service, toString(r.page) AS name, sum(r.count) AS n, toInt64(toUnixTimestamp(min(time))) * 1000 AS firstMs
       FROM vital_rollups AS r
       WHERE slice = 'page' AND metric = {metric:String}`
    : `SELECT r.service AS service, toString(r.route) AS name, sum(r.count) AS n, toInt64(toUnixTimestamp(min(time))) * 1000 AS firstMs
       FROM request_rollups AS r WHERE true ${service === undefined ? "" : "AND r.service = {service:String}"}`;
  const rows = await reader.query<RouteRow>(
    `${from} AND tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
     GROUP BY service, name HAVING firstMs >= {since:Int64} AND n >= ${ROUTE_N_MIN}
     ORDER BY n DESC, name LIMIT ${ROUTES_MAX}`,
    {
      ...grid.params,
      since: Math.round(atMs - grid.stepMs),
      ...(isVital ? { metric } : {}),
      ...(service === undefined ? {} : { service }),
    },
    { name: "changes.newRoutes" },
  );
  return rows.map(({ service: of, name, n, firstMs }) => ({
    id: `route:${of}:${name}`,
    kind: "route",
    title: `${name || "A route without a name"} is new${of === "" ? "" : ` in ${of}`}`,
    evidence: `${share(n, nAfter)} % of all ${isVital ? "page views" : "requests"} since; none before in this range.`,
    numbers: { before: 0, after: n, nBefore: 0, nAfter: n, unit: "count" },
    atMs: firstMs,
    strength: nAfter === 0 ? 0 : ROUTE_FACTOR * Math.min(1, n / nAfter / FULL_STRENGTH_SHARE),
    direction: 0,
    target: isVital ? { kind: "page", id: name } : { kind: "service", id: of },
  }));
}

const share = (n: number, of: number): number => (of === 0 ? 0 : Math.round((n / of) * 1000) / 10);
