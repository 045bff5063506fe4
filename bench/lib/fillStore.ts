/**
 * Weeks of telemetry of a shop of 12 services (or fewer), made by the engine itself: traces of 8 spans (two of them server spans),
 * a log record for every fifth span, exceptions on one in two hundred requests. All rollups fill as they do in ingest.
 */
import {
  COLUMNS,
  type TelemetryStore,
  type TelemetryTable,
} from "../../apps/server/src/engines/telemetry/index.ts";
import { progress } from "./figures.ts";

export interface Fill {
  readonly spans: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly tenantId: string;
  readonly projectId: string;
  /** 12 unless said; each with 40 routes. */
  readonly services?: number;
  /** Of traces without a failed span so many are kept, as ones that stand for the others; 1 unless said. */
  readonly keepOneIn?: number;
}

const SPANS_PER_TRACE = 8;
const CHUNK_SPANS = 250_000;
const SERVICES = 12;
const ROUTES_PER_SERVICE = 40;
/** Requests. */
const FAILED_ONE_IN = 100;

/** Names used by the expressions: `n` span number, `h` its hash, `t` hash of its trace, `at` its time, `j` its place in the trace. */
const SHARED: Readonly<Record<string, string>> = {
  service: `concat('service-', leftPad(toString(service_number), 2, '0'))`,
  time: "at",
  trace_id: "reinterpretAsFixedString(sipHash128(t))",
  span_id: "reinterpretAsFixedString(h)",
  service_version: "concat('1.', toString(toDayOfYear(at) % 7))",
  environment: "'production'",
  instance: `concat('host-', toString(h % 3))`,
  scope: "'@opentelemetry/instrumentation-http'",
  route:
    "if(is_server, concat(['GET', 'POST'][1 + route_number % 2], ' /api/v1/resource-', toString(route_number)), '')",
  resource: "map('host.name', instance, 'os.type', 'linux', 'telemetry.sdk.language', 'nodejs')",
  ingest_key: "'key-1'",
  received_at: "toDateTime(at, 'UTC')",
};

const OWN: Readonly<Partial<Record<TelemetryTable, Readonly<Record<string, string>>>>> = {
  spans: {
    parent_span_id: `if(j = 0, toFixedString('', 8), reinterpretAsFixedString(cityHash64(n - j)))`,
    // Log-normal around 20 ms to 150 ms by route, in nanoseconds.
    duration_ns: "toUInt64(exp(16.8 + (route_number % 20) / 10 + randNormal(0, 0.7)))",
    name: "if(is_server, route, concat(['', 'SELECT shop', 'GET', 'render', '', 'INSERT shop', 'validate', 'serialise'][1 + j], ''))",
    kind: "['server', 'client', 'client', 'internal', 'server', 'client', 'internal', 'internal'][1 + j]",
    status: "if(is_failed AND j IN (0, 1, 4, 5), 'error', 'unset')",
    http_method: "if(is_server, ['GET', 'POST'][1 + route_number % 2], '')",
    http_status: `if(is_server, if(is_failed, 500, if(h % 37 = 0, 404, 200)), 0)`,
    response_bytes: "if(is_server, 200 + h % 20000, 0)",
    db_system: "if(j IN (1, 5), 'postgresql', '')",
    attributes: `map('server.address', 'db-1.internal', 'http.request.method', 'GET', 'url.path', concat('/api/v1/', toString(h % 1000)),
      'user_agent.original', 'Mozilla/5.0', 'network.protocol.version', '1.1', 'db.query.text', concat('SELECT * FROM s', toString(service_number), '_resource_', toString(route_number), ' WHERE id = $1'))`,
  },
  logs: {
    observed_time: "at",
    severity_number: "if(h % 50 = 0, 17, if(h % 20 = 0, 13, 9))",
    severity_text: "if(h % 50 = 0, 'ERROR', if(h % 20 = 0, 'WARN', 'INFO'))",
    body: "concat('request ', toString(h % 100000), ' handled')",
    attributes: "map('request.id', toString(h))",
  },
  exceptions: {
    weight: "1",
    fingerprint: "cityHash64(service_number, h % 8)",
    type: "concat('Error', toString(h % 8))",
    message: "concat('order ', toString(h % 10000), ' could not be stored')",
    stacktrace: "repeat('at handle (/app/src/orders.ts:42:7)\\n', 8)",
    source: "'span'",
    attributes: "map()",
  },
};

