/** Weeks of process metrics of the shop of `fillStore`, made by the engine itself. */
import { COLUMNS, type TelemetryStore } from "../../apps/server/src/engines/telemetry/index.ts";
import type { Fill } from "./fillStore.ts";

/** As a Node service with one pool sends them: metric, type, whether it only grows, attributes. */
const SERIES = [
  ["process.cpu.utilization", "gauge", 0, "map()"],
  ["process.memory.usage", "sum", 0, "map()"],
  ["v8js.memory.heap.used", "sum", 0, "map()"],
  ["nodejs.eventloop.utilization", "gauge", 0, "map()"],
  ["nodejs.eventloop.delay.p99", "gauge", 0, "map()"],
  ["v8js.gc.duration", "histogram", 0, "map('v8js.gc.type', 'minor')"],
  ["v8js.gc.duration", "histogram", 0, "map('v8js.gc.type', 'major')"],
  ["db.client.connection.count", "sum", 0, "map('db.client.connection.state', 'used')"],
  ["db.client.connection.count", "sum", 0, "map('db.client.connection.state', 'idle')"],
  ["db.client.connection.max", "sum", 0, "map()"],
  ["db.client.connection.pending_requests", "sum", 0, "map()"],
  ["system.network.io", "sum", 1, "map('network.io.direction', 'receive')"],
] as const;

const CHUNK_POINTS = 200_000;

export interface MetricsFill extends Omit<Fill, "spans" | "keepOneIn"> {
  /** Between two points of a series. */
  readonly everySeconds: number;
}

/** @returns how many points */
export async function fillMetrics(store: TelemetryStore, fill: MetricsFill): Promise<number> {
  const services = fill.services ?? 12;
  const rounds = Math.floor((fill.toMs - fill.fromMs) / 1000 / fill.everySeconds);
  const chunk = Math.ceil(CHUNK_POINTS / services / SERIES.length);
  for (let start = 0; start < rounds; start += chunk)
    await store.internal.command(statement(fill, services, start, Math.min(chunk, rounds - start)));
  return services * SERIES.length * rounds;
}

function statement(fill: MetricsFill, services: number, start: number, rounds: number): string {
  const pick = (index: 0 | 1 | 2 | 3): string =>
    `[${SERIES.map((each) => (index === 3 || index === 2 ? each[index] : `'${each[index]}'`)).join(", ")}][1 + s]`;
  const own: Readonly<Record<string, string>> = {
    tenant_id: `'${fill.tenantId}'`,
    project_id: `'${fill.projectId}'`,
    service: "concat('service-', leftPad(toString(service_number), 2, '0'))",
    metric: pick(0),
    series_id: "cityHash64(service_number, s)",
    time: "at",
    start_time: "at",
    type: pick(1),
    temporality: "if(type = 'gauge', 'unspecified', 'cumulative')",
    is_monotonic: pick(2),
    value: `if(is_monotonic = 1, n * 1000., (cityHash64(n, s, service_number) % 1000) / 1000)`,
    count: "if(type = 'histogram', n * 3, 0)",
    sum: "if(type = 'histogram', n * 0.01, 0)",
    instance: "'host-0'",
    service_version: "concat('1.', toString(toDayOfYear(at) % 7))",
    environment: "'production'",
    attributes: pick(3),
    resource: "map('host.name', 'host-0')",
    ingest_key: "'key-1'",
    received_at: "toDateTime(at, 'UTC')",
  };
  const columns = COLUMNS.metric_points.map(([name, type]) =>
    own[name] === undefined
      ? `defaultValueOfTypeName('${type.replaceAll("'", "\\'")}') AS ${name}`
      : `CAST(${own[name]} AS ${type}) AS ${name}`,
  );
  return `INSERT INTO metric_points (${COLUMNS.metric_points.map(([name]) => name).join(", ")})
    SELECT ${columns.join(",\n")}
    FROM (
      SELECT intDiv(number, ${services * SERIES.length}) + ${start} AS n, number % ${SERIES.length} AS s,
        intDiv(number, ${SERIES.length}) % ${services} AS service_number,
        fromUnixTimestamp64Milli(toInt64(${Math.round(fill.fromMs)} + n * ${fill.everySeconds * 1000}), 'UTC') AS at
      FROM numbers(${rounds * services * SERIES.length})
    )
    SETTINGS max_insert_threads = 1, max_block_size = 65536`;
}
