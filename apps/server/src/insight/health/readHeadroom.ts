/** The most used resource of each service over the last fifteen minutes of a window: processor, event loop, pool. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { TimeGrid } from "../timeGrid.ts";
import type { Busiest } from "./score.ts";

const LOOK_MS = 15 * 60_000;

export interface Headroom {
  readonly current: ReadonlyMap<string, Busiest>;
  readonly previous: ReadonlyMap<string, Busiest>;
}

interface Row {
  readonly isPrevious: 0 | 1;
  readonly service: string;
  readonly metric: string;
  readonly instance: string;
  readonly pool: string;
  readonly state: string;
  /** Mean of the readings, added up over what else tells series apart (modes of the processor). */
  readonly value: number;
}

/** @param nowMs windows that end in the future end now */
export async function readHeadroom(reader: ScopedReader, grid: TimeGrid, nowMs: number): Promise<Headroom> {
  const toMs = Math.min(grid.range.toMs, nowMs);
  const params = {
    ...grid.params,
    late: Math.floor((toMs - LOOK_MS) / 1000),
    early: Math.floor((grid.range.fromMs - LOOK_MS) / 1000),
  };
  const rows = await reader.query<Row>(
    `WITH names AS (
       SELECT series_id AS id, anyLast(s.instance) AS of_instance, anyLast(s.attributes) AS of_attributes
       FROM metric_series AS s
       WHERE s.tenant_id = {tenant:String} AND s.project_id = {project:String}
         AND s.last_seen >= toDateTime({early:UInt32}, 'UTC')
         AND s.metric IN ('process.cpu.utilization', 'nodejs.eventloop.utilization', 'db.client.connection.count', 'db.client.connection.max')
       GROUP BY series_id
     ),
     means AS (
       SELECT m.service AS of_service, m.metric AS of_metric, series_id, m.time < toDateTime({from:UInt32}, 'UTC') AS isPrevious,
         sum(m.value_sum) / sum(m.points) AS mean
       FROM metrics_1m AS m
       WHERE m.tenant_id = {tenant:String} AND m.project_id = {project:String}
         AND m.metric IN ('process.cpu.utilization', 'nodejs.eventloop.utilization', 'db.client.connection.count', 'db.client.connection.max')
         AND ((m.time >= toDateTime({late:UInt32}, 'UTC') AND m.time < toDateTime({to:UInt32}, 'UTC'))
           OR (m.time >= toDateTime({early:UInt32}, 'UTC') AND m.time < toDateTime({from:UInt32}, 'UTC')))
       GROUP BY of_service, of_metric, series_id, isPrevious
     )
     SELECT isPrevious, of_service AS service, of_metric AS metric, of_instance AS instance,
       of_attributes['db.client.connection.pool.name'] AS pool, of_attributes['db.client.connection.state'] AS state,
       sum(mean) AS value
     FROM means INNER JOIN names ON series_id = id
     GROUP BY isPrevious, service, metric, instance, pool, state`,
    params,
    { name: "health.headroom" },
  );
  return {
    current: busiestByService(rows.filter(({ isPrevious }) => isPrevious === 0)),
    previous: busiestByService(rows.filter(({ isPrevious }) => isPrevious === 1)),
  };
}

/** The worst of several; null of none. */
export function worstOf(all: Iterable<Busiest>): Busiest | null {
  let worst: Busiest | null = null;
  for (const each of all) if (worst === null || each.ratio > worst.ratio) worst = each;
  return worst;
}

function busiestByService(rows: readonly Row[]): ReadonlyMap<string, Busiest> {
  const services = Map.groupBy(rows, ({ service }) => service);
  return new Map(
    [...services].flatMap(([service, of]): [string, Busiest][] => {
      const worst = worstOf([...usesOf(of, service)]);
      return worst === null ? [] : [[service, worst]];
    }),
  );
}

function* usesOf(rows: readonly Row[], service: string): Generator<Busiest> {
  for (const { metric, value, instance, pool, state } of rows) {
    if (metric === "process.cpu.utilization")
      yield { ratio: bounded(value), what: `Processor of ${service}` };
    if (metric === "nodejs.eventloop.utilization")
      yield { ratio: bounded(value), what: `Event loop of ${service}` };
    if (metric !== "db.client.connection.count" || state !== "used") continue;
    const isItsMost = (row: Row): boolean =>
      row.metric === "db.client.connection.max" && row.instance === instance && row.pool === pool;
    const most = rows.find(isItsMost)?.value ?? 0;
    if (most > 0) yield { ratio: bounded(value / most), what: `Connection pool of ${service}` };
  }
}

const bounded = (ratio: number): number => Math.max(0, Math.min(1, ratio));