/** How many spans lie between two rows of a table. */
const EVERY: Readonly<Partial<Record<TelemetryTable, number>>> = { spans: 1, logs: 5, exceptions: 800 };

/** Fills an empty store; returns how long inserting spans took. */
export async function fillStore(store: TelemetryStore, fill: Fill): Promise<{ readonly spansMs: number }> {
  let spansMs = 0;
  for (let start = 0; start < fill.spans; start += CHUNK_SPANS) {
    const count = Math.min(CHUNK_SPANS, fill.spans - start);
    for (const table of ["spans", "logs", "exceptions"] as const) {
      const startedMs = performance.now();
      await store.internal.command(insertStatement(table, fill, start, count));
      if (table === "spans") spansMs += performance.now() - startedMs;
    }
    if ((start / CHUNK_SPANS) % 20 === 19)
      progress(`${(start + count) / 1e6} of ${fill.spans / 1e6} million spans`);
  }
  return { spansMs };
}

function insertStatement(table: TelemetryTable, fill: Fill, start: number, count: number): string {
  const own: Record<string, string> = {
    ...SHARED,
    ...OWN[table],
    tenant_id: `'${fill.tenantId}'`,
    project_id: `'${fill.projectId}'`,
  };
  const every = EVERY[table] ?? 1;
  const oneIn = fill.keepOneIn ?? 1;
  const isWhole = `cityHash64(t, 0, 'fails') % ${FAILED_ONE_IN} = 0 OR cityHash64(t, 1, 'fails') % ${FAILED_ONE_IN} = 0`;
  if (table === "spans") own["weight"] = oneIn === 1 ? "1" : `if(${isWhole}, 1, ${oneIn})`;
  const isKept =
    table !== "spans" || oneIn === 1 ? "" : `WHERE cityHash64(t, 'kept') % ${oneIn} = 0 OR ${isWhole}`;
  const columns = COLUMNS[table].map(([name, type]) => {
    const expression = own[name];
    return expression === undefined
      ? `defaultValueOfTypeName('${type.replaceAll("'", "\\'")}') AS ${name}`
      : `CAST(${expression} AS ${type}) AS ${name}`;
  });
  const nsPerSpan = ((fill.toMs - fill.fromMs) * 1e6) / fill.spans;
  return `INSERT INTO ${table} (${COLUMNS[table].map(([name]) => name).join(", ")})
    SELECT ${columns.join(",\n")}
    FROM (
      SELECT number * ${every} + ${start} AS n, cityHash64(n) AS h, n % ${SPANS_PER_TRACE} AS j, n - j AS t,
        toUInt64(${Math.round(fill.fromMs)}) * 1000000 + toUInt64(t * ${nsPerSpan}) + j * 1000000 AS ns,
        fromUnixTimestamp64Nano(toInt64(ns), 'UTC') AS at, j IN (0, 4) AS is_server,
        -- A request fails with its statement.
        cityHash64(t, j >= 4, 'fails') % ${FAILED_ONE_IN} = 0 AS is_failed,
        -- The second half of a trace is another service's.
        (cityHash64(t) + (j >= 4)) % ${fill.services ?? SERVICES} AS service_number,
        -- Some routes are far more popular than others.
        toUInt32(pow((cityHash64(t, j >= 4, 'route') % 1000) / 1000, 2) * ${ROUTES_PER_SERVICE}) AS route_number
      FROM numbers(${Math.ceil(count / every)}) ${isKept}
    )
    SETTINGS max_insert_threads = 2, max_block_size = 65536`;
}
