/**
 * A look as OTLP metrics, under the names of OpenTelemetry's postgresql receiver where it has one. Counters go out as what
 * was added since the look before, so a reset of the server's counters makes no spike.
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/receiver/postgresqlreceiver/documentation.md
 */
import type { DatabaseRow } from "../databaseRows.ts";
import type { Look } from "./takeSnapshot.ts";

export const SERVICE = "postgresql";
const TABLES_MAX = 20;
const DELTA = 1;
const CUMULATIVE = 2;

interface Point {
  readonly value: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** @returns the JSON of an ExportMetricsServiceRequest */
export function metricsOf(row: DatabaseRow, look: Look): string {
  const { snapshot, added } = look;
  const { figures, atMs, sinceMs } = snapshot;
  const nanos = (ms: number): string => `${Math.round(ms)}000000`;
  const time = { timeUnixNano: nanos(atMs), startTimeUnixNano: nanos(atMs - (sinceMs ?? 0)) };
  const points = (list: readonly Point[]) =>
    list.map(({ value, attributes = {} }) => ({
      ...time,
      asDouble: value,
      attributes: attributesOf(attributes),
    }));
  const gauge = (name: string, unit: string, list: readonly Point[]) => ({
    name,
    unit,
    gauge: { dataPoints: points(list) },
  });
  const current = (name: string, unit: string, list: readonly Point[]) => ({
    name,
    unit,
    sum: { isMonotonic: false, aggregationTemporality: CUMULATIVE, dataPoints: points(list) },
  });
  const counter = (name: string, unit: string, list: readonly Point[]) => ({
    name,
    unit,
    sum: { isMonotonic: true, aggregationTemporality: DELTA, dataPoints: points(list) },
  });
  const one = (value: number | null | undefined): Point[] =>
    value === null || value === undefined ? [] : [{ value }];
  const tables = snapshot.tables.slice(0, TABLES_MAX);
  const nameOf = ({ schema, name }: { schema: string; name: string }) => `${schema}.${name}`;
  const metrics = [
    current("postgresql.backends", "1", one(figures.connections)),
    gauge("postgresql.connection.max", "{connections}", one(figures.connectionsMax)),
    current("postgresql.db_size", "By", one(figures.sizeBytes)),
    counter("postgresql.commits", "1", one(added?.commits)),
    counter("postgresql.rollbacks", "1", one(added?.rollbacks)),
    counter("postgresql.blks_hit", "{blks_hit}", one(added?.blocksHit)),
    counter("postgresql.blks_read", "{blks_read}", one(added?.blocksRead)),
    counter("postgresql.tup_returned", "{tup_returned}", one(added?.rowsReturned)),
    counter("postgresql.tup_fetched", "{tup_fetched}", one(added?.rowsFetched)),
    counter("postgresql.tup_inserted", "{tup_inserted}", one(added?.rowsInserted)),
    counter("postgresql.tup_updated", "{tup_updated}", one(added?.rowsUpdated)),
    counter("postgresql.tup_deleted", "{tup_deleted}", one(added?.rowsDeleted)),
    counter("postgresql.deadlocks", "{deadlock}", one(added?.deadlocks)),
    counter("postgresql.temp_files", "{temp_file}", one(added?.tempFiles)),
    counter("postgresql.temp.io", "By", one(added?.tempBytes)),
    gauge(
      "postgresql.database.locks",
      "{lock}",
      snapshot.locks.map(({ mode, isGranted, count }) => ({
        value: count,
        attributes: { mode, is_granted: String(isGranted) },
      })),
    ),
    gauge(
      "postgresql.replication.data_delay",
      "By",
      snapshot.replication.flatMap(({ client, lagBytes }) =>
        lagBytes === null ? [] : [{ value: lagBytes, attributes: { replication_client: client } }],
      ),
    ),
    current(
      "postgresql.rows",
      "1",
      tables.flatMap((table) => [
        { value: table.liveRows, attributes: { "postgresql.table.name": nameOf(table), state: "live" } },
        { value: table.deadRows, attributes: { "postgresql.table.name": nameOf(table), state: "dead" } },
      ]),
    ),
    current(
      "postgresql.table.size",
      "By",
      tables.map((table) => ({
        value: table.sizeBytes,
        attributes: { "postgresql.table.name": nameOf(table) },
      })),
    ),
    counter(
      "postgresql.sequential_scans",
      "{sequential_scan}",
      tables.flatMap((table) => {
        const value = look.addedSequentialScans.get(nameOf(table));
        return value === undefined ? [] : [{ value, attributes: { "postgresql.table.name": nameOf(table) } }];
      }),
    ),
  ];
  const hasPoints = (metric: (typeof metrics)[number]): boolean =>
    ("gauge" in metric ? metric.gauge : metric.sum).dataPoints.length > 0;
  const resource = {
    "service.name": SERVICE,
    "service.instance.id": row.id,
    "postgresql.database.name": row.database,
    "server.address": row.host,
    "server.port": String(row.port),
  };
  return JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeMetrics: [{ scope: { name: "throughline.databases" }, metrics: metrics.filter(hasPoints) }],
      },
    ],
  });
}

function attributesOf(attributes: Readonly<Record<string, string>>) {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}
